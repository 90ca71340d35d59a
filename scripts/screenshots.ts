/** `npm run screenshots`: every screen of the console with sample data, in `docs/screenshots`. */
import { mkdir, mkdtemp, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Browser, Page } from 'playwright-core'
import { launchChromium } from './chromium.ts'
import { buildWorker, startGateway, type Gateway } from './gateway.ts'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'
import { startSink } from '../test/support/sink.ts'
import { client, operator, patch, person, type ScimClient } from '../test/support/tenant.ts'

readCommandLine(
  'npm run screenshots\n\nEvery screen of the console with sample data, in docs/screenshots.',
  {},
)

const folder = join(root, 'docs', 'screenshots')
const adminToken = 'operator-of-the-screenshots-7f3a91c4'
const width = 1200
/** Pixels, the first that makes the file small enough. */
const heights = [1600, 1300, 1000, 800, 650]
const mostBytes = 150_000
const day = 86_400_000

interface Sample {
  readonly userId: string
  readonly teamId: string
  readonly tokenId: string
  readonly webhookId: string
}

/**
 * Three tenants: one in use with failures, one without a fault, one that waits for its first call.
 */
async function fill(gateway: Gateway): Promise<Sample> {
  const { url } = gateway
  const acme = await makeTenant(url, 'acme', 'Acme Corp.')
  const globex = await makeTenant(url, 'globex', 'Globex')
  await makeTenant(url, 'initech', 'Initech')
  const umbrella = await makeTenant(url, 'umbrella', 'Umbrella')
  const ids: string[] = []
  for (const name of people) {
    ids.push((await acme.call('POST', '/Users', named(name), oneLogin)).body.id)
  }
  const teams: string[] = []
  for (const [index, displayName] of ['Engineering', 'Research', 'Support'].entries()) {
    const members = ids.slice(index * 3, index * 3 + 4).map((value) => ({ value }))
    teams.push((await acme.call('POST', '/Groups', { displayName, members }, oneLogin)).body.id)
  }
  const [userId = ''] = ids
  const [teamId = ''] = teams
  await spread(gateway)
  await addDays(gateway)
  await holdSome(umbrella)
  const webhookIds = await addWebhooks(url)
  const title = patch({ op: 'replace', path: 'title', value: 'Principal Engineer' })
  await acme.call('PATCH', `/Users/${userId}`, title, oneLogin)
  const leave = patch({ op: 'Replace', path: 'active', value: 'False' })
  await acme.call('PATCH', `/Users/${ids.at(-1)}`, leave, oneLogin)
  for (const [name, userName] of [
    ['Mary Shelley', 'Mary.Shelley@acme.example'],
    ['Rosalind Franklin', 'Rosalind.Franklin@acme.example'],
  ] as const) {
    await acme.call('POST', '/Users', { ...named(name), userName }, oneLogin)
  }
  await acme.call('POST', '/Groups', { displayName: 'Sales; EMEA' }, oneLogin)
  await globex.call('POST', '/Users', named('Max Muster'), { 'User-Agent': 'Okta SCIM Client' })
  const admin = operator(fetch, url, adminToken)
  const expiresAt = new Date(Date.now() + 360 * day).toISOString()
  const label = 'OneLogin 2027'
  const next = await admin.call('POST', '/tenants/acme/tokens', { label, expiresAt })
  await client(fetch, acme.baseUrl, next.body.token).call('GET', '/Users', undefined, oneLogin)
  await admin.call('PATCH', '/tenants/acme', { profile: 'onelogin', extensions })
  for (const [label, role, days] of [
    ['Ann at Acme', 'setup', 7],
    ['Auditor', 'view', 90],
  ] as const) {
    const expiresAt = new Date(Date.now() + days * day - 60_000).toISOString()
    await admin.call('POST', '/tenants/acme/links', { label, role, expiresAt })
  }
  await age(gateway, acme.tokenId)
  await disguise(gateway, webhookIds)
  return { userId, teamId, tokenId: acme.tokenId, webhookId: webhookIds[1] ?? '' }
}

