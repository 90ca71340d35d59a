/** How the kit signs in: with a bearer token, or as an OAuth client by a secret, a key or an assertion. */
import { err, ok, type Result } from '../../src/result.ts'
import { readNumber, readText, shown } from '../simulator/json.ts'
import { sendPatiently, type Answer, type Fetch } from './connection.ts'

export type Credentials =
  | { readonly kind: 'token'; readonly token: string }
  | ({ readonly kind: 'secret'; readonly secret: string } & ClientFacts)
  | ({ readonly kind: 'key'; readonly sign: Signer } & ClientFacts)
  | ({ readonly kind: 'assertion'; readonly assertion: string } & ClientFacts)

/** Makes the assertion of a client (RFC 7523 section 2.2) for an audience. */
export type Signer = (audience: string) => Promise<string>

interface ClientFacts {
  readonly clientId: string
  readonly tokenUrl: string
  /** Issuer of the authorization server, where its metadata were found or it was given. */
  readonly issuer: string | undefined
}

export type OAuthCredentials = Exclude<Credentials, { kind: 'token' }>

/** An access token, and what was said of it. */
export interface Access {
  readonly token: string
  /** Seconds; NaN when the answer does not say it. */
  readonly expiresIn: number
  readonly scope: string | undefined
}

export async function signIn(
  fetch: Fetch,
  credentials: Credentials,
): Promise<Result<Access, string>> {
  if (credentials.kind === 'token') {
    return ok({ token: credentials.token, expiresIn: Number.NaN, scope: undefined })
  }
  const first = await askForToken(fetch, credentials, true)
  // The administrator of Entra chooses between Basic and the form: a server may take one of them.
  const isOther = first.status >= 400 && credentials.kind === 'secret'
  const answer = isOther ? await askForToken(fetch, credentials, false) : first
  const token = readText(answer.body, 'access_token')
  if (answer.status !== 200 || token === undefined) {
    const said = answer.status === 0 ? answer.text : `${answer.status} ${shown(answer.body, 200)}`
    return err(`${credentials.tokenUrl} gave no access token: ${said}`)
  }
  const expiresIn = readNumber(answer.body, 'expires_in')
  return ok({ token, expiresIn, scope: readText(answer.body, 'scope') })
}

async function askForToken(
  fetch: Fetch,
  credentials: OAuthCredentials,
  isBasic: boolean,
): Promise<Answer> {
  const { clientId, tokenUrl } = credentials
  const form = new URLSearchParams({ grant_type: 'client_credentials', scope: 'scim' })
  const headers: Record<string, string> = {
    Accept: 'application/json',
    'Content-Type': 'application/x-www-form-urlencoded',
  }
  if (credentials.kind === 'secret' && isBasic) {
    const pair = [clientId, credentials.secret].map(encodeURIComponent).join(':')
    headers['Authorization'] = `Basic ${btoa(pair)}`
  } else {
    form.set('client_id', clientId)
    if (credentials.kind === 'secret') form.set('client_secret', credentials.secret)
    else {
      form.set('client_assertion_type', 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer')
      form.set('client_assertion', await assertionOf(credentials))
    }
  }
  return sendPatiently(fetch, { method: 'POST', url: tokenUrl, headers, body: form.toString() })
}

function assertionOf(
  credentials: Exclude<OAuthCredentials, { kind: 'secret' }>,
): string | Promise<string> {
  return credentials.kind === 'assertion'
    ? credentials.assertion
    : credentials.sign(credentials.issuer ?? credentials.tokenUrl)
}

/** Metadata of an issuer (RFC 8414 section 3): the well-known name comes before its path. */
export function metadataUrl(issuer: string): string {
  const { origin, pathname } = new URL(issuer)
  return `${origin}/.well-known/oauth-authorization-server${pathname.replace(/\/+$/, '')}`
}

export async function readMetadata(fetch: Fetch, issuer: string): Promise<Answer> {
  const headers = { Accept: 'application/json' }
  return sendPatiently(fetch, { method: 'GET', url: metadataUrl(issuer), headers })
}

/**
 * The issuer and the token endpoint for a SCIM base URL, where nobody has named them: those whose metadata
 * name themselves, at the places where they usually are.
 */
export async function findTokenUrl(
  fetch: Fetch,
  baseUrl: string,
  issuer: string | undefined,
): Promise<Result<{ readonly issuer: string; readonly tokenUrl: string }, string>> {
  const { origin, pathname } = new URL(baseUrl)
  const last = pathname.split('/').findLast((part) => part !== '') ?? ''
  const guesses = [baseUrl, origin, `${origin}/oauth/${last}`, `${origin}/oauth`]
  for (const guess of issuer === undefined ? guesses : [issuer]) {
    const { status, body } = await readMetadata(fetch, guess)
    const tokenUrl = readText(body, 'token_endpoint')
    const named = readText(body, 'issuer')
    if (status === 200 && tokenUrl !== undefined && named === guess) {
      return ok({ issuer: guess, tokenUrl })
    }
  }
  return err('No metadata (RFC 8414) say where tokens are given: name --token-url or --issuer.')
}
