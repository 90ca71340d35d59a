/** `npm run dev`, killed and started again. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { makeToken } from '../../src/tokens/secret.ts'
import { freePort, killGroup, spawnDevelopment } from '../support/server.ts'
import { client, person } from '../support/tenant.ts'

let stateDirectory: string

beforeEach(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-restart-'))
})

afterEach(async () => {
  await rm(stateDirectory, { recursive: true, force: true })
})

it('prints addresses and a curl line that work as printed, and the same token at each start', async () => {
  const port = await freePort()
  const token = await makeToken('demo')
  const first = await spawnDevelopment(stateDirectory, port, token)
  await untilPrinted(first.output)
  const base = /SCIM base URL +(\S+)/.exec(first.output())?.[1]
  const printed = / Token +(\S+)/.exec(first.output())?.[1]
  expect(base).toBe(`http://127.0.0.1:${port}/scim/v2/demo`)
  expect(printed).toBe(token)
  const line = /^ *(curl .*)$/m.exec(first.output())?.[1]
  const answer = await run(String(line))
  expect(JSON.parse(answer)).toMatchObject({ totalResults: 0, Resources: [] })
  const made = await client(fetch, String(base), token).call('POST', '/Users', person())
  await killGroup(first.child)
  const second = await spawnDevelopment(stateDirectory, port, token)
  await untilPrinted(second.output)
  expect(second.output()).toContain(String(line))
  expect(JSON.parse(await run(String(line))).Resources[0].id).toBe(made.body.id)
  await killGroup(second.child)
})

async function untilPrinted(output: () => string): Promise<void> {
  while (!output().includes('Ctrl-C')) await new Promise((resolve) => setTimeout(resolve, 20))
}

async function run(line: string): Promise<string> {
  const { execFile } = await import('node:child_process')
  return new Promise((resolve, reject) => {
    execFile('bash', ['-c', line], (error, stdout) => (error ? reject(error) : resolve(stdout)))
  })
}