/** One receiver that takes everything, and one that breaks down behind its first event. */
async function addWebhooks(url: string): Promise<string[]> {
  const admin = operator(fetch, url, adminToken)
  const ids: string[] = []
  for (const [path, events] of [
    ['/well', null],
    ['/broken', ['user.created', 'user.updated', 'user.deactivated']],
  ] as const) {
    const target = `${sink.url}${path}`
    const made = await admin.call('POST', '/tenants/acme/webhooks', { url: target, events })
    ids.push(made.body.id)
  }
  const body = 'upstream connect error: no healthy upstream'
  const replies = [
    { status: 200, body: '{"received":true}' },
    { status: 503, body },
  ]
  await fetch(`${sink.url}/broken`, { method: 'PUT', body: JSON.stringify(replies) })
  return ids
}

/** Gives the receivers realistic addresses, once everything is delivered or has failed. */
async function disguise(gateway: Gateway, [well, broken]: readonly string[]): Promise<void> {
  const admin = operator(fetch, gateway.url, adminToken)
  const path = '/tenants/acme/webhooks'
  for (;;) {
    const first = (await admin.call('GET', `${path}/${well}`)).body
    const second = (await admin.call('GET', `${path}/${broken}`)).body
    if (first.behind === 0 && second.failures > 0) break
    await new Promise((resolve) => setTimeout(resolve, 50))
  }
  const database = await gateway.miniflare.getD1Database('DB')
  const rename = database.prepare('update webhooks set url = ? where id = ?')
  await database.batch([
    rename.bind('https://app.acme.example/hooks/rollcall', well),
    rename.bind('https://audit.acme.example/events', broken),
  ])
}

/** An accident: everybody is deactivated at once, and leaves a team. */
async function holdSome(scim: ScimClient): Promise<void> {
  const ids: string[] = []
  for (let index = 0; index < 20; index += 1) {
    const name = `${people[index % people.length]?.split(' ')[0]} Redfield${index}`
    ids.push((await scim.call('POST', '/Users', named(name), oneLogin)).body.id)
  }
  const members = ids.slice(0, 2).map((value) => ({ value }))
  await scim.call('POST', '/Groups', { displayName: 'Field team', members }, oneLogin)
  const data = patch({ op: 'replace', path: 'active', value: false })
  const Operations = ids.map((id, index) =>
    index < 2
      ? { method: 'DELETE', path: `/Users/${id}` }
      : { method: 'PATCH', path: `/Users/${id}`, data },
  )
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
  await scim.call('POST', '/Bulk', { schemas, Operations: Operations.toReversed() }, oneLogin)
}

const oneLogin = { 'User-Agent': 'OneLogin SCIM', 'CF-Connecting-IP': '203.0.113.20' }

const people = [
  'Ada Lovelace',
  'Grace Hopper',
  'Alan Turing',
  'Katherine Johnson',
  'Edsger Dijkstra',
  'Barbara Liskov',
  'Donald Knuth',
  'Radia Perlman',
  'Tony Hoare',
  'Frances Allen',
]

const extensions = [
  {
    resourceType: 'User',
    id: 'urn:example:params:scim:schemas:extension:acme:2.0:User',
    name: 'Acme user',
    description: 'What the payroll of Acme needs.',
    attributes: [
      { name: 'costCenter', description: 'Who pays' },
      { name: 'floor', type: 'integer' },
    ],
  },
]

