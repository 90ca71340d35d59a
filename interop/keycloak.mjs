/**
 * Keycloak as a whole: an administrator's actions, which an extension sends by SCIM. The extension
 * is in no registry: KEYCLOAK_SCIM_JAR names the jar, built from pelotech/keycloak-scim 1.0.1.
 */
import { execFileSync, spawn } from 'node:child_process'
import { copyFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { address, believe, expect, expectSoon, find, scim, step, token } from './life.mjs'

const isPatch = process.env['KEYCLOAK_UPDATES'] === 'PATCH'
const secret = crypto.randomUUID()
const port = await freePort()
const keycloak = `http://127.0.0.1:${port}`

execFileSync('unzip', ['-q', 'beside/keycloak-quarkus-dist-26.7.3.zip'])
copyFileSync(process.env['KEYCLOAK_SCIM_JAR'], 'keycloak-26.7.3/providers/keycloak-scim.jar')
const start = ['start-dev', '--http-host=127.0.0.1', `--http-port=${port}`]
const server = spawn('nice', ['-n', '10', 'keycloak-26.7.3/bin/kc.sh', ...start], {
  env: {
    ...process.env,
    KC_BOOTSTRAP_ADMIN_USERNAME: 'admin',
    KC_BOOTSTRAP_ADMIN_PASSWORD: secret,
    JAVA_OPTS_KC_HEAP: '-Xmx768m',
  },
  stdio: ['ignore', 'inherit', 'inherit'],
  detached: true,
})
let session

for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) {
  process.once(signal, () => {
    stop()
    process.exit(1)
  })
}

/** Ends the whole group: the script starts a Java. */
function stop() {
  if (server.pid !== undefined) process.kill(-server.pid, 'SIGKILL')
}

async function live() {
  await step('Keycloak starts, and its administrator signs in', async () => {
    const isUp = () =>
      fetch(`${keycloak}/realms/master`).then(
        ({ ok }) => ok,
        () => false,
      )
    await expectSoon(isUp, true, 420)
    await signIn()
  })
  await step('a realm that sends its people by the extension', async () => {
    await admin('POST', '', {
      realm: 'people',
      enabled: true,
      eventsListeners: ['jboss-logging', 'scim'],
    })
    await admin('POST', '/people/components', {
      name: 'rollcall',
      providerType: 'org.keycloak.storage.UserStorageProvider',
      providerId: 'scim',
      config: Object.fromEntries(
        Object.entries(settings()).map(([name, value]) => [name, [value]]),
      ),
    })
  })
  const people = {}
  for (const name of ['ann', 'ben', 'cleo']) {
    await step(`${name} is made`, async () => {
      people[name] = await make('users', {
        username: `${name}@example.com`,
        email: `${name}@example.com`,
        emailVerified: true,
        firstName: name,
        lastName: 'Baker',
        enabled: true,
      })
      await expectSoon(async () => (await person(people[name]))?.userName, `${name}@example.com`)
    })
  }
  await step('a changed name arrives', async () => {
    await admin('PUT', `/people/users/${people.ann}`, {
      ...(await read(people.ann)),
      lastName: 'Birch',
    })
    // By PATCH the extension sends the name to show, and no parts of names.
    await expectSoon(async () => (await person(people.ann)).displayName, 'ann Birch')
    if (!isPatch) expect((await person(people.ann)).name, { givenName: 'ann', familyName: 'Birch' })
  })
  await step('somebody is disabled, and enabled', async () => {
    for (const enabled of [false, true]) {
      await admin('PUT', `/people/users/${people.ben}`, { ...(await read(people.ben)), enabled })
      await expectSoon(async () => (await person(people.ben)).active, enabled)
    }
  })
  let group
  await step('a team; people join and leave', async () => {
    group = await make('groups', { name: 'Bakers' })
    await expectSoon(async () => (await team(group))?.displayName, 'Bakers')
    for (const name of ['ann', 'ben', 'cleo']) {
      await admin('PUT', `/people/users/${people[name]}/groups/${group}`)
    }
    await expectSoon(
      () => members(group),
      ids(await Promise.all(Object.values(people).map(person))),
    )
    await admin('DELETE', `/people/users/${people.ann}/groups/${group}`)
    await expectSoon(
      () => members(group),
      ids([await person(people.ben), await person(people.cleo)]),
    )
  })
  await step('a team gets another name', async () => {
    await admin('PUT', `/people/groups/${group}`, { name: 'Cooks' })
    await expectSoon(async () => (await team(group)).displayName, 'Cooks')
  })
  await step('the last people leave', async () => {
    for (const name of ['ben', 'cleo']) {
      await admin('DELETE', `/people/users/${people[name]}/groups/${group}`)
    }
    await expectSoon(() => members(group), [])
    await admin('PUT', `/people/users/${people.ben}/groups/${group}`)
    await expectSoon(() => members(group), ids([await person(people.ben)]))
  })
  await step('somebody is deleted', async () => {
    await admin('DELETE', `/people/users/${people.cleo}`)
    await expectSoon(() => person(people.cleo), undefined)
  })
  await step('who signs in with an access token is shown as such', async () => {
    const config = await scim('/ServiceProviderConfig')
    expect(config.body.authenticationSchemes.length > 0, true)
  })
  for (const id of [people.ann, people.ben]) {
    const { username, firstName, lastName, enabled, email } = await read(id)
    const { id: known, emails } = await person(id)
    expect(emails[0].value, email)
    const name = isPatch ? {} : { name: { givenName: firstName, familyName: lastName } }
    const displayName = `${firstName} ${lastName}`
    const states = { userName: username, active: enabled, displayName }
    believe('person', { id: known, externalId: id, ...states, ...name })
  }
  const { name } = await admin('GET', `/people/groups/${group}`)
  believe('team', { id: (await team(group)).id, externalId: group, displayName: name })
}

