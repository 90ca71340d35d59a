/** The simulator against the gateway, and against servers that a provider would suffer from. */
import { spawn } from 'node:child_process'
import { createServer, type IncomingMessage, type Server as HttpServer } from 'node:http'
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import type { ProviderName, Report } from '../../scripts/simulator/report.ts'
import { showReport } from '../../scripts/simulator/show.ts'
import { providers, simulate } from '../../scripts/simulator/simulate.ts'
import { adminToken, freePort, startServer, type Server } from '../support/server.ts'
import { newTenant, type ScimClient } from '../support/tenant.ts'

const names = Object.keys(providers) as ProviderName[]

describe('against the gateway', () => {
  let server: Server

  beforeAll(async () => {
    server = await startServer()
  })

  afterAll(async () => {
    await server.stop()
  })

  it.each(names)('%s lives through its whole cycle and leaves what it believes', async (name) => {
    const client = await newTenant(fetch, server.url, adminToken)
    const report = await simulate(name, {
      url: client.baseUrl,
      token: client.token,
      people: 30,
      teams: 5,
      rate: 0,
      seed: 11,
    })
    expect(report, showReport(report)).toMatchObject({
      failures: [],
      differences: [],
      warnings: [],
      stopped: undefined,
      isClean: true,
    })
    expect(report.phases.map(({ skipped }) => skipped)).toEqual(report.phases.map(() => 0))
    expect(await readDirectory(client)).toEqual({
      people: sortedBy('userName', report.model.people),
      teams: sortedBy('name', report.model.teams),
    })
  })

  it.each(names)('%s plays the same story again in another tenant', async (name) => {
    const reports: Report[] = []
    for (let run = 0; run < 2; run += 1) {
      const { baseUrl: url, token } = await newTenant(fetch, server.url, adminToken)
      reports.push(
        await simulate(name, { url, token, people: 8, teams: 3, rate: 0, seed: 5, tag: 'x' }),
      )
    }
    const [first, second] = reports
    expect(second?.model).toEqual(first?.model)
    expect(second?.phases.map(({ calls }) => calls)).toEqual(
      first?.phases.map(({ calls }) => calls),
    )
  })

  it('manages without people or teams', async () => {
    const { baseUrl: url, token } = await newTenant(fetch, server.url, adminToken)
    for (const name of names) {
      const report = await simulate(name, { url, token, people: 0, teams: 0, rate: 0 })
      expect(report, showReport(report)).toMatchObject({ isClean: true })
    }
  })

  it('stops at a wrong token, and never prints the right one', async () => {
    const { baseUrl: url, token } = await newTenant(fetch, server.url, adminToken)
    const report = await simulate('entra', { url, token: `${token}x`, rate: 0 })
    expect(report.phases).toHaveLength(1)
    expect(report.stopped).toContain('connection test')
    expect(report.failures[0]).toMatchObject({ status: 401, kind: 'unauthorized' })
    expect(showReport(report)).toContain('quarantine')
    expect(showReport(report)).not.toContain(token)
  })
})