/** Moves all that was done until now into the past, with older events for the chart. */
async function spread(gateway: Gateway): Promise<void> {
  const database = await gateway.miniflare.getD1Database('DB')
  const now = Date.now()
  await database.batch([
    database.prepare('update events set seq = seq + 10000, at = at - ?').bind(day),
    database.prepare('update tenants set created_at = created_at - ?').bind(60 * day),
    database
      .prepare('update users set created_at = created_at - ?1, updated_at = updated_at - ?1')
      .bind(day),
  ])
  const past = Array.from({ length: 28 }, (_, index) => 29 - index).flatMap((age) =>
    [
      ...Array.from({ length: [2, 5, 9, 14, 4, 0, 1][age % 7] ?? 0 }, () => 'events'),
      ...Array.from({ length: [0, 1, 0, 3, 0, 0, 0][age % 7] ?? 0 }, () => 'refusals'),
    ].map((table) => ({ table, at: now - age * day })),
  )
  const rows = JSON.stringify(past)
  const of = `tenants.slug = 'acme' and one.value ->> '$.table' =`
  const cause = `json_object('requestId', 'sample-' || one.key, 'tokenId', '', 'provider', 'onelogin')`
  await database.batch([
    database
      .prepare(
        `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
         select tenants.id, 10000 - row_number() over (order by one.key desc) + 1, 'user.updated',
           'sample', one.value ->> '$.at', '{"userName":"sample@acme.example"}', '{}', ${cause}
         from tenants, json_each(?) as one where ${of} 'events'`,
      )
      .bind(rows),
    database
      .prepare(
        `insert into refusals (tenant_id, seq, at, method, path, status, code, detail, subject, cause)
         select tenants.id, row_number() over (order by one.key), one.value ->> '$.at', 'POST',
           '/Users', 409, 'userNameTaken', 'Another user already has this userName; capital and '
           || 'small letters do not differ. Look the user up by userName and update it, or give '
           || 'this person another userName.', 'sample' || one.key || '@acme.example', ${cause}
         from tenants, json_each(?) as one where ${of} 'refusals'`,
      )
      .bind(rows),
  ])
}

/** People and teams of the days that are over, as the nightly run notes them. */
async function addDays(gateway: Gateway): Promise<void> {
  const database = await gateway.miniflare.getD1Database('DB')
  const today = Math.floor(Date.now() / day)
  const days = Array.from({ length: 60 }, (_, index) => ({
    day: today - 60 + index,
    people: 2 + Math.floor(index / 8),
    teams: 1 + Math.floor(index / 20),
  }))
  await database
    .prepare(
      `insert into tenant_days (tenant_id, day, people, teams)
       select whose.id, one.value ->> '$.day', one.value ->> '$.people', one.value ->> '$.teams'
       from (select 0 as id union all select id from tenants where slug = 'acme') as whose,
         json_each(?) as one`,
    )
    .bind(JSON.stringify(days))
    .run()
}

/** The older token of Acme is near its end, and was used before the newer one. */
async function age(gateway: Gateway, tokenId: string): Promise<void> {
  const database = await gateway.miniflare.getD1Database('DB')
  const now = Date.now()
  await database
    .prepare(
      `update tokens set created_at = ?2, expires_at = ?3, last_used_at = ?4,
         last_address = '203.0.113.20', last_agent = 'OneLogin SCIM Provisioner' where id = ?1`,
    )
    .bind(tokenId, now - 350 * day, now + 12.5 * day, now - 20 * 60_000)
    .run()
}

async function photograph(
  url: string,
  { userId, teamId, tokenId, webhookId }: Sample,
): Promise<void> {
  const launched = await launchChromium()
  if (!launched.ok) throw new Error(launched.error)
  const browser = launched.value
  await rm(folder, { recursive: true, force: true })
  await mkdir(folder, { recursive: true })
  try {
    const viewport = { width, height: 800 }
    const page = await browser.newPage({ viewport, colorScheme: 'light' })
    await page.goto(`${url}/admin/sign-in`)
    await take(page, 'sign-in')
    await page.getByLabel('Operator secret or access code').fill(adminToken)
    await page.getByRole('button', { name: 'Sign in' }).click()
    await page.getByRole('heading', { name: 'Tenants', exact: true }).waitFor()
    const acme = `${url}/admin/tenants/acme`
    for (const [name, address] of [
      ['home', `${url}/admin`],
      ['trends', `${url}/admin/trends`],
      ['overview', acme],
      ['tenant-trends', `${acme}/trends`],
      ['connection', `${acme}/connection`],
      ['connection-waiting', `${url}/admin/tenants/initech/connection`],
      ['revoke', `${acme}/tokens/${tokenId}/revoke`],
      ['activity', `${acme}/activity`],
      ['activity-changes', `${acme}/activity?outcome=changed`],
      ['activity-filtered', `${acme}/activity?outcome=failed&code=emailCapitals`],
      ['problems', `${acme}/problems?email=lowercase`],
      ['where-is', `${url}/admin/search?q=mary`],
      ['person', `${acme}/person?name=Mary.Shelley@acme.example`],
      ['users', `${acme}/users`],
      ['user', `${acme}/users/${userId}`],
      ['teams', `${acme}/teams`],
      ['team', `${acme}/teams/${teamId}`],
      ['webhooks', `${acme}/webhooks`],
      ['webhook', `${acme}/webhooks/${webhookId}`],
      ['holds', `${url}/admin/tenants/umbrella/holds`],
      ['settings', `${acme}/settings`],
      ['delete', `${acme}/delete`],
      ['share', `${acme}/links`],
      ['audit', `${acme}/audit`],
      ['audit-all', `${url}/admin/audit`],
      ['sessions', `${url}/admin/sessions`],
      ['open-link', `${url}/admin/open`],
    ] as const) {
      await page.goto(address)
      await take(page, name)
    }
    await photographSetUp(browser, url)
  } finally {
    await browser.close()
  }
}