/** By PATCH it signs in with an OAuth client, by PUT with a token. */
function settings() {
  const common = {
    endpoint: address,
    'content-type': 'application/scim+json',
    'propagation-user': 'true',
    'propagation-group': 'true',
  }
  if (!isPatch) return { ...common, 'auth-mode': 'BEARER', 'auth-pass': token }
  return {
    ...common,
    'auth-mode': 'CLIENT_CREDENTIALS',
    'oauth-client-id': process.env['OAUTH_CLIENT_ID'],
    'oauth-client-secret': process.env['OAUTH_CLIENT_SECRET'],
    'oauth-token-endpoint': process.env['OAUTH_TOKEN_URL'],
    'oauth-scope': 'scim',
    'user-patchOp': 'true',
    'group-patchOp': 'true',
  }
}

async function signIn() {
  const body = new URLSearchParams({
    grant_type: 'password',
    client_id: 'admin-cli',
    username: 'admin',
    password: secret,
  })
  const answer = await fetch(`${keycloak}/realms/master/protocol/openid-connect/token`, {
    method: 'POST',
    body,
  })
  session = (await answer.json()).access_token
}

async function admin(method, path, body) {
  // A session of the administrator lasts a minute.
  await signIn()
  const answer = await fetch(`${keycloak}/admin/realms${path}`, {
    method,
    headers: { Authorization: `Bearer ${session}`, 'Content-Type': 'application/json' },
    body: body === undefined ? undefined : JSON.stringify(body),
  })
  const text = await answer.text()
  if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${text}`)
  return text === '' ? answer.headers.get('location')?.split('/').pop() : JSON.parse(text)
}

const make = (kind, body) => admin('POST', `/people/${kind}`, body)
const read = (id) => admin('GET', `/people/users/${id}`)
const person = (id) => find('Users', 'externalId', id)
const team = (id) => find('Groups', 'externalId', id)
const ids = (resources) => resources.map(({ id }) => id).toSorted()

async function members(id) {
  const { members: present = [] } = await team(id)
  return present.map(({ value }) => value).toSorted()
}

async function freePort() {
  const probe = createServer()
  await new Promise((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port: free } = probe.address()
  await new Promise((resolve) => probe.close(resolve))
  return free
}

try {
  await live()
} finally {
  stop()
}