describe('against a small server in memory', () => {
  let fake: Fake | undefined

  afterEach(() => {
    fake?.http.close()
  })

  it.each(names)('%s finds nothing wrong when nothing is', async (name) => {
    fake = await startFake()
    const report = await simulate(name, { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    expect(report, showReport(report)).toMatchObject({ isClean: true, warnings: [] })
  })

  it('OneLogin sends its own spelling, and one PATCH for each member', async () => {
    fake = await startFake()
    await simulate('onelogin', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    const { requests } = fake
    expect(requests[0]).toMatchObject({ method: 'GET', agent: '', type: 'application/json' })
    expect(requests[0]?.path).toMatch(/^\/Users\?filter=userName\+eq\+%22nobody-\w+%22&$/)
    expect(requests.some(({ method, path }) => method === 'PUT' && path.endsWith('?'))).toBe(true)
    const patches = requests.filter(({ method }) => method === 'PATCH')
    expect(patches.every(({ path }) => /^\/Groups\/[^/]+\?$/.test(path))).toBe(true)
    for (const { body } of patches) {
      expect(body.Operations).toHaveLength(1)
      expect(body.Operations[0].value ?? [0]).toHaveLength(1)
    }
  })

  it('Okta names itself, renames before members, and deletes nobody', async () => {
    fake = await startFake()
    await simulate('okta', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    const { requests } = fake
    expect(new Set(requests.map(({ agent }) => agent))).toEqual(new Set(['Okta SCIM Client 1.0.0']))
    expect(requests.some(({ path }) => /filter=userName%20eq%20.*&startIndex=1/.test(path))).toBe(
      true,
    )
    expect(
      requests.filter(({ method, path }) => method === 'DELETE' && path.startsWith('/Users')),
    ).toEqual([])
    const patches = requests.filter(
      ({ method, path }) => method === 'PATCH' && path.startsWith('/Groups'),
    )
    const withMembers = patches.filter(({ body }) => body.Operations.at(-1).op === 'add')
    expect(withMembers.length).toBeGreaterThan(0)
    for (const wanted of withMembers) {
      const earlier = patches.slice(0, patches.indexOf(wanted))
      const before = earlier.findLast(({ path }) => path === wanted.path)
      expect(before?.body.Operations).toEqual([
        { op: 'replace', value: expect.objectContaining({ displayName: expect.any(String) }) },
      ])
    }
  })

  it('Entra capitalises operations and sends "False" and lists of members', async () => {
    fake = await startFake()
    await simulate('entra', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    const operations = fake.requests
      .filter(({ method }) => method === 'PATCH')
      .flatMap(({ body }) => body.Operations)
    expect(new Set(operations.map(({ op }) => op))).toEqual(new Set(['Add', 'Remove', 'Replace']))
    expect(operations).toContainEqual({ op: 'Replace', path: 'active', value: 'False' })
    expect(operations).toContainEqual({
      op: 'Remove',
      path: 'members',
      value: expect.arrayContaining([{ $ref: null, value: expect.any(String) }]),
    })
    expect(
      fake.requests.some(({ path }) => path.startsWith('/Groups?excludedAttributes=members&')),
    ).toBe(true)
  })

  it('names what is wrong with a bad server', async () => {
    fake = await startFake(badManners)
    const report = await simulate('entra', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    expect(report.isClean).toBe(false)
    const text = showReport(report)
    expect(text).not.toMatch(/secret/)
    expect(report.warnings.map(({ text }) => text).join('\n')).toMatch(
      /404 instead.*not JSON.*are strings.*Location.*answered with its members/s,
    )
    const problems = report.failures.map(({ status, problem, detail }) => ({
      status,
      text: problem ?? detail,
    }))
    expect(problems).toContainEqual({ status: 404, text: expect.stringContaining('nothing here') })
    expect(problems).toContainEqual({
      status: 200,
      text: 'The server accepts a token that nobody has given out.',
    })
    expect(problems).toContainEqual({ status: 500, text: expect.stringContaining('[token]') })
    expect(text).toMatch(/puts the job into quarantine/)
  })

  it('hides no letters of words when the token has only a few', async () => {
    const url = 'http://127.0.0.1:1/nothing'
    const text = showReport(await simulate('onelogin', { url, token: 't', rate: 0, seed: 3 }))
    expect(text).toContain(`GET ${url}/Users?filter=`)
    expect(text).toContain('Authorization: Bearer [token]')
  })

  it('finds changes that a server has confirmed and not made', async () => {
    fake = await startFake({ ignoresFalse: true, removesEverybody: true })
    const report = await simulate('entra', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    expect(report.failures).toEqual([])
    expect(report.differences).toContainEqual(expect.stringMatching(/should be inactive/))
    expect(report.differences).toContainEqual(expect.stringMatching(/^Team ".*" lacks /))
  })

  it('finds a filter that is not obeyed', async () => {
    fake = await startFake({ ignoresFilter: true })
    const report = await simulate('okta', { url: fake.url, token: 'secret', rate: 0, seed: 3 })
    expect(report.failures.map(({ problem }) => problem)).toContainEqual(
      expect.stringMatching(/The filter is not obeyed/),
    )
  })

  it('ends with 1 as a command when something went wrong, and with 0 when nothing did', async () => {
    fake = await startFake(badManners)
    const bad = await command('entra', fake.url)
    expect(bad).toMatchObject({ code: 1 })
    expect(bad.output).toMatch(/FAILURES .*RESULT {2}Something went wrong/s)
    expect(bad.output).not.toContain('secret')
    fake.http.close()
    fake = await startFake()
    const good = await command('okta', fake.url)
    expect(good, good.output).toMatchObject({ code: 0 })
    expect(good.output).toMatch(/\[1\/14\] Connection test.*RESULT {2}All went well/s)
    expect((await command('google', fake.url)).code).toBe(2)
  })
})

describe('against nonsense', () => {
  const nonsense: readonly (readonly [string, number, string])[] = [
    ['an array', 200, '[]'],
    ['null', 200, 'null'],
    ['a list of nulls', 200, '{"totalResults":1,"Resources":[null]}'],
    ['wrong types', 200, '{"totalResults":{"valueOf":1,"toString":1},"Resources":{"id":[]}}'],
    ['a list without end', 200, '{"totalResults":1e9,"Resources":[{"id":7,"userName":{}}]}'],
    [
      'a deep nest',
      200,
      `{"totalResults":1,"Resources":[{"userName":${'['.repeat(9000)}${']'.repeat(9000)}}]}`,
    ],
    ['an id for everything', 201, '{"id":"a/../\\"]","meta":[],"members":[{"value":{}}]}'],
    ['nothing at all', 204, ''],
    ['a page', 503, '<html>\u001B[2J</html>'],
    ['a redirection', 302, ''],
    ['impatience', 429, 'later'],
  ]

  it.each(nonsense)('the report is printed after %s', async (_name, status, body) => {
    const http = createServer((_request, response) => {
      response.writeHead(status, { 'Retry-After': '0', Location: '/elsewhere' }).end(body)
    })
    const url = await listen(http)
    for (const name of names) {
      const report = await simulate(name, { url, token: 'secret', people: 3, teams: 2, rate: 0 })
      expect(report.isClean).toBe(false)
      expect(report.stopped ?? '').not.toContain('simulator itself')
      expect(showReport(report)).not.toContain('\u001B')
    }
    http.close()
  })

  it('says so when nobody listens, and when nobody answers', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const absent = await simulate('okta', { url, token: 'secret', rate: 0 })
    expect(absent.failures[0]).toMatchObject({ status: 0, kind: 'unreachable' })
    const http = createServer(() => undefined)
    const silent = { url: await listen(http), token: 'secret', rate: 0, timeout: 200 }
    const report = await simulate('onelogin', silent)
    expect(report.failures[0]).toMatchObject({ status: 0, kind: 'timeout' })
    expect(report.stopped).toContain('connection test')
    http.closeAllConnections()
    http.close()
  })
})

async function readDirectory(client: ScimClient): Promise<unknown> {
  const users = (await client.call('GET', '/Users?count=200')).body.Resources
  const groups = (await client.call('GET', '/Groups?count=200')).body.Resources
  const userNames = new Map(users.map(({ id, userName }: any) => [id, userName]))
  const teams = []
  for (const { id, displayName } of groups) {
    const { members = [] } = (await client.call('GET', `/Groups/${id}`)).body
    const present = members.map(({ value }: any) => userNames.get(value)).sort()
    teams.push({ name: displayName, members: present })
  }
  return {
    people: sortedBy(
      'userName',
      users.map(({ userName, active }: any) => ({ userName, active })),
    ),
    teams: sortedBy('name', teams),
  }
}

function sortedBy(name: string, items: readonly any[]): unknown[] {
  return items.toSorted((left, right) => (left[name] < right[name] ? -1 : 1))
}

async function command(name: string, url: string): Promise<{ code: number; output: string }> {
  const parts = [name, '--url', url, '--people', '6', '--teams', '2', '--rate', '0', '--seed', '3']
  const child = spawn(process.execPath, ['scripts/simulate.ts', ...parts, '--token', 'secret'], {
    cwd: root,
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number>((resolve) =>
    child.on('close', (end) => resolve(end ?? -1)),
  )
  return { code, output }
}

interface Manners {
  /** Lists with numbers as strings, 404 without a hit, no Location, members after each PATCH … */
  readonly isRude?: boolean
  readonly ignoresFalse?: boolean
  readonly removesEverybody?: boolean
  readonly ignoresFilter?: boolean
}

/** OneLogin's name of the extension; a server that keeps the data knows it. */
const oldUrn = 'urn:scim:schemas:extension:enterprise:2.0'
const enterpriseUrn = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

const badManners: Manners = { isRude: true, ignoresFalse: true }

interface Fake {
  readonly http: HttpServer
  readonly url: string
  readonly requests: { method: string; path: string; agent: string; type: string; body: any }[]
}

/** As much of SCIM as a provider's life needs, with faults to choose. */
async function startFake(manners: Manners = {}): Promise<Fake> {
  const requests: Fake['requests'] = []
  const store = new Map<string, any>()
  const http = createServer((request, response) => {
    void readText(request).then((text) => {
      const path = request.url ?? ''
      const { 'user-agent': agent = '', 'content-type': type = '', authorization } = request.headers
      const body = text === '' ? undefined : JSON.parse(text.replaceAll(oldUrn, enterpriseUrn))
      const method = request.method ?? ''
      const isProbe = authorization !== 'Bearer secret'
      if (!isProbe) requests.push({ method, path, agent, type, body })
      const answer =
        isProbe && !manners.isRude
          ? problem(401)
          : answerOf(manners, store, method, new URL(path, 'http://fake'), body)
      response.writeHead(answer.status, {
        'Content-Type': answer.text === undefined ? 'application/scim+json' : 'text/html',
        ...(answer.status === 201 && !manners.isRude ? { Location: path } : {}),
      })
      response.end(answer.text ?? (answer.body === undefined ? '' : JSON.stringify(answer.body)))
    })
  })
  return { http, url: await listen(http), requests }
}

interface FakeAnswer {
  readonly status: number
  readonly body?: any
  readonly text?: string
}

function answerOf(
  manners: Manners,
  store: Map<string, any>,
  method: string,
  url: URL,
  body: any,
): FakeAnswer {
  const [, collection = '', id = ''] = url.pathname.split('/')
  if (method === 'GET' && id === '') return list(manners, store, collection, url.searchParams)
  if (method === 'POST') {
    const made = { ...body, id: crypto.randomUUID(), kind: collection, active: true }
    delete made.password
    store.set(made.id, made)
    return { status: 201, body: made }
  }
  const resource = store.get(id)
  if (!resource) return problem(404)
  if (method === 'DELETE') {
    if (manners.isRude) return { status: 500, text: 'Bearer secret caused a failure' }
    forget(store, id)
    return { status: 204 }
  }
  if (method === 'PUT') Object.assign(resource, body)
  if (method !== 'PATCH') return { status: 200, body: visible(resource, url.searchParams) }
  for (const operation of body.Operations) change(manners, resource, operation)
  return collection === 'Groups' && !manners.isRude
    ? { status: 204 }
    : { status: 200, body: resource }
}

function list(
  manners: Manners,
  store: ReadonlyMap<string, any>,
  collection: string,
  query: URLSearchParams,
): FakeAnswer {
  const wanted = /^(\w+) eq "([^"]*)"( and manager.*)?$/.exec(query.get('filter') ?? '')
  const all = [...store.values()].filter(({ kind }) => kind === collection)
  const found =
    wanted && !manners.ignoresFilter
      ? all.filter((resource) => !wanted[3] && resource[wanted[1] ?? ''] === wanted[2])
      : all
  if (manners.isRude && wanted && found.length === 0) {
    return { status: 404, text: '<h1>nothing here</h1>' }
  }
  const start = Number(query.get('startIndex') ?? 1)
  const page = found.slice(start - 1, start - 1 + Number(query.get('count') ?? 1000))
  const write = manners.isRude ? String : Number
  return {
    status: 200,
    body: {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:ListResponse'],
      totalResults: write(found.length),
      startIndex: write(start),
      itemsPerPage: write(page.length),
      Resources: page.map((resource) => visible(resource, query)),
    },
  }
}

function change(manners: Manners, resource: any, { op, path = '', value }: any): void {
  const verb = op.toLowerCase()
  const [, chosen] = /^members\[value eq "(.*)"\]$/.exec(path) ?? []
  if (path === '') Object.assign(resource, value)
  else if (path === 'active') resource.active = value === 'True' || Boolean(manners.ignoresFalse)
  else if (path.startsWith('emails[')) resource.emails[0].value = value
  else if (path.startsWith('name.')) resource.name[path.slice(5)] = value
  else if (path.startsWith('urn:')) {
    const [, urn = '', name = ''] = /^(.*):(\w+)$/.exec(path) ?? []
    resource[urn] = { ...resource[urn], [name]: name === 'manager' ? { value } : value }
  } else if (path === 'members' || chosen !== undefined) {
    const ids = chosen === undefined ? value.map((member: any) => member.value) : [chosen]
    const others = (resource.members ?? []).filter((member: any) => !ids.includes(member.value))
    if (verb === 'add') resource.members = [...others, ...value]
    else if (verb === 'replace') resource.members = value
    else resource.members = manners.removesEverybody ? [] : others
  } else resource[path] = value
}

function visible(resource: any, query: URLSearchParams): unknown {
  if (query.get('excludedAttributes') !== 'members') return resource
  const { members: _, ...rest } = resource
  return rest
}

function forget(store: Map<string, any>, id: string): void {
  store.delete(id)
  for (const resource of store.values()) {
    resource.members = resource.members?.filter(({ value }: any) => value !== id)
  }
}

function problem(status: number): FakeAnswer {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
  return { status, body: { schemas, status: String(status), detail: 'No.' } }
}

async function readText(request: IncomingMessage): Promise<string> {
  let text = ''
  for await (const chunk of request) text += String(chunk)
  return text
}

async function listen(http: HttpServer): Promise<string> {
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}`
}
