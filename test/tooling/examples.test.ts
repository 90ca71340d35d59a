/** The examples, started with something wrong: they say it in a sentence, and end. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { bareEnvironment } from '../support/environment.ts'
import { adminToken, freePort, startServer, type Server } from '../support/server.ts'
import { operator } from '../support/tenant.ts'

const secret = `whsec_${Buffer.alloc(32, 'k').toString('base64')}`
let folder: string

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'rollcall-examples-'))
})

afterAll(() => rm(folder, { recursive: true, force: true }))

async function start(
  example: string,
  variables: Readonly<Record<string, string>>,
  file = join(folder, `new ${example}`),
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, [join('examples', example), file], {
    cwd: root,
    env: { ...bareEnvironment, ...variables },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  const hear = (chunk: unknown) => (output += String(chunk))
  child.stdout.on('data', (chunk) => {
    hear(chunk)
    // It has begun its work instead, and would not end.
    child.kill('SIGKILL')
  })
  child.stderr.on('data', hear)
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}

describe('examples/receiver.js', () => {
  const whole = 'WEBHOOK_SECRET is not a whole secret: `whsec_` and 32 to 88 characters of base64.'

  it.each([
    [{ WEBHOOK_SECRET: '' }, "Set WEBHOOK_SECRET to the endpoint's `secret` (whsec_…)."],
    [{ WEBHOOK_SECRET: 'whsec_…' }, `${whole} Copy it again.`],
    [{ WEBHOOK_SECRET: secret.slice(0, 26) }, `${whole} Copy it again.`],
    [{ WEBHOOK_SECRET: secret.slice('whsec_'.length) }, `${whole} Copy it again.`],
    [{ WEBHOOK_SECRET: `${secret} ` }, `${whole} Copy it again.`],
    [{ PORT: 'many' }, 'PORT is "many"; it must be a whole number from 0 to 65535.'],
    [{ PORT: '65536' }, 'PORT is "65536"; it must be a whole number from 0 to 65535.'],
  ])('refuses %j', async (variables, sentence) => {
    const ended = await start('receiver.js', { WEBHOOK_SECRET: secret, PORT: '0', ...variables })
    expect(ended).toEqual({ code: 2, output: `${sentence}\n` })
  })

  it('says that its port is taken', async () => {
    const port = await freePort()
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
    const ended = await start('receiver.js', { WEBHOOK_SECRET: secret, PORT: String(port) })
    other.close()
    expect(ended).toEqual({
      code: 2,
      output: expect.stringMatching(`^Port ${port} cannot be listened on: .*EADDRINUSE.*\n$`),
    })
  })

  it('says which file is no inbox, and leaves it as it is', async () => {
    const file = join(folder, 'notes.txt')
    await writeFile(file, 'Dear diary\nno line feed')
    const ended = await start('receiver.js', { WEBHOOK_SECRET: secret, PORT: '0' }, file)
    expect(ended).toEqual({
      code: 2,
      output: expect.stringMatching(`^${file} cannot be an inbox: [^\n]+\n$`),
    })
    expect(await readFile(file, 'utf8')).toBe('Dear diary\nno line feed')
  })
})

describe('examples/application.js', () => {
  let server: Server
  let good: Readonly<Record<string, string>>

  beforeAll(async () => {
    server = await startServer()
    const { call } = operator(fetch, server.url, adminToken)
    const { body } = await call('POST', '/keys', { label: 'example' })
    good = { ROLLCALL_URL: server.url, ROLLCALL_TENANT: 'nobody', ROLLCALL_KEY: body.key }
  })

  afterAll(() => server.stop())

  it('refuses an address that is none', async () => {
    const ended = await start('application.js', { ...good, ROLLCALL_URL: '127.0.0.1:8787' })
    const told = 'ROLLCALL_URL is "127.0.0.1:8787"; it must be an http or https address.\n'
    expect(ended).toEqual({ code: 2, output: told })
  })

  it('ends where there is no such tenant', async () => {
    const told = `There is no tenant nobody at ${server.url}.\n`
    expect(await start('application.js', good)).toEqual({ code: 1, output: told })
  })

  it('says which file it cannot read', async () => {
    const file = join(folder, 'broken.json')
    await writeFile(file, '{oops')
    const ended = await start('application.js', good, file)
    expect(ended).toEqual({ code: 2, output: expect.stringMatching(`^${file} cannot be read: `) })
  })
})
