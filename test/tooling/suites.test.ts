/** Small suites in the formats of published ones, run against the gateway as the command runs those. */
import { spawn } from 'node:child_process'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import {
  fillEmptyDirectory,
  readSuite,
  runSuite,
  type SuiteReport,
} from '../../scripts/suites/run.ts'
import type { Target } from '../../scripts/target.ts'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { operator } from '../support/tenant.ts'

let server: Server
let folder: string

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'rollcall-suites-'))
})

afterAll(async () => {
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

/** A tenant that is made with a profile, and has default settings but for that. */
async function tenant(profile = 'okta'): Promise<Target> {
  const { call } = operator(fetch, server.url, adminToken)
  const slug = `t-${crypto.randomUUID()}`
  await call('POST', '/tenants', { slug, name: slug, profile })
  const { body } = await call('POST', `/tenants/${slug}/tokens`, { label: 'suite' })
  return { url: body.baseUrl, token: body.token }
}

const userUrn = 'urn:ietf:params:scim:schemas:core:2.0:User'
const named = `{"schemas":["${userUrn}"],"userName":"{{randomUsername}}"}`

interface Assertion {
  readonly comparison: string
  readonly source: string
  readonly value?: string | null
  readonly property?: string
}

const status = (value: string): Assertion => ({
  comparison: 'equal_number',
  source: 'response_status',
  value,
})

const says = (property: string, comparison: string, value: string | null = null): Assertion => ({
  comparison,
  source: 'response_json',
  property,
  value,
})

function step(method: string, url: string, assertions: readonly Assertion[], more: object = {}) {
  const headers = {
    Authorization: ['{{auth}}'],
    Accept: ['application/scim+json'],
    'Content-Type': ['application/scim+json'],
  }
  return { step_type: 'request', skipped: false, method, url, headers, assertions, ...more }
}

/** A person is made, read by her id, and looked up in capitals. */
const good = {
  name: 'A small export',
  steps: [
    step(
      'POST',
      '{{SCIMBaseURL}}/Users',
      [
        status('201'),
        says('schemas', 'has_value', userUrn),
        says('schemas', 'contains', 'core:2.0:User'),
        says('userName', 'equal', '{{randomUsername}}'),
        says('active', 'equal', 'true'),
        says('id', 'not_empty'),
      ],
      { body: named, variables: [{ source: 'response_json', name: 'made', property: 'id' }] },
    ),
    { step_type: 'pause', skipped: false, duration: 5 },
    step('GET', '{{SCIMBaseURL}}/Users/{{made}}', [says('id', 'equal', '{{made}}')]),
    step(
      'GET',
      '{{SCIMBaseURL}}/Users?filter=userName eq "{{randomUsernameCaps}}"',
      [
        says('totalResults', 'is_a_number'),
        says('totalResults', 'equal', '1'),
        says('Resources[0].id', 'equal', '{{made}}'),
      ],
      { scripts: ['assert.ok(JSON.parse(response.body).totalResults === 1, "one")'] },
    ),
    step('GET', '{{SCIMBaseURL}}/Users/{{UserIdThatDoesNotExist}}', [status('404')]),
    step('GET', '{{SCIMBaseURL}}/Users', [status('500')], { skipped: true, note: 'Left out' }),
  ],
}

function item(name: string, method: string, path: readonly string[], script: string, raw?: string) {
  const parts = {
    protocol: '{{Protocol}}',
    host: ['{{Server}}{{Port}}'],
    path: ['{{Api}}', ...path],
  }
  return {
    name,
    event: [{ listen: 'test', script: { exec: script.split('\n') } }],
    request: {
      method,
      header: [{ key: 'X-Not-Sent', value: 'x', disabled: true }],
      url: { raw: `{{Protocol}}://{{Server}}{{Port}}/{{Api}}/elsewhere`, ...parts },
      ...(raw === undefined ? {} : { body: { mode: 'raw', raw } }),
    },
  }
}

const collection = {
  info: { name: 'A small collection' },
  item: [
    item('Get Token', 'GET', ['Token'], 'postman.setEnvironmentVariable("token", "other")'),
    {
      name: 'a folder',
      item: [
        item(
          'make',
          'POST',
          ['Users'],
          `pm.test("made", function () { pm.response.to.have.status(201) })
          pm.environment.set("id1", pm.response.json().id)`,
          '{"userName": "ann"}',
        ),
        item(
          'read',
          'GET',
          ['Users', '{{id1}}'],
          `pm.test("is herself", function () {
            var body = pm.response.json()
            pm.expect(body.id).to.eql(pm.environment.get("id1"))
            pm.expect(body.schemas).to.eql(["${userUrn}"])
            pm.expect(body.schemas).to.include("${userUrn}")
            pm.expect(pm.response.text()).to.not.include("BEN")
          })`,
        ),
        item(
          'nobody',
          'GET',
          ['Groups'],
          'pm.test("none", function () { pm.expect(pm.response.json().Resources).to.eql([]) })',
        ),
      ],
    },
  ],
}

async function run(suite: object, target: Target): Promise<SuiteReport> {
  const read = readSuite(JSON.stringify(suite), target)
  if (!read.ok) throw new Error(read.error)
  return runSuite(read.value)
}

function problemsOf(report: SuiteReport): (readonly [string, string | undefined])[] {
  return report.steps
    .flatMap(({ claims }) => claims)
    .filter(({ problem }) => problem !== undefined)
    .map(({ name, problem }) => [name, problem])
}

describe('an export of Runscope', () => {
  it('is run step by step, with variables, comparisons and scripts, under the defaults of okta', async () => {
    const report = await run(good, await tenant())
    expect(problemsOf(report)).toEqual([])
    expect([report.held, report.of, report.steps.length]).toEqual([12, 12, 4])
    expect(report.skipped).toEqual(['Left out: the suite says so'])
  })

  it('has addresses with capitals, which the rule for e-mail addresses refuses', async () => {
    const report = await run({ steps: good.steps.slice(0, 1) }, await tenant('auto'))
    expect(problemsOf(report)[0]).toEqual(['response_status equal_number 201', 'It is 400.'])
  })

  it.each<[string, Assertion]>([
    ['another text', says('totalResults', 'equal', '7')],
    ['another number', status('201')],
    [
      'text in another case',
      says('schemas[0]', 'equal', 'URN:IETF:PARAMS:SCIM:API:MESSAGES:2.0:LISTRESPONSE'),
    ],
    ['nothing', says('Resources[0].id', 'not_empty')],
    ['an empty list', says('Resources', 'not_empty')],
    ['a part of a value', says('schemas', 'has_value', 'ListResponse')],
    ['no number', says('schemas', 'is_a_number')],
    ['too much time', { comparison: 'is_less_than', source: 'response_time', value: '0' }],
    ['an unknown comparison', says('schemas', 'resembles', 'x')],
    ['the name of a method', says('schemas', 'constructor', 'x')],
    ['an unknown source', { comparison: 'not_empty', source: 'response_xml', value: null }],
    ['a variable that nobody set', says('totalResults', 'equal', '{{nobody}}')],
  ])('does not hold for %s', async (_, assertion) => {
    const report = await run(
      { steps: [step('GET', '{{SCIMBaseURL}}/Users', [assertion])] },
      await tenant(),
    )
    expect([report.held, report.of]).toEqual([0, 1])
  })

  it.each([
    ['assert(false, "no such thing")', 'no such thing'],
    ['log("nothing is asserted")', 'It asserted nothing.'],
    ['unknown.call()', 'unknown is not defined'],
    ['for (;;) {}', 'Script execution timed out after 2000ms'],
  ])('fails for the script %s', async (script, problem) => {
    const steps = [step('GET', '{{SCIMBaseURL}}/Users', [], { scripts: [script] })]
    expect(problemsOf(await run({ steps }, await tenant()))).toEqual([['script', problem]])
  })

  it('says when there is no answer', async () => {
    const steps = [step('GET', 'http://127.0.0.1:1/Users', [status('200')])]
    const [[name, problem] = []] = problemsOf(await run({ steps }, await tenant()))
    expect([name, problem?.startsWith('There was no answer: ')]).toEqual(['answer', true])
  })

  it('finds somebody: one person is made in an empty directory, and in no other', async () => {
    const target = await tenant()
    expect(await fillEmptyDirectory(target)).toBe(true)
    expect(await fillEmptyDirectory(target)).toBe(false)
    const one = [says('totalResults', 'equal_number', '1')]
    const report = await run({ steps: [step('GET', '{{SCIMBaseURL}}/Users', one)] }, target)
    expect(problemsOf(report)).toEqual([])
  })
})

describe('a collection of Postman', () => {
  it('is run in the order of its folders, by the parts of its addresses, with the given token', async () => {
    const report = await run(collection, await tenant('entra'))
    expect(problemsOf(report)).toEqual([])
    expect([report.held, report.of]).toEqual([3, 3])
    expect(report.skipped).toEqual(['Get Token: the token is given'])
  })

  it.each([
    ['pm.test("a", function () { pm.response.to.have.status(404) })', 'a', '200 is not 404.'],
    ['pm.test("a", function () { pm.expect([1]).to.eql([2]) })', 'a', /^\[1\] is not \[2\]\.$/],
    ['pm.test("a", function () { pm.expect("x").to.include("y") })', 'a', '"x" lacks "y".'],
    ['pm.test("a", function () { pm.expect("x").to.not.include("x") })', 'a', '"x" holds "x".'],
    ['pm.test("a", function () { pm.expect(1).to.be.above(0) })', 'a', /^Cannot read properties/],
    ['pm.sendRequest("x")', 'script', 'pm.sendRequest is not a function'],
  ])('does not hold for %s', async (script, name, problem) => {
    const report = await run({ item: [item('one', 'GET', ['Users'], script)] }, await tenant())
    expect(problemsOf(report)).toEqual([[name, expect.stringMatching(problem)]])
  })
})

describe('the command', () => {
  it.each([
    ['every claim holds', good, 0, 'A small export: 12 of 12 claims hold.'],
    [
      'one does not',
      { steps: [step('GET', '{{SCIMBaseURL}}/Users', [status('500')])] },
      1,
      '0 of 1',
    ],
    ['there is no claim', { item: [] }, 1, '0 of 0'],
    ['the file is no suite', { tests: [] }, 2, 'The file is neither'],
  ])('ends when %s, with the code for it', async (_, suite, code, text) => {
    const { url, token } = await tenant()
    const file = join(folder, `${crypto.randomUUID()}.json`)
    await writeFile(file, JSON.stringify(suite))
    const parameters = [file, '--url', url, '--token', token]
    const ended = await command(parameters)
    expect(ended.output).toContain(text)
    expect(ended.code).toBe(code)
    expect(ended.output).not.toContain(token)
  })

  it('wants a file and a target', async () => {
    for (const parameters of [[], ['none.json', '--url', 'x'], ['none.json', '--else']]) {
      const { code, output } = await command(parameters)
      expect([code, output.includes('npm run suites -- --help')]).toEqual([2, true])
    }
  })
})

function command(parameters: readonly string[]): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['scripts/suites.ts', ...parameters], { cwd: root })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}
