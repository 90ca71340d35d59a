/**
 * The first look at a base URL: whether anything there speaks SCIM. Where nothing does, every row of a report would
 * fail for one reason, which is told instead: what was asked, what came, and what to do.
 */
import { err, ok, type Result } from '../../src/result.ts'
import { isObject, read, readList, shorten } from '../simulator/json.ts'
import { sendPatiently, type Answer, type Fetch } from './connection.ts'

export interface Looked {
  /** What the reader of a report has to know beforehand. */
  readonly note: string | undefined
}

/** A SCIM base URL without a slash at its end, and its token. */
export interface Address {
  readonly url: string
  readonly token: string
}

/** Places that tell a SCIM server whose people cannot be read. */
const others = ['/ResourceTypes', '/Schemas', '/Groups?count=1'] as const

export async function lookFirst(
  fetch: Fetch,
  { url, token }: Address,
): Promise<Result<Looked, string>> {
  const headers = { Accept: 'application/scim+json', Authorization: `Bearer ${token}` }
  const ask = (path: string) =>
    sendPatiently(fetch, { method: 'GET', url: `${url}${path}`, headers })
  const asked = `GET ${url}/Users?count=1`
  const people = await ask('/Users?count=1')
  if (people.status === 0) return err(silent(asked, people))
  if (people.status === 401 || people.status === 403) {
    const said = `${people.status} ${shorten(people.text, 200)}`
    return err(`The server refuses the credentials: ${said} (${asked})`)
  }
  const features = await ask('/ServiceProviderConfig')
  if (isOfScim(features)) return ok({ note: undefined })
  const note = `GET /ServiceProviderConfig ${was(features)}: the server does not tell its features, and rows about them fail.`
  if (isOfScim(people) || isRefusedByScim(people)) return ok({ note })
  for (const path of others) if (isOfScim(await ask(path))) return ok({ note })
  return err(stranger(asked, people))
}

/** A resource or a list, by its schemas or as a server without schemas has it. */
function isOfScim({ status, body }: Answer): boolean {
  if (status < 200 || status > 299 || !isObject(body)) return false
  return namesScim(body) || Array.isArray(body['Resources'])
}

/** A refusal by a server of SCIM. One that says 404 may have it at another address. */
function isRefusedByScim({ status, body }: Answer): boolean {
  return status >= 400 && status !== 404 && namesScim(body)
}

function namesScim(body: unknown): boolean {
  return readList(body, 'schemas').some(
    (urn) => typeof urn === 'string' && /^urn:(ietf:params:)?scim:/i.test(urn),
  )
}

function was(answer: Answer): string {
  const type = (answer.headers.get('content-type') ?? '').split(';')[0]
  if (answer.status === 0) return 'had no answer'
  return `was answered ${answer.status}${type ? ` with ${shorten(type, 60)}` : ''}`
}

/** An answer of something else than a SCIM server. */
function stranger(asked: string, answer: Answer): string {
  const { status, headers, body } = answer
  const base =
    'Give the address that /Users is appended to, as the documentation of the server has it.'
  if (status >= 300 && status < 400) {
    const place = shorten(headers.get('location') ?? 'nowhere', 200)
    return `${asked} ${was(answer)}, a redirect to ${place}: people sign in there, or the server has moved. ${base}`
  }
  if (status >= 500) {
    return `${asked} ${was(answer)}: the server, or a proxy before it, fails. Repeat this when it is well.`
  }
  const said = read(body, 'detail') ?? read(body, 'error') ?? read(body, 'message')
  const words = typeof said === 'string' ? ` (${shorten(said, 120)})` : ''
  return `${asked} ${was(answer)}${words}: there is no SCIM server at this address. ${base}`
}

const certificate = 'Name the certificate of its authority in NODE_EXTRA_CA_CERTS.'
const scheme =
  'Look whether the address begins with https:// where the server has TLS, and else http://.'

/** What to do, by the code of the failure; the first that is a part of it. */
const remedies: readonly (readonly [code: string, remedy: string])[] = [
  ['ECONNREFUSED', 'Nobody listens there: start the server, or look at host and port.'],
  ['ENOTFOUND', 'There is no such host: look at its name, and at the network.'],
  ['EAI_AGAIN', 'The name of the host cannot be looked up: look at the network.'],
  ['ENETUNREACH', 'Look at the network.'],
  ['EHOSTUNREACH', 'Look at the host and the network.'],
  ['TIMEOUT', 'Look whether host and port are those of the server, and whether it is well.'],
  ['ERR_TLS_CERT_ALTNAME_INVALID', 'Name the host as its certificate has it.'],
  ['CERT_HAS_EXPIRED', 'Its certificate has to be renewed.'],
  ['CERT', certificate],
  ['UNABLE_TO_VERIFY', certificate],
  ['SSL', scheme],
  ['EPROTO', scheme],
  ['HPE_', scheme],
  ['HTTPParserError', scheme],
  ['ECONNRESET', scheme],
  ['UND_ERR_SOCKET', scheme],
]

function silent(asked: string, { text, code }: Answer): string {
  const found = remedies.find(([part]) => code?.includes(part))
  const remedy = found?.[1] ?? 'Look whether the server runs at this address.'
  return `${asked}: ${text} ${remedy}`
}
