/** The command line of the kit: what is to be proved, how it signs in, and where reports go. */
import { access, constants, stat } from 'node:fs/promises'
import { dirname, resolve } from 'node:path'
import { err, ok, type Result } from '../../src/result.ts'
import { readSuite } from '../suites/run.ts'
import { parseOptions } from '../usage.ts'
import { kitNames, type KitName } from './check.ts'
import { readCredentials, readText } from './credentials.ts'
import type { Credentials } from './sign-in.ts'

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
  and, unless metadata (RFC 8414) are found near the base URL, at least one of
    --issuer URL         the issuer of the authorization server
    --token-url URL      its token endpoint

  --only TEXT          only checks whose section or sentence holds this text
  --mapped PATHS       paths that Entra maps, apart by semicolons, for the kit entra
  --suite FILE         plays a published suite as well, as npm run suites does
  --json FILE          writes the report as JSON
  --junit FILE         writes the report as JUnit XML
  --help, -h           this text

It knows nothing of the server but SCIM. It writes to the directory, and deletes what it has made: use a tenant
for tests all the same. All names of one run hold the same six letters.
The exit code is 0 when all is kept, 1 when something failed, 2 when it could not run (a wrong command line, or no
SCIM server at the base URL), 130 when it was interrupted. The gallery of Entra takes no long-lived bearer token:
with --token alone the kit entra says so and ends with 1.`

export interface Command {
  readonly kit: KitName
  readonly url: string
  readonly credentials: Credentials
  readonly mapped: readonly string[] | undefined
  readonly only: string | undefined
  /** The text of a published suite. */
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
} as const

/** The command, or a sentence about what is wrong with it. */
export async function readCommand(parameters: readonly string[]): Promise<Result<Command, string>> {
  const parsed = parseOptions(parameters, options, true)
  if (!parsed.ok) return parsed
  const { values, positionals } = parsed.value
  const [name = '', ...rest] = positionals
  const kit = kitNames.find((one) => one === name)
  if (!kit || rest.length > 0) return err(`Name one kit: ${kitNames.join(', ')}.`)
  const { url = '', only, json, junit, mapped } = values
  const paths = readMapped(kit, mapped)
  if (!paths.ok) return paths
  const files = await checkReports({ json, junit })
  if (!files.ok) return files
  const suite = await readPublished(values.suite, url)
  if (!suite.ok) return suite
  const credentials = await readCredentials(values)
  if (!credentials.ok) return credentials
  return ok({
    kit,
    url,
    credentials: credentials.value,
    mapped: paths.value,
    only,
    suite: suite.value,
    json,
    junit,
  })
}

/** The paths; other kits than that of Entra have no use for them. */
function readMapped(
  kit: KitName,
  text: string | undefined,
): Result<readonly string[] | undefined, string> {
  if (text === undefined) return ok(undefined)
  if (kit !== 'entra') return err('--mapped is for the kit entra.')
  const paths = text.split(';').flatMap((path) => path.trim() || [])
  return paths.length > 0 ? ok(paths) : err('--mapped names no path.')
}

/** Refuses a report that could not be written in the end, or would be written over the other one. */
async function checkReports(
  files: Readonly<Record<'json' | 'junit', string | undefined>>,
): Promise<Result<void, string>> {
  const { json, junit } = files
  if (json !== undefined && junit !== undefined && resolve(json) === resolve(junit)) {
    return err('--json and --junit name the same file.')
  }
  for (const [name, file] of Object.entries(files)) {
    if (file !== undefined && !(await isWritable(file))) {
      return err(`--${name} ${file} cannot be written.`)
    }
  }
  return ok(undefined)
}

/** A file that is there is written anew, another one is made in its folder. */
async function isWritable(file: string): Promise<boolean> {
  const found = await stat(file).catch(() => undefined)
  if (found?.isDirectory() === true) return false
  return access(found ? file : dirname(file), constants.W_OK).then(
    () => true,
    () => false,
  )
}

/** The text of a suite that can be played. */
async function readPublished(
  file: string | undefined,
  url: string,
): Promise<Result<string | undefined, string>> {
  if (file === undefined) return ok(undefined)
  const text = await readText('--suite', file)
  if (!text.ok) return text
  const suite = readSuite(text.value, { url, token: '' })
  return suite.ok ? text : suite
}
