/** The proof kit against the gateway, and as a command. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kitNames, type CitedCheck, type Kit, type KitName } from '../../scripts/prove/check.ts'
import { kits } from '../../scripts/prove/kits/all.ts'
import { showReport, toJunit, type Row } from '../../scripts/prove/report.ts'
import { enter, runKit } from '../../scripts/prove/run.ts'
import { findTokenUrl } from '../../scripts/prove/sign-in.ts'
import { root } from '../../scripts/root.ts'
import { freePort, startServer, type Server } from '../support/server.ts'
import {
  byAssertion,
  byKey,
  bySecret,
  enterStage,
  newStage,
  startIssuer,
  type Stage,
  type StandIn,
} from './prove/scene.ts'

let server: Server
let issuer: StandIn
let folder: string

beforeAll(async () => {
  server = await startServer()
  issuer = await startIssuer()
  folder = await mkdtemp(join(tmpdir(), 'rollcall-prove-'))
})

afterAll(async () => {
  issuer.http.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

type Way = 'token' | 'secret' | 'key' | 'pem' | 'assertion'

async function play(kit: Kit, profile: string, way: Way): Promise<readonly Row[]> {
  const stage = await newStage(server.url, profile)
  const credentials = {
    token: () => undefined,
    secret: () => bySecret(server.url, stage),
    key: () => byKey(server.url, stage),
    pem: () => byKey(server.url, stage, 'pem'),
    assertion: () => byAssertion(server.url, stage, issuer),
  }
  const rows = await runKit(kit, await enterStage(stage, await credentials[way]()))
  expect(await sizeOf(stage), 'what the kit has left').toEqual([0, 0])
  return rows
}

/** How many people and teams there are. */
async function sizeOf({ url, token }: Stage): Promise<readonly number[]> {
  const headers = { Authorization: `Bearer ${token}` }
  const count = async (path: string) => {
    const answer = await fetch(`${url}${path}?count=0`, { headers })
    return ((await answer.json()) as { totalResults: number }).totalResults
  }
  return [await count('/Users'), await count('/Groups')]
}

/** The rows of the table of exceptions in docs/conformance.md: kit, profile and sentence of a check. */
async function exceptionsOf(kit: KitName, profile: string): Promise<readonly string[]> {
  const document = await readFile(join(root, 'docs/conformance.md'), 'utf8')
  const [, after = ''] = document.split('| kit | profile | not kept | reason |')
  const table = after.split('\n\n')[0] ?? ''
  const names = (cell: string | undefined) => (cell ?? '').replaceAll('`', '').split(/, */)
  return table
    .split('\n')
    .map((line) => line.split('|').map((cell) => cell.trim()))
    .filter(([, inKits, inProfiles]) => {
      return names(inKits).includes(kit) && names(inProfiles).includes(profile)
    })
    .map(([, , , check = '']) => check)
}

describe('the gateway', () => {
  it.each<readonly [KitName, string, Way]>([
    ['entra', 'entra', 'secret'],
    ['entra', 'auto', 'assertion'],
    ['okta', 'okta', 'token'],
    ['okta', 'auto', 'token'],
    ['onelogin', 'onelogin', 'token'],
    ['onelogin', 'auto', 'secret'],
    ['interop', 'strict', 'token'],
    ['ipsie', 'strict', 'key'],
    ['rfc', 'rfc', 'token'],
    ['rfc', 'auto', 'token'],
    ['rfc', 'strict', 'pem'],
  ])(
    'keeps %s under the profile %s, signed in by %s, but for what docs/conformance.md names',
    async (name, profile, way) => {
      const rows = await play(kits[name], profile, way)
      const others = rows.filter(({ outcome }) => outcome !== 'kept')
      const exceptions = await exceptionsOf(name, profile)
      expect(others.map((row) => row.name).toSorted(), JSON.stringify(others, null, 1)).toEqual(
        exceptions.toSorted(),
      )
    },
  )

  it('is not ready for the gallery of Entra with a bearer token alone', async () => {
    const stage = await newStage(server.url, 'entra')
    const isShort = ({ section }: CitedCheck) => /^(15|21|22) /.test(section)
    const rows = await runKit(kits.entra, await enterStage(stage), undefined, isShort)
    const failed = rows.filter(({ outcome }) => outcome === 'failed')
    expect(failed.map(({ name }) => name)).toEqual(['One of the ways to sign in is proved'])
    expect(failed[0]?.problem).toMatch(/no long-lived bearer token.*--client-secret.*--token/)
  })
})

