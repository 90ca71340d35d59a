/** Access tokens by oauth4webapi and openid-client: metadata, secrets, own keys, a federated issuer. */
import { createServer } from 'node:http'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import * as oauth from 'oauth4webapi'
import * as openid from 'openid-client'
import { address, believe, expect, scim, step } from './life.mjs'

const issuer = new URL(process.env['OAUTH_ISSUER'])
const clientId = process.env['OAUTH_CLIENT_ID']
const secret = process.env['OAUTH_CLIENT_SECRET']
// The gateway of this run has no certificate.
const plain = { [oauth.allowInsecureRequests]: true }
let server

await step('oauth4webapi finds the metadata', async () => {
  const answer = await oauth.discoveryRequest(issuer, { algorithm: 'oauth2', ...plain })
  server = await oauth.processDiscoveryResponse(issuer, answer)
  expect(server.token_endpoint, process.env['OAUTH_TOKEN_URL'])
})

async function exchange(client, authentication, parameters = { scope: 'scim' }) {
  const answer = await oauth.clientCredentialsGrantRequest(
    server,
    client,
    authentication,
    parameters,
    plain,
  )
  return oauth.processClientCredentialsResponse(server, client, answer)
}

await step('oauth4webapi with the secret in the header, and in the form', async () => {
  for (const way of [oauth.ClientSecretBasic, oauth.ClientSecretPost]) {
    const token = await exchange({ client_id: clientId }, way(secret))
    expect([token.token_type, token.scope, token.expires_in], ['bearer', 'scim', 3600])
    expect(await listStatus(token.access_token), 200)
  }
})
await step('oauth4webapi says why a secret was refused, in both ways', async () => {
  const basic = await refused(exchange({ client_id: clientId }, oauth.ClientSecretBasic('wrong')))
  expect(basic.cause[0].parameters.error, 'invalid_client')
  const form = await refused(exchange({ client_id: clientId }, oauth.ClientSecretPost('wrong')))
  expect([form.error, form.status], ['invalid_client', 401])
})
const own = await pair('own', 'ES256')
const jwtClient = await makeClient({ kind: 'jwt', jwks: { keys: [own.publicKey] } })
await step('oauth4webapi with a key of its own', async () => {
  const way = oauth.PrivateKeyJwt({ key: own.privateKey, kid: 'own' })
  const token = await exchange({ client_id: jwtClient.clientId }, way)
  expect(await listStatus(token.access_token), 200)
})
await step('oauth4webapi with a key that is not the client’s is refused', async () => {
  const foreign = await pair('own', 'ES256')
  const way = oauth.PrivateKeyJwt({ key: foreign.privateKey, kid: 'own' })
  const problem = await refused(exchange({ client_id: jwtClient.clientId }, way))
  expect(problem.error, 'invalid_client')
})

let configuration
await step('openid-client finds the metadata in its own way, and in that of OAuth', async () => {
  for (const algorithm of ['oidc', 'oauth2']) {
    configuration = await discover(clientId, openid.ClientSecretPost(secret), algorithm)
    expect(configuration.serverMetadata().issuer, issuer.href)
  }
})
await step('openid-client with the secret in the form, in the header, and with a key', async () => {
  const ways = [
    configuration,
    await discover(clientId, openid.ClientSecretBasic(secret)),
    await discover(jwtClient.clientId, openid.PrivateKeyJwt(own.privateKey)),
  ]
  for (const way of ways) {
    const token = await openid.clientCredentialsGrant(way, { scope: 'scim' })
    expect(await listStatus(token.access_token), 200)
  }
})
await step('a workload signs in with what its issuer signed', async () => {
  const key = await pair('issuer', 'RS256')
  const keys = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'application/json')
    answer.end(JSON.stringify({ keys: [key.publicKey] }))
  })
  await new Promise((resolve) => keys.listen(0, '127.0.0.1', resolve))
  const jwksUrl = `http://127.0.0.1:${keys.address().port}/keys`
  const facts = {
    issuer: 'https://issuer.example.com/v2.0',
    subject: 'workload',
    audience: 'api://rollcall',
  }
  const federated = await makeClient({ kind: 'federated', jwksUrl, ...facts })
  const assertion = (claims = {}) =>
    new SignJWT({ iss: facts.issuer, sub: facts.subject, aud: facts.audience, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid: 'issuer' })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(key.privateKey)
  const parameters = async (claims) => ({
    scope: 'scim',
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    client_assertion: await assertion(claims),
  })
  const client = { client_id: federated.clientId }
  // The same token twice: an issuer may hand out one that it has kept.
  const same = await parameters()
  for (const given of [same, same]) {
    const token = await exchange(client, oauth.None(), given)
    expect(await listStatus(token.access_token), 200)
  }
  const other = await refused(exchange(client, oauth.None(), await parameters({ sub: 'another' })))
  expect(other.error, 'invalid_client')
  keys.close()
})
await step('an access token does what a token does', async () => {
  const { access_token: bearer } = await openid.clientCredentialsGrant(configuration)
  const answer = await fetch(`${address}/Users`, {
    method: 'POST',
    headers: { Authorization: `Bearer ${bearer}`, 'Content-Type': 'application/scim+json' },
    body: JSON.stringify({
      schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'],
      userName: 'ann@example.com',
    }),
  })
  expect(answer.status, 201)
  believe('person', await answer.json())
})
await step('tokens end when their client is revoked', async () => {
  const way = oauth.PrivateKeyJwt({ key: own.privateKey, kid: 'own' })
  const token = await exchange({ client_id: jwtClient.clientId }, way)
  await administer('DELETE', `/clients/${jwtClient.id}`)
  expect(await listStatus(token.access_token), 401)
  await refused(exchange({ client_id: jwtClient.clientId }, way))
})

function discover(id, way, algorithm = 'oauth2') {
  const execute = [openid.allowInsecureRequests]
  return openid.discovery(issuer, id, undefined, way, { algorithm, execute })
}

async function listStatus(bearer) {
  const { status } = await scim('/Users', bearer)
  return status
}

async function refused(attempt) {
  try {
    await attempt
  } catch (problem) {
    return problem
  }
  throw new Error('It was not refused.')
}

async function pair(kid, algorithm) {
  const { privateKey, publicKey } = await generateKeyPair(algorithm, { extractable: true })
  return { privateKey, publicKey: { ...(await exportJWK(publicKey)), kid, alg: algorithm } }
}

function makeClient(body) {
  return administer('POST', '/clients', { label: body.kind, ...body })
}

async function administer(method, path, body) {
  const answer = await fetch(`${process.env['ADMIN_API']}${path}`, {
    method,
    headers: {
      Authorization: `Bearer ${process.env['ADMIN_TOKEN']}`,
      'Content-Type': 'application/json',
    },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text === '' ? {} : JSON.parse(text)
}
