/** Every `curl` of the documents, typed as it stands there: the gateway does what it asks for. */
import { execFile } from 'node:child_process'
import { dirname } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { blocksOf, readDocuments } from '../support/documents.ts'
import { bareEnvironment } from '../support/environment.ts'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { startSink, type Sink } from '../support/sink.ts'
import { client, operator, person } from '../support/tenant.ts'

const run = promisify(execFile)

let server: Server
let sink: Sink
/** What a reader has noted of the answers. */
const noted: Record<string, string> = {}

beforeAll(async () => {
  server = await startServer()
  sink = await startSink()
  const admin = operator(fetch, server.url, adminToken)
  // What `npm run dev` makes, and what the page on operator tokens tells of.
  await admin.call('POST', '/tenants', { slug: 'demo', name: 'Demo' })
  const { body } = await admin.call('POST', '/tenants/demo/tokens', {})
  const made = await admin.call('POST', '/operator-tokens', { label: 'Product', scope: 'tenants' })
  Object.assign(noted, {
    ADMIN_TOKEN: adminToken,
    TOKEN: body.token,
    OPERATOR_TOKEN: made.body.token,
  })
})

afterAll(async () => {
  await server?.stop()
  await sink?.stop()
})

const blocks = (await readDocuments()).flatMap(({ path, text }) =>
  blocksOf(text, '')
    .filter((block) => /^curl /m.test(block))
    .map((block, index) => [path, index + 1, block] as const),
)

/** A block on this gateway. Lines with what a reader fills in are left to the reader. */
function typedOf(block: string): string {
  return (
    block
      .replaceAll(/^.*….*$/gm, '')
      .replaceAll(
        /https:\/\/rollcall\.example\.workers\.dev|http:\/\/127\.0\.0\.1:8787/g,
        server.url,
      )
      // Nothing is sent to anybody else.
      .replaceAll(/(?<="url": ")https?:\/\/[\w.:]+\/?/g, sink.url + '/')
  )
}

/** What a reader notes of an answer; a tenant that has a token gets its first person. */
async function note(answer: string): Promise<void> {
  if (!answer.startsWith('{')) return
  const { key, tenants, baseUrl, token } = JSON.parse(answer)
  if (key !== undefined) noted[tenants === 'one' ? 'KEY' : 'KEY_OF_ALL'] = key
  if (baseUrl !== undefined) await client(fetch, baseUrl, token).call('POST', '/Users', person())
}

it('is one of many', () => {
  expect(blocks.length).toBeGreaterThan(10)
})

it.each(blocks)('%s, block %i', async (_, __, block) => {
  const typed = typedOf(block)
  const script = [
    'set -eu',
    // The options come last, and every status is a line; other commands have tests of their own.
    'curl() { command curl --max-time 60 "$@" -w \'\\nstatus %{http_code}\\n\'; }',
    'npm() { :; }',
    ...Object.entries({ API: `${server.url}/admin/api`, ...noted }).map(
      ([name, value]) => `${name}='${value}'`,
    ),
    `BASE=${server.url}/scim/v2/demo APP=${server.url}/api/v1/tenants/acme`,
    typed,
  ].join('\n')
  const { stdout } = await run('bash', ['-c', script], {
    env: { ...bareEnvironment, PATH: `${dirname(process.execPath)}:${bareEnvironment['PATH']}` },
  })
  const lines = stdout.split('\n')
  for (const line of lines) await note(line)
  const statuses = lines.filter((line) => line.startsWith('status '))
  expect(statuses.length).toBe([...typed.matchAll(/^curl /gm)].length)
  for (const status of statuses) expect(status, stdout).toMatch(/^status 20[0-4]$/)
})