describe('the kit', () => {
  it.each([
    ['Everything that has to be kept is kept.', ['kept', 'warned', 'skipped']],
    ['Not ready, for one row. N: Why.', ['kept', 'failed']],
    ['Not ready: see the 2 rows that failed.', ['kept', 'failed', 'failed']],
    ['Not ready: nothing was proved.', ['warned', 'skipped']],
  ] as const)('says in the end: %s', (sentence, outcomes) => {
    const rows = outcomes.map((outcome) => {
      return { part: 'P', section: '1', name: 'N', problem: 'Why.', milliseconds: 1, outcome }
    })
    const [kit, title, source, url, startedAt] = ['rfc', 'T', 'S', 'http://x', ''] as const
    const report = showReport({ kit, title, source, url, startedAt, rows })
    expect(report.split('\n').at(-1)).toBe(`RESULT  ${sentence}`)
  })

  it('has the 25 tests of the gallery, numbered', () => {
    const sections = kits.entra.parts.flatMap(({ checks }) => checks.map(({ section }) => section))
    expect(sections.map((section) => Number.parseInt(section, 10))).toEqual(
      Array.from({ length: 25 }, (_, index) => index + 1),
    )
    expect(kits.entra.parts.map(({ checks }) => checks.length)).toEqual([7, 7, 11])
  })

  it('finds the token endpoint by metadata near the base URL, and says when there are none', async () => {
    const stage = await newStage(server.url, 'entra')
    const client = await bySecret(server.url, stage)
    const found = await findTokenUrl(fetch, stage.url, undefined)
    expect(found).toEqual({
      ok: true,
      value: {
        issuer: 'issuer' in client ? client.issuer : '',
        tokenUrl: 'tokenUrl' in client ? client.tokenUrl : '',
      },
    })
    const none = await findTokenUrl(fetch, issuer.url, undefined)
    expect(none).toEqual({ ok: false, error: expect.stringContaining('--token-url') })
  })

  it('lets a secret pass by Basic, and by the form where a server takes no Basic', async () => {
    const stage = await newStage(server.url, 'entra')
    const credentials = await bySecret(server.url, stage)
    const asked: boolean[] = []
    const room = await enter({
      url: stage.url,
      credentials,
      fetch: (url, init) => {
        const isBasic = new Headers(init.headers).get('Authorization')?.startsWith('Basic ')
        if (url.endsWith('/token')) asked.push(isBasic === true)
        return isBasic
          ? Promise.resolve(Response.json({ error: 'invalid_client' }, { status: 401 }))
          : fetch(url, init)
      },
    })
    expect([room.ok, asked]).toEqual([true, [true, false]])
  })

  it('waits as long as Retry-After says, and repeats the request', async () => {
    const stage = await newStage(server.url, 'rfc')
    let isBusy = true
    const room = await enterStage(stage, undefined, (url, init) => {
      isBusy = !isBusy
      return isBusy
        ? Promise.resolve(new Response(null, { status: 429, headers: { 'Retry-After': '0' } }))
        : fetch(url, init)
    })
    const rows = await runKit(
      kits.rfc,
      room,
      undefined,
      ({ name }) => name === 'A person is read by id',
    )
    expect(rows.map(({ outcome }) => outcome)).toEqual(['kept'])
  })

  it('does not ask a server for pages by number that says it has cursors alone', async () => {
    const stage = await newStage(server.url, 'strict')
    const room = await enterStage(stage, undefined, async (url, init) => {
      if (url.includes('startIndex=')) return new Response(null, { status: 400 })
      const answer = await fetch(url, init)
      if (!url.endsWith('/ServiceProviderConfig')) return answer
      const pagination = { cursor: true, index: false }
      return Response.json({ ...((await answer.json()) as object), pagination })
    })
    const isOfPages = ({ section }: CitedCheck) => section === '6.4'
    const rows = await runKit(kits.interop, room, undefined, isOfPages)
    expect(rows.map(({ outcome }) => outcome)).toEqual(['kept', 'kept', 'kept'])
  })

  it('stops a check at the first claim that does not hold, and quotes request and answer', async () => {
    const stage = await newStage(server.url, 'rfc')
    let requests = 0
    const room = await enterStage(stage)
    const broken = {
      ...room,
      fetch: () => {
        requests += 1
        return Promise.resolve(new Response('<html>', { status: 500 }))
      },
    }
    const [row] = await runKit(
      kits.rfc,
      broken,
      undefined,
      ({ name }) => name === 'A person is read by id',
    )
    expect(row).toMatchObject({
      outcome: 'failed',
      problem: 'The answer is 500, and not 201.',
      request: expect.stringMatching(/^POST \/Users /),
      answer: '500 <html>',
    })
    expect(requests).toBe(1)
  })

  it.each([
    'an array',
    '[]',
    'null',
    '{"totalResults":1e9,"Resources":[null,7,{"id":[]}]}',
    '{"id":{}}',
    '',
  ])('ends with a report whatever a server answers: %s', async (text) => {
    const stage = await newStage(server.url, 'auto')
    const room = await enterStage(stage)
    const odd = { ...room, fetch: () => Promise.resolve(new Response(text, { status: 200 })) }
    for (const name of kitNames) {
      const rows = await runKit(kits[name], odd)
      expect(rows.filter(({ outcome }) => outcome === 'failed').length).toBeGreaterThan(3)
    }
  })

  it('writes JUnit that holds any text', () => {
    const row = {
      part: 'A & "B"',
      section: '1 <2>',
      name: 'quotes "it"',
      milliseconds: 1,
      problem: 'bad \u001B[2J <tag> & more',
    }
    const xml = toJunit({
      kit: 'rfc',
      title: 'T',
      source: 'S',
      url: 'http://x',
      startedAt: '2026-11-29T00:00:00.000Z',
      rows: [
        { ...row, outcome: 'failed' },
        { ...row, outcome: 'skipped' },
        { ...row, outcome: 'warned' },
        { ...row, outcome: 'kept' },
      ],
    })
    expect(xml).not.toContain('\u001B')
    expect(xml).toContain('<testsuites name="T" tests="4" failures="1" errors="0" skipped="1"')
    expect(xml).toContain('<failure message="bad \uFFFD[2J &lt;tag&gt; &amp; more">')
    expect(xml.match(/<testcase /g)).toHaveLength(4)
    expect(xml).toContain('<system-out>Warning: bad')
  })
})

