/** `npm run doctor` against gateways of this machine, sound ones and ones with a planted fault. */
import { execFile } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type Server as HttpServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, describe, expect, inject, it } from 'vitest'
import type { Finding } from '../../scripts/doctor/finding.ts'
import { judge, type Deployment } from '../../scripts/doctor/judge.ts'
import { startGateway, type Gateway, type GatewayOptions } from '../../scripts/gateway.ts'
import { root } from '../../scripts/root.ts'
import { bareEnvironment } from '../support/environment.ts'
import { adminToken } from '../support/server.ts'
import { operator } from '../support/tenant.ts'

let folder: string
const ends: (() => Promise<unknown>)[] = []

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-doctor-'))
})

afterEach(async () => {
  for (const end of ends.splice(0)) await end()
})

afterAll(() => rm(folder, { recursive: true, force: true }))

/** A gateway that a fault may be planted in; `edit` changes its configuration. */
async function start(
  fault: Partial<GatewayOptions> = {},
  edit: (text: string) => string = (text) => text,
): Promise<Gateway> {
  const config = join(folder, 'wrangler.toml')
  await writeFile(config, edit(await readFile(join(root, 'wrangler.toml'), 'utf8')))
  const gateway = await startGateway({
    stateDirectory: await mkdtemp(join(folder, 'state-')),
    port: 0,
    adminToken,
    buildDirectory: inject('buildDirectory'),
    config,
    ...fault,
  })
  ends.push(() => gateway.stop())
  return gateway
}

interface Report {
  readonly code: number
  readonly text: string
  readonly findings: readonly Finding[]
}

async function doctor(given: readonly string[], secret = adminToken): Promise<Report> {
  const run = async (parameters: readonly string[]) => {
    try {
      const ended = await promisify(execFile)(
        process.execPath,
        [join(root, 'scripts', 'doctor.ts'), ...parameters],
        { env: { ...bareEnvironment, ADMIN_TOKEN: secret, STATE_DIR: folder } },
      )
      return { code: 0, ...ended }
    } catch (error) {
      return error as { readonly code: number; readonly stdout: string; readonly stderr: string }
    }
  }
  const { code, stdout, stderr } = await run([...given, '--json'])
  const findings = stdout === '' ? [] : (JSON.parse(stdout).findings as Finding[])
  return { code, text: stdout + stderr, findings }
}

/** The names of what is bad. */
function badNames({ findings }: Report): string[] {
  return [...new Set(findings.flatMap(({ name, state }) => (state === 'bad' ? [name] : [])))]
}

