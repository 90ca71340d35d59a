/** Tenants for the proof kit, each with a profile and a way to sign in. */
import { createServer, type Server as HttpServer } from 'node:http'
import { exportJWK, exportPKCS8, type JWK } from 'jose'
import type { Fetch } from '../../../scripts/prove/connection.ts'
import { enter } from '../../../scripts/prove/run.ts'
import type { Credentials } from '../../../scripts/prove/sign-in.ts'
import { signerOf } from '../../../scripts/prove/signer.ts'
import type { Room } from '../../../scripts/prove/trial.ts'
import {
  entraAudience,
  entraClaims,
  entraDirectory,
  entraIssuer,
  sign,
  signingKey,
  type SigningKey,
} from '../../support/issuer.ts'
import { adminToken } from '../../support/server.ts'
import { operator } from '../../support/tenant.ts'

/** A tenant that is made with a profile, and has default settings but for that. */
export interface Stage {
  readonly slug: string
  readonly url: string
  readonly token: string
}

export async function newStage(serverUrl: string, profile: string): Promise<Stage> {
  const { call } = operator(fetch, serverUrl, adminToken)
  const slug = `t-${crypto.randomUUID().slice(0, 13)}`
  await call('POST', '/tenants', { slug, name: slug, profile })
  const { body } = await call('POST', `/tenants/${slug}/tokens`, { label: 'kit' })
  return { slug, url: body.baseUrl, token: body.token }
}

async function newClient(serverUrl: string, slug: string, body: object) {
  const { call } = operator(fetch, serverUrl, adminToken)
  const made = await call('POST', `/tenants/${slug}/clients`, { label: 'kit', ...body })
  if (made.status !== 201) throw new Error(`No client: ${JSON.stringify(made.body)}`)
  const { clientId, clientSecret, tokenUrl, issuer } = made.body
  return { clientId, clientSecret, tokenUrl, issuer }
}

export async function bySecret(serverUrl: string, { slug }: Stage): Promise<Credentials> {
  const { clientSecret, ...client } = await newClient(serverUrl, slug, { kind: 'secret' })
  return { kind: 'secret', secret: clientSecret, ...client }
}

/** By a key of its own, as JWK or in PEM. */
export async function byKey(
  serverUrl: string,
  { slug }: Stage,
  form: 'jwk' | 'pem' = 'jwk',
): Promise<Credentials> {
  const { privateKey, publicKey, algorithm } = await signingKey('kit')
  const jwks = { keys: [publicKey] }
  const { clientSecret: _, ...client } = await newClient(serverUrl, slug, { kind: 'jwt', jwks })
  const jwk: JWK = { ...(await exportJWK(privateKey)), kid: 'kit', alg: algorithm }
  const key = form === 'jwk' ? JSON.stringify(jwk) : await exportPKCS8(privateKey)
  return { kind: 'key', sign: signerOf(client.clientId, key), ...client }
}

/** A token of an issuer that stands in for Entra. */
export async function byAssertion(
  serverUrl: string,
  { slug }: Stage,
  issuer: StandIn,
): Promise<Credentials> {
  const { clientSecret: _, ...client } = await newClient(serverUrl, slug, {
    kind: 'federated',
    issuer: entraIssuer,
    jwksUrl: issuer.url,
    subject: 'provisioning-service',
    audience: entraAudience,
    tenantId: entraDirectory,
  })
  const assertion = await sign(issuer.key, entraClaims())
  return { kind: 'assertion', assertion, ...client }
}

/** An issuer whose keys are served on this machine. */
export interface StandIn {
  readonly url: string
  readonly key: SigningKey
  readonly http: HttpServer
}

export async function startIssuer(): Promise<StandIn> {
  const key = await signingKey('first')
  const keys = JSON.stringify({ keys: [key.publicKey] })
  const http = createServer((_, response) => {
    response.writeHead(200, { 'Content-Type': 'application/json' }).end(keys)
  })
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  const port = typeof address === 'object' && address ? address.port : 0
  return { url: `http://127.0.0.1:${port}/keys`, key, http }
}

export async function enterStage(
  { url, token }: Stage,
  credentials: Credentials = { kind: 'token', token },
  fetch?: Fetch,
): Promise<Room> {
  const room = await enter({ url, credentials, ...(fetch ? { fetch } : {}) })
  if (!room.ok) throw new Error(room.error)
  return room.value
}