describe('the command', () => {
  it('ends with 0 when all is kept, and writes its report as text, JSON and JUnit', async () => {
    const { url, token } = await newStage(server.url, 'okta')
    const [json, junit] = [join(folder, 'report.json'), join(folder, 'report.xml')]
    const ended = await command([
      'okta',
      '--url',
      `${url}/`,
      '--token',
      token,
      '--json',
      json,
      '--junit',
      junit,
    ])
    expect(ended.code, ended.output).toBe(0)
    expect(ended.output).toMatch(/kept .*SPEC: Users endpoint/)
    expect(ended.output).toContain('RESULT  Everything that has to be kept is kept.')
    const report = JSON.parse(await readFile(json, 'utf8'))
    expect(report).toMatchObject({
      kit: 'okta',
      isReady: true,
      counts: { kept: 22, failed: 0, warned: 0, skipped: 1 },
    })
    const xml = await readFile(junit, 'utf8')
    expect(xml.match(/<testcase /g)).toHaveLength(23)
    for (const text of [ended.output, JSON.stringify(report), xml])
      expect(text).not.toContain(token)
  })

  it('ends with 1 for the gallery of Entra with a bearer token alone, and says what to do', async () => {
    const { url, token } = await newStage(server.url, 'entra')
    const ended = await command(['entra', '--url', url, '--token', token])
    expect(ended.code).toBe(1)
    expect(ended.output).toContain('23 kept, 1 failed, 0 warnings, 2 skipped.')
    expect(ended.output.trimEnd().split('\n').at(-1)).toMatch(
      /^RESULT {2}Not ready, for one row\. .*no long-lived bearer token.*Make an OAuth client/,
    )
  })

  it('ends with 1 when something failed, and says what', async () => {
    const { url, token } = await newStage(server.url, 'auto')
    const ended = await command(['interop', '--url', url, '--token', token, '--only', '6.5.1.1'])
    expect(ended.code).toBe(1)
    expect(ended.output).toMatch(
      /FAILED {3}An operation without a path is 400 invalidSyntax {2}\[6.5.1.1\]/,
    )
    expect(ended.output).toContain('was answered 200')
    expect(ended.output).not.toContain(token)
  })

  it('signs in as a client, and shows neither its secret nor what it was given', async () => {
    const stage = await newStage(server.url, 'entra')
    const client = await bySecret(server.url, stage)
    if (client.kind !== 'secret') throw new Error('A client has a secret.')
    const parameters = ['entra', '--url', stage.url, '--client-id', client.clientId]
    const secret = ['--client-secret', client.secret]
    const ended = await command([...parameters, ...secret, '--only', 'credentials'])
    expect(ended.code, ended.output).toBe(0)
    expect(ended.output).toContain('21 Validate_Credentials_Test')
    expect(ended.output).not.toContain(client.secret)
    const wrong = await command([...parameters, '--client-secret', `${client.secret}x`])
    expect([wrong.code, wrong.output]).toEqual([2, expect.stringContaining('no access token')])
  })

  it('plays a published suite as well', async () => {
    const { url, token } = await newStage(server.url, 'okta')
    const file = join(folder, 'suite.json')
    const step = (value: string) => ({
      step_type: 'request',
      method: 'GET',
      url: '{{SCIMBaseURL}}/Users',
      note: 'the list',
      headers: { Authorization: ['{{auth}}'] },
      assertions: [{ comparison: 'equal_number', source: 'response_status', value }],
    })
    const options = [
      'okta',
      '--url',
      url,
      '--token',
      token,
      '--only',
      'status 401',
      '--suite',
      file,
    ]
    await writeFile(file, JSON.stringify({ name: 'small', steps: [step('200')] }))
    const good = await command(options)
    expect([good.code, good.output]).toEqual([0, expect.stringContaining('Published suite: small')])
    await writeFile(file, JSON.stringify({ name: 'small', steps: [step('500')] }))
    expect((await command(options)).code).toBe(1)
    await writeFile(file, '{}')
    expect((await command(options)).code).toBe(2)
  })

  it('ends with 2 when it could not run: a wrong command line, token, file or address', async () => {
    const { url, token } = await newStage(server.url, 'auto')
    const good = ['rfc', '--url', url, '--token', token]
    const runs: readonly (readonly [readonly string[], string])[] = [
      [[], 'Name one kit'],
      [['google', '--url', url, '--token', token], 'Name one kit'],
      [['rfc', '--url', 'x', '--token', token], '--url is not'],
      [['rfc', '--url', url], '--token is missing'],
      [['rfc', '--url', url, '--client-id', 'x'], '--client-id needs'],
      [['rfc', '--url', url, '--client-id', 'x', '--key', '/none'], 'cannot be read'],
      [['rfc', '--url', url, '--token', 'wrong'], 'refuses the credentials: 401'],
      [['rfc', '--url', `http://127.0.0.1:${await freePort()}`, '--token', 'x'], 'no answer'],
      [[...good, '--only', 'no such check'], 'No check of rfc'],
      [[...good, '--else'], '--else'],
    ]
    for (const [parameters, text] of runs) {
      const { code, output } = await command(parameters)
      expect([code, output]).toEqual([2, expect.stringContaining(text)])
    }
    const help = await command(['--help'])
    expect([help.code, help.output]).toEqual([0, expect.stringContaining('npm run prove -- KIT')])
  })
})

function command(parameters: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['scripts/prove.ts', ...parameters], {
    cwd: root,
    env: { ...process.env, SCIM_TOKEN: '', SCIM_CLIENT_SECRET: undefined },
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}
