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
  const issued = await startIssuer('https://issuer.example.com/v2.0', 'workload')
  const client = await makeClient(issued.facts)
  // The same token twice: an issuer may hand out one that it has kept.
  const same = await issued.parameters()
  for (const given of [same, same]) {
    const token = await exchange({ client_id: client.clientId }, oauth.None(), given)
    expect(await listStatus(token.access_token), 200)
  }
  const problem = await refusedAs(client, await issued.parameters({ sub: 'another' }))
  expect(problem, ['invalid_client', 401])
  issued.end()
})
await step('Entra signs for one directory, and not for another with the same keys', async () => {
  const [mine, foreign] = ['11111111', '22222222'].map((id) => `${id}-2222-4333-8444-555555555555`)
  const issuerOf = (directory) => `https://login.microsoftonline.com/${directory}/v2.0`
  const issued = await startIssuer(issuerOf(mine), 'provisioning')
  const client = await makeClient({ ...issued.facts, tenantId: mine })
  const token = await exchange(
    { client_id: client.clientId },
    oauth.None(),
    await issued.parameters({ tid: mine }),
  )
  expect(await listStatus(token.access_token), 200)
  for (const claims of [{ tid: foreign }, { tid: foreign, iss: issuerOf(foreign) }]) {
    const problem = await refusedAs(client, await issued.parameters(claims))
    expect(problem, ['invalid_client', 401])
  }
  // While the keys cannot be read, those that are kept hold; a new one has to wait.
  issued.end()
  await exchange(
    { client_id: client.clientId },
    oauth.None(),
    await issued.parameters({ tid: mine }),
  )
  const parameters = await issued.parameters({ tid: mine }, 'next')
  const early = await refused(exchange({ client_id: client.clientId }, oauth.None(), parameters))
  // The library reads codes of 4xx alone, and hands on all of another answer.
  // The keys were read when the client was made: what is told is when they are read again, in half a minute.
  const wait = Number(early.cause.headers.get('Retry-After'))
  expect([early.cause.status, wait > 5 && wait <= 30], [503, true])
})
await step('two secrets live side by side, and one ends with its tokens alone', async () => {
  const made = await makeClient({ kind: 'secret' })
  const second = await administer('POST', `/clients/${made.id}/secrets`, {})
  const [old, next] = await Promise.all(
    [made, second].map(({ clientSecret }) => {
      return exchange({ client_id: made.clientId }, oauth.ClientSecretPost(clientSecret))
    }),
  )
  await administer('DELETE', `/clients/${made.id}/secrets/${made.secrets[0].id}`)
  expect(await listStatus(old.access_token), 401)
  expect(await listStatus(next.access_token), 200)
  await refused(exchange({ client_id: made.clientId }, oauth.ClientSecretPost(made.clientSecret)))
})
await step('an access token ends with its secret; no secret lives for four years', async () => {
  const inSeconds = (count) => new Date(Date.now() + count * 1000).toISOString()
  const made = await makeClient({ kind: 'secret', expiresAt: inSeconds(120) })
  const way = oauth.ClientSecretBasic(made.clientSecret)
  const token = await exchange({ client_id: made.clientId }, way)
  expect(token.expires_in > 60 && token.expires_in <= 120, true)
  const late = await refused(makeClient({ kind: 'secret', expiresAt: inSeconds(4 * 366 * 86_400) }))
  expect(late.message.includes('at most three years'), true)
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

/** What oauth4webapi makes of a refusal: the code and the status. */
async function refusedAs({ clientId: client_id }, parameters) {
  const { error, status } = await refused(exchange({ client_id }, oauth.None(), parameters))
  return [error, status]
}

/** An issuer whose keys are at an address, until `end`; it signs with a second key that is not there. */
async function startIssuer(name, subject) {
  const keys = { first: await pair('first', 'RS256'), next: await pair('next', 'RS256') }
  const http = createServer((_, answer) => {
    answer.setHeader('Content-Type', 'application/json')
    answer.end(JSON.stringify({ keys: [keys.first.publicKey] }))
  })
  await new Promise((resolve) => http.listen(0, '127.0.0.1', resolve))
  const jwksUrl = `http://127.0.0.1:${http.address().port}/keys`
  const facts = { kind: 'federated', jwksUrl, issuer: name, subject, audience: 'api://rollcall' }
  const assertion = (claims, kid) =>
    new SignJWT({ iss: name, sub: subject, aud: facts.audience, ...claims })
      .setProtectedHeader({ alg: 'RS256', kid })
      .setIssuedAt()
      .setExpirationTime('1h')
      .sign(keys[kid].privateKey)
  return {
    facts,
    parameters: async (claims = {}, kid = 'first') => ({
      scope: 'scim',
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
      client_assertion: await assertion(claims, kid),
    }),
    end: () => http.close(),
  }
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
