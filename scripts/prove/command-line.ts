/** The command line of the kit: what is to be proved, how it signs in, and where reports go. */
import { readFile } from 'node:fs/promises'
import { parseArgs } from 'node:util'
import { err, ok, type Result } from '../../src/result.ts'
import { readTarget } from '../target.ts'
import { kitNames, type KitName } from './check.ts'
import { findTokenUrl, type Credentials, type Signer } from './sign-in.ts'
import { signerOf } from './signer.ts'

export const usage = `npm run prove -- KIT --url BASE --token TOKEN
npm run prove -- KIT --url BASE --client-id ID --client-secret SECRET

  KIT                  entra     the 25 validation tests of the Microsoft Entra gallery
                       okta      interface, changes, import and entitlements as Okta tests them
                       onelogin  what OneLogin's SCIM applications do, in their requests
                       interop   the SCIM 2.0 Interoperability Profile
                       ipsie     the IPSIE AL SCIM 2.0 Profile, and the one above
                       rfc       RFC 7643 and RFC 7644
  --url BASE           the SCIM base URL, for example http://127.0.0.1:8787/scim/v2/demo

Signing in, by one of
  --token TOKEN        a bearer token; or set the variable SCIM_TOKEN
  --client-id ID       an OAuth client, with one of
    --client-secret S    its secret; or set the variable SCIM_CLIENT_SECRET
    --key FILE           its private key (JWK, or PKCS #8 in PEM), which signs an assertion
    --assertion FILE     a token of a federated issuer, such as Entra
  and, unless metadata (RFC 8414) are found near the base URL, one of
    --issuer URL         the issuer of the authorization server
    --token-url URL      its token endpoint

  --only TEXT          only checks whose section or sentence holds this text
  --mapped PATHS       paths that Entra maps, apart by semicolons, for the kit entra
  --suite FILE         plays a published suite as well, as npm run suites does
  --json FILE          writes the report as JSON
  --junit FILE         writes the report as JUnit XML
  --help

It knows nothing of the server but SCIM. It writes to the directory, and deletes what it has made: use a tenant
for tests all the same. All names of one run hold the same six letters.
The exit code is 0 when all is kept, 1 when something failed, 2 when it could not run.`

export interface Command {
  readonly kit: KitName
  readonly url: string
  readonly credentials: Credentials
  readonly mapped: readonly string[] | undefined
  readonly only: string | undefined
  readonly suite: string | undefined
  readonly json: string | undefined
  readonly junit: string | undefined
}

const text = { type: 'string' } as const

const options = {
  url: text,
  token: text,
  'client-id': text,
  'client-secret': text,
  key: text,
  assertion: text,
  issuer: text,
  'token-url': text,
  only: text,
  mapped: text,
  suite: text,
  json: text,
  junit: text,
  help: { type: 'boolean', short: 'h' },
} as const

type Values = Readonly<Partial<Record<keyof Omit<typeof options, 'help'>, string>>>

/** The command, or a sentence about what is wrong with it; "help" where that was asked for. */
export async function readCommand(
  parameters: readonly string[],
): Promise<Result<Command, string> | 'help'> {
  const parsed = parse(parameters)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  if (values.help === true) return 'help'
  const [name = '', ...rest] = positionals
  const kit = kitNames.find((one) => one === name)
  if (!kit || rest.length > 0) return err(`Name one kit: ${kitNames.join(', ')}.`)
  const credentials = await readCredentials(values)
  if (!credentials.ok) return credentials
  const { url = '', only, suite, json, junit, mapped } = values
  const paths = mapped?.split(';').map((path) => path.trim())
  return ok({
    kit,
    url,
    credentials: credentials.value,
    mapped: paths?.filter((path) => path !== ''),
    only,
    suite,
    json,
    junit,
  })
}

function parse(parameters: readonly string[]) {
  try {
    return ok(parseArgs({ args: [...parameters], allowPositionals: true, options }))
  } catch (error) {
    return err(error instanceof Error ? error.message : String(error))
  }
}

async function readCredentials(values: Values): Promise<Result<Credentials, string>> {
  const clientId = values['client-id']
  if (clientId === undefined) {
    const target = readTarget(values.url, values.token)
    return target.ok ? ok({ kind: 'token', token: target.value.token }) : target
  }
  const target = readTarget(values.url, values.token ?? 'none')
  if (!target.ok) return target
  const proof = await readProof(values, clientId)
  if (!proof.ok) return proof
  const found = await findEndpoint(values)
  return found.ok ? ok({ ...proof.value, clientId, ...found.value }) : found
}

type Proof =
  | { readonly kind: 'secret'; readonly secret: string }
  | { readonly kind: 'key'; readonly sign: Signer }
  | { readonly kind: 'assertion'; readonly assertion: string }

async function readProof(values: Values, clientId: string): Promise<Result<Proof, string>> {
  const secret = values['client-secret'] ?? process.env['SCIM_CLIENT_SECRET']
  const { key, assertion } = values
  if (key !== undefined) {
    const read = await readText('--key', key)
    return read.ok ? ok({ kind: 'key', sign: signerOf(clientId, read.value) }) : read
  }
  if (assertion !== undefined) {
    const read = await readText('--assertion', assertion)
    return read.ok ? ok({ kind: 'assertion', assertion: read.value.trim() }) : read
  }
  return secret === undefined
    ? err('--client-id needs --client-secret, --key or --assertion.')
    : ok({ kind: 'secret', secret })
}

async function readText(option: string, file: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(file, 'utf8'))
  } catch {
    return err(`${option} ${file} cannot be read.`)
  }
}

async function findEndpoint({ url = '', issuer, 'token-url': tokenUrl }: Values) {
  for (const address of [issuer, tokenUrl]) {
    if (address !== undefined && !URL.canParse(address)) return err(`${address} is no address.`)
  }
  if (tokenUrl !== undefined) return ok({ tokenUrl, issuer })
  return findTokenUrl(fetch, url.replace(/\/+$/, ''), issuer)
}