describe('npm run doctor', () => {
  it('finds nothing bad in a sound gateway, and leaves no tenant behind', async () => {
    const { url } = await start()
    const report = await doctor([url])
    expect(badNames(report)).toEqual([])
    expect(report.code).toBe(0)
    expect(report.findings.map(({ name, state }) => `${name} ${state}`)).toEqual([
      'health good',
      'secrets good',
      'bindings good',
      'flags good',
      'jurisdiction good',
      'migrations good',
      'clock good',
      'round trip good',
      'clean-up good',
    ])
    expect(report.text).not.toContain(adminToken)
    const { body } = await operator(fetch, url, adminToken).call('GET', '/tenants')
    expect(body.tenants).toEqual([])
  })

  it('has nothing to say about the limits that a gateway of this machine has not', async () => {
    const { url } = await start({ hasLimits: false })
    const { findings } = await doctor([url])
    expect(findings.filter(({ state }) => state !== 'good')).toEqual([])
    expect(findings.find(({ name }) => name === 'bindings')?.text).toBe(
      'All but the limits, which npm run dev has with --limits, are there; the databases are DB.',
    )
  })

  it('prints a report for people as well', async () => {
    const { url } = await start()
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'scripts', 'doctor.ts'), `${url}/admin`],
      { env: { ...bareEnvironment, ADMIN_TOKEN: adminToken } },
    )
    expect(stdout).toMatch(/^http.*\n\nok {4}health {8}\/healthz answers 200\.\n/)
    expect(stdout).toMatch(/Nothing is bad\.\n$/)
  })

  it.each([
    {
      fault: 'a secret that can be guessed',
      options: { adminToken: 'hunter2' },
      bad: ['secrets'],
    },
    {
      fault: 'a compatibility flag that is off',
      edit: (text: string) => text.replace('["global_fetch_strictly_public"]', '[]'),
      bad: ['flags'],
    },
    {
      fault: 'a binding that is missing',
      edit: (text: string) =>
        text.replace(/\[\[durable_objects\.bindings\]\]\nname = "DELIVERY"\n.*\n/, ''),
      bad: ['bindings'],
    },
    {
      fault: 'files of the console that are not deployed',
      edit: (text: string) => text.replace(/\[assets\]\n(?:\w+ = .*\n)+/, ''),
      bad: ['bindings'],
    },
    {
      fault: 'new tenants that go to a database that is not there',
      edit: (text: string) => text.replace('NEW_TENANTS = "DB"', 'NEW_TENANTS = "DB_EU"'),
      bad: ['bindings', 'round trip'],
    },
    {
      fault: 'a jurisdiction that the platform does not have',
      options: { variables: { JURISDICTION: 'EU' } },
      bad: ['jurisdiction', 'round trip'],
    },
    {
      fault: 'a location hint that the platform does not have, which stops nothing',
      options: { variables: { LOCATION_HINT: 'WEUR' } },
      bad: ['location'],
    },
  ])('finds $fault', async ({ options, edit, bad }) => {
    const { url } = await start(options, edit)
    const report = await doctor([url], options?.adminToken)
    expect(badNames(report)).toEqual(bad)
    expect(report.code).toBe(1)
    for (const { state, remedy } of report.findings) {
      if (state === 'bad') expect(remedy).toMatch(/\w/)
    }
  })

  it('finds the database that lacks a migration, among several', async () => {
    const further = '\n[[d1_databases]]\nbinding = "DB_EU"\ndatabase_name = "eu"\n'
    const { url, miniflare } = await start({}, (text) => text + further)
    const database = await miniflare.getD1Database('DB_EU')
    const name = (await migrationFiles()).at(-1) ?? ''
    await database.prepare('delete from d1_migrations where name = ?').bind(name).run()
    const report = await doctor([url])
    expect(badNames(report)).toEqual(['migrations'])
    expect(report.findings).toContainEqual(
      expect.objectContaining({ text: `The database DB_EU lacks ${name}.` }),
    )
  })

  it('finds a database without tables', async () => {
    const migrations = await mkdtemp(join(folder, 'none-'))
    const { url } = await start({ migrations })
    const report = await doctor([url])
    expect(badNames(report)).toEqual(['health'])
    expect(report.text).toContain('npm run deploy applies the migrations')
  })

  it('finds that the deployment is not in the jurisdiction that it should be in', async () => {
    const { url } = await start()
    expect(badNames(await doctor([url, '--jurisdiction', 'eu']))).toEqual(['jurisdiction'])
  })

  it('says what is wrong with a credential', async () => {
    const { url } = await start()
    const report = await doctor([url], 'wrong')
    expect(badNames(report)).toEqual(['credential'])
    expect(report.code).toBe(1)
  })

  it('takes operator tokens: the round trip needs one that may make tenants', async () => {
    const { url } = await start()
    const admin = operator(fetch, url, adminToken)
    const tokenOf = async (scope: string) =>
      (await admin.call('POST', '/operator-tokens', { label: scope, scope })).body.token as string
    const reading = await doctor([url], await tokenOf('read'))
    expect(reading.code).toBe(0)
    expect(reading.findings.at(-1)).toMatchObject({ name: 'round trip', state: 'skipped' })
    const changing = await doctor([url], await tokenOf('tenants'))
    expect(changing.findings.at(-1)).toMatchObject({ name: 'clean-up', state: 'good' })
  })

  it('tries no other tenant where the Worker serves one alone', async () => {
    const { url } = await start({ tenant: 'acme' })
    const report = await doctor([url])
    expect(report.code).toBe(0)
    expect(report.findings.at(-1)).toMatchObject({ name: 'round trip', state: 'skipped' })
  })

  it('says that nothing answers, and that another server does', async () => {
    const server = await serve((_, response) => response.end('{"status":"ok"}'))
    const { port } = server.address() as AddressInfo
    expect(badNames(await doctor([`http://127.0.0.1:${port}`]))).toEqual(['credential'])
    await new Promise((resolve) => server.close(resolve))
    expect(badNames(await doctor([`http://127.0.0.1:${port}`]))).toEqual(['health'])
  })

  it.each([
    ['{"databases": []}', ['credential']],
    ['{"databases": [{"name": "DB"}]}', ['credential']],
    ['{"databases": [null], "secrets": {}, "bindings": {}, "flags": {}}', ['credential']],
    [
      '{"databases": [{"name": "DB", "migrations": []}], "newTenants": "DB", "jurisdiction": null, "tenant": null,' +
        '"secrets": {}, "bindings": {}, "flags": {}, "time": "soon"}',
      ['migrations', 'clock', 'round trip'],
    ],
  ])('says what is missing in an answer such as %s', async (answer, names) => {
    const server = await serve((request, response) => {
      response.statusCode = request.method === 'GET' ? 200 : 400
      response.end(answer)
    })
    const { port } = server.address() as AddressInfo
    const report = await doctor([`http://127.0.0.1:${port}`])
    expect(new Set(badNames(report))).toEqual(new Set(names))
    expect(report.text).not.toMatch(/undefined|NaN/)
  })

  it.each([
    [['a', 'b'], 'Name one deployment.'],
    [['ftp://x'], 'not an http or https address'],
    [['http://127.0.0.1:1', '--jurisdiction', 'mars'], '--jurisdiction is one of'],
  ])('ends with 2 for the command line %j', async (given, text) => {
    const report = await doctor(given)
    expect(report.code).toBe(2)
    expect(report.text).toContain(text)
  })
})

