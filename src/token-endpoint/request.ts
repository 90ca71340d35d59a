/** A token request (RFC 6749 section 4.4.2): its form, and the proof of its client. */
import type { Proof } from '../oauth/proof'
import { err, ok, type Result } from '../result'
import { oauthError, type OAuthError } from './error'

const parameters = [
  'grant_type',
  'scope',
  'client_id',
  'client_secret',
  'client_assertion',
  'client_assertion_type',
] as const

type Parameter = (typeof parameters)[number]

/** What must never stand in an address, where logs keep it (RFC 6749 section 2.3.1). */
const secretParameters: readonly Parameter[] = ['client_secret', 'client_assertion']

const jwtBearer = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'

/**
 * The proof in a request that is whole; whether it holds is another matter. The scope is not read: there
 * is one, and it is given whatever was asked for.
 */
export function readTokenRequest(
  form: URLSearchParams,
  authorization: string | undefined,
  address: URLSearchParams,
): Result<Proof, OAuthError> {
  if (secretParameters.some((name) => address.has(name))) {
    return refuse(
      'invalid_request',
      'Send the secret in the form or with Basic, never in the address.',
    )
  }
  const repeated = parameters.find((name) => form.getAll(name).length > 1)
  if (repeated !== undefined) return refuse('invalid_request', `${repeated} comes more than once.`)
  const grant = valueOf(form, 'grant_type')
  if (grant === '')
    return refuse('invalid_request', 'grant_type is missing: send client_credentials.')
  if (grant !== 'client_credentials') {
    return refuse('unsupported_grant_type', 'The only grant_type here is client_credentials.')
  }
  return readProof(form, authorization)
}

function readProof(
  form: URLSearchParams,
  authorization: string | undefined,
): Result<Proof, OAuthError> {
  const [clientId, secret, assertion] = [
    valueOf(form, 'client_id'),
    valueOf(form, 'client_secret'),
    valueOf(form, 'client_assertion'),
  ]
  const isOneOf =
    [authorization ?? '', secret, assertion].filter((text) => text !== '').length === 1
  if (authorization === undefined && secret === '' && assertion === '') {
    return refuse(
      'invalid_client',
      'The client has not proved who it is: send client_id and client_secret, or client_assertion.',
    )
  }
  if (!isOneOf) {
    return refuse('invalid_request', 'Send one proof: Basic, client_secret or client_assertion.')
  }
  if (authorization !== undefined) return readBasic(authorization, clientId)
  if (assertion !== '') {
    const type = valueOf(form, 'client_assertion_type')
    if (type === '') return refuse('invalid_request', 'client_assertion_type is missing.')
    if (type !== jwtBearer) {
      return refuse('invalid_client', `The only client_assertion_type here is ${jwtBearer}.`)
    }
    return ok({ kind: 'assertion', clientId, assertion })
  }
  if (clientId === '') return refuse('invalid_request', 'client_id is missing.')
  return ok({ kind: 'secret', clientId, secret })
}

/** Basic credentials, escaped as RFC 6749 section 2.3.1 wants or as they are. */
function readBasic(authorization: string, clientId: string): Result<Proof, OAuthError> {
  const encoded = /^Basic +([\w+/=-]+) *$/i.exec(authorization)?.[1]
  const text = encoded === undefined ? undefined : fromBase64(encoded)
  const [, id, secret] = /^([^:]*):([^]*)$/.exec(text ?? '') ?? []
  if (id === undefined || secret === undefined) {
    return refuse('invalid_client', 'Authorization holds no Basic credentials.')
  }
  const name = unescapeForm(id)
  if (clientId !== '' && clientId !== name && clientId !== id) {
    return refuse('invalid_request', 'client_id is another one than that of the Basic credentials.')
  }
  return ok({ kind: 'secret', clientId: name, secret: unescapeForm(secret) })
}

function fromBase64(text: string): string | undefined {
  try {
    return atob(text)
  } catch {
    return undefined
  }
}

function unescapeForm(text: string): string {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    return text
  }
}

/** A parameter without a value counts as absent (RFC 6749 section 3.2). */
function valueOf(form: URLSearchParams, name: Parameter): string {
  return form.get(name) ?? ''
}

function refuse(error: OAuthError['error'], description: string): Result<never, OAuthError> {
  return err(oauthError(error, description))
}