/** What a customer sees through a link: a step of the set-up, and the status afterwards. */
async function photographSetUp(browser: Browser, url: string): Promise<void> {
  const admin = operator(fetch, url, adminToken)
  for (const [slug, path, name] of [
    ['initech', '/choose', 'set-up-choice'],
    ['initech', '/steps/onelogin/configuration', 'set-up'],
    ['acme', '/status', 'set-up-status'],
    ['acme', '/problems', 'set-up-problems'],
  ] as const) {
    const made = await admin.call('POST', `/tenants/${slug}/links`, {
      role: 'setup',
      opensWithin: 60,
      expiresAt: new Date(Date.now() + day).toISOString(),
      returnUrl: 'https://app.northwind.example/security/scim',
    })
    const page = await browser.newPage({ viewport: { width, height: 800 }, colorScheme: 'light' })
    await page.goto(made.body.url)
    await page.getByRole('button', { name: 'Open' }).click()
    await page.goto(`${url}/admin/set-up/${slug}${path}`)
    await take(page, name)
    await page.close()
  }
}

async function take(page: Page, name: string): Promise<void> {
  const path = join(folder, `${name}.png`)
  const full = await page.evaluate(() => document.documentElement.scrollHeight)
  for (const height of heights) {
    const clip = { x: 0, y: 0, width, height: Math.min(full, height) }
    await page.screenshot({ path, fullPage: true, clip })
    const { size } = await stat(path)
    if (size > mostBytes) continue
    console.log(`docs/screenshots/${name}.png  ${Math.ceil(size / 1000)} kB`)
    return
  }
  throw new Error(`${name}.png is larger than ${mostBytes} bytes.`)
}

async function makeTenant(url: string, slug: string, name: string): Promise<ScimClient> {
  const admin = operator(fetch, url, adminToken)
  await admin.call('POST', '/tenants', { slug, name })
  const { body } = await admin.call('POST', `/tenants/${slug}/tokens`, { label: 'OneLogin' })
  return client(fetch, body.baseUrl, body.token, { slug, tokenId: body.id })
}

function named(name: string): Record<string, unknown> {
  const [givenName = '', familyName = ''] = name.split(' ')
  const userName = `${givenName}.${familyName}@acme.example`.toLowerCase()
  return person({
    userName,
    name: { givenName, familyName },
    displayName: name,
    title: 'Engineer',
    emails: [{ value: userName, type: 'work', primary: true }],
  })
}

const sink = await startSink()
const stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-screenshots-'))
try {
  const buildDirectory = join(stateDirectory, 'build')
  await buildWorker(buildDirectory)
  // Failed deliveries must not be tried again while pictures are taken.
  const variables = {
    WEBHOOK_LOOPBACK: 'true',
    WEBHOOK_GAPS: '3600000',
    PRODUCT_NAME: 'Northwind',
    PRODUCT_ACCENT: '#0a7d6b',
  }
  const gateway = await startGateway({
    stateDirectory,
    port: 0,
    adminToken,
    buildDirectory,
    variables,
  })
  try {
    await photograph(gateway.url, await fill(gateway))
  } finally {
    await gateway.stop()
  }
} finally {
  await rm(stateDirectory, { recursive: true, force: true })
  await sink.stop()
}