describe('the judgement of the doctor', () => {
  const sound: Deployment = {
    time: '2026-11-28T12:00:00.000Z',
    worker: 'rollcall-acme',
    tenant: null,
    newTenants: 'DB',
    jurisdiction: null,
    secrets: { ADMIN_TOKEN: 'strong', WEBHOOK_KEY: 'missing' },
    bindings: { TOKENS: true, TEAM: true, DELIVERY: true, REQUESTS: true },
    flags: { global_fetch_strictly_public: true },
    databases: [{ name: 'DB', migrations: ['0000.sql'], clockAhead: 3, region: 'WEUR' }],
  }
  const [database] = sound.databases
  const elsewhere = { isLocal: false, ownClockAhead: 0 }
  const states = (change: Partial<Deployment>, wished?: string, place = elsewhere) =>
    judge(
      { ...sound, ...change },
      { migrations: ['0000.sql'], jurisdiction: wished },
      place,
    ).flatMap(({ name, state }) => (state === 'good' ? [] : [`${name} ${state}`]))

  it('has nothing to say about a sound deployment', () => {
    expect(states({})).toEqual([])
    expect(states({ jurisdiction: 'eu' }, 'eu')).toEqual([])
    expect(states({ locationHint: 'weur' })).toEqual([])
  })

  it.each([
    ['a database outside its jurisdiction', { jurisdiction: 'us' }, ['jurisdiction bad']],
    ['a place that the platform does not have', { locationHint: 'WEUR' }, ['location bad']],
    ['objects that are made far from the database', { locationHint: 'enam' }, ['location note']],
    [
      'a place that does nothing in a jurisdiction',
      { locationHint: 'weur', jurisdiction: 'eu' },
      ['location note'],
    ],
    [
      'a database whose clock is off by so much that writes would come too late',
      {
        databases: [
          { ...database, name: 'DB', migrations: ['0000.sql'], clockAhead: -7_000, region: null },
        ],
      },
      ['clock bad'],
    ],
    [
      'a database that is newer than the checkout',
      {
        databases: [
          { name: 'DB', migrations: ['0000.sql', '0001.sql'], clockAhead: 0, region: null },
        ],
      },
      ['migrations note'],
    ],
    [
      'a database that answers nothing',
      { databases: [{ name: 'DB', migrations: null, clockAhead: null, region: null }] },
      ['migrations bad', 'clock bad'],
    ],
    [
      'a limit that is missing',
      { bindings: { ...sound.bindings, REQUESTS: false } },
      ['bindings note'],
    ],
    [
      'a variable that holds what cannot be used',
      { unusable: ['FRAME_ANCESTORS'] },
      ['variables note'],
    ],
    [
      'a weak WEBHOOK_KEY',
      { secrets: { ...sound.secrets, WEBHOOK_KEY: 'weak' as const } },
      ['secrets note'],
    ],
  ])('tells %s', (_, change, expected) => {
    expect(states(change)).toEqual(expected)
  })

  it('tells where D1 is, for the variable that puts the objects beside it', () => {
    const found = judge(sound, { migrations: ['0000.sql'], jurisdiction: undefined }, elsewhere)
    expect(found).toContainEqual({
      name: 'location',
      state: 'good',
      text: 'No LOCATION_HINT: objects are made near whoever calls first; D1 answers from weur.',
    })
  })

  it('calls no clock good when the deployment does not say what time it is', () => {
    expect(states({}, undefined, { ...elsewhere, ownClockAhead: Number.NaN })).toEqual([
      'clock bad',
    ])
  })

  it('tells a clock of this machine that is off', () => {
    expect(states({}, undefined, { ...elsewhere, ownClockAhead: 120_000 })).toEqual(['clock note'])
  })

  it('knows that a gateway of this machine has no limits, unless it has some', () => {
    const here = { ...elsewhere, isLocal: true }
    const none = { ...sound.bindings, REQUESTS: false, REFUSALS: false }
    expect(states({ bindings: none }, undefined, here)).toEqual([])
    expect(states({ bindings: none })).toEqual(['bindings note', 'bindings note'])
    expect(states({ bindings: { ...none, REQUESTS: true } }, undefined, here)).toEqual([
      'bindings note',
    ])
    expect(states({ bindings: { ...none, TEAM: false } }, undefined, here)).toEqual([
      'bindings bad',
    ])
  })

  it('names the Worker whose secret is to be changed', () => {
    const weak = { ...sound, secrets: { ADMIN_TOKEN: 'weak' as const } }
    const [secrets] = judge(weak, { migrations: ['0000.sql'], jurisdiction: undefined }, elsewhere)
    expect(secrets?.remedy).toContain('--name rollcall-acme')
  })
})

async function migrationFiles(): Promise<string[]> {
  return (await readdir(join(root, 'drizzle'))).filter((name) => name.endsWith('.sql')).sort()
}

async function serve(handler: Parameters<typeof createServer>[1]): Promise<HttpServer> {
  const server = createServer(handler)
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return server
}
