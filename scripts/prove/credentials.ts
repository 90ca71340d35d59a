/** How the command signs in: by a token, or as an OAuth client; what does not fit together is refused. */
import { readFile } from 'node:fs/promises'
import { err, ok, type Result } from '../../src/result.ts'
import { readTarget } from '../target.ts'
import { findTokenUrl, type Credentials, type Signer } from './sign-in.ts'
import { signerOf } from './signer.ts'

/** Options of an OAuth client; of the proofs it has one. */
const proofs = ['client-secret', 'key', 'assertion'] as const
const ofClient = [...proofs, 'issuer', 'token-url'] as const

type Values = Readonly<
  Partial<Record<'url' | 'token' | 'client-id' | (typeof ofClient)[number], string>>
>

/** Variables of the process count where no option says otherwise. */
export async function readCredentials(values: Values): Promise<Result<Credentials, string>> {
  const clientId = values['client-id']
  if (clientId === undefined) {
    const other = ofClient.find((name) => values[name] !== undefined)
    if (other !== undefined) return err(`--${other} is of an OAuth client: --client-id is missing.`)
    const target = readTarget(values.url, values.token)
    return target.ok ? ok({ kind: 'token', token: target.value.token }) : target
  }
  if (values.token !== undefined) return err('Choose one of --token and --client-id.')
  if (proofs.filter((name) => values[name] !== undefined).length > 1) {
    return err('Choose one of --client-secret, --key and --assertion.')
  }
  const target = readTarget(values.url, 'none')
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
  const { key, assertion } = values
  if (key !== undefined) {
    const read = await readText('--key', key)
    return read.ok ? readKey(key, signerOf(clientId, read.value)) : read
  }
  if (assertion !== undefined) {
    const read = await readText('--assertion', assertion)
    return read.ok ? ok({ kind: 'assertion', assertion: read.value.trim() }) : read
  }
  const secret = values['client-secret'] ?? (process.env['SCIM_CLIENT_SECRET'] || undefined)
  return secret === undefined
    ? err('--client-id needs --client-secret, --key or --assertion.')
    : ok({ kind: 'secret', secret })
}

/** A key is known to be one when it has signed something. */
function readKey(file: string, sign: Signer): Promise<Result<Proof, string>> {
  return sign('https://example.com').then(
    () => ok({ kind: 'key', sign }),
    () => err(`--key ${file} holds no private key that can sign: a JWK, or RSA as PKCS #8 in PEM.`),
  )
}

/** The text of a file that an option names. */
export async function readText(option: string, file: string): Promise<Result<string, string>> {
  try {
    return ok(await readFile(file, 'utf8'))
  } catch {
    return err(`${option} ${file} cannot be read.`)
  }
}

async function findEndpoint({ url = '', issuer, 'token-url': tokenUrl }: Values) {
  for (const [option, address] of Object.entries({ issuer, 'token-url': tokenUrl })) {
    if (address !== undefined && !(URL.canParse(address) && /^https?:/.test(address))) {
      return err(`--${option} is not an http or https address.`)
    }
  }
  if (tokenUrl !== undefined) return ok({ tokenUrl, issuer })
  return findTokenUrl(fetch, url.replace(/\/+$/, ''), issuer)
}
