/** The example receiver beside a gateway: killed while people change, and sent what others signed. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { Webhook } from 'standardwebhooks'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { adminToken, freePort, killGroup, startServer, type Server } from '../support/server.ts'
import { newTenant, operator, person, type ScimClient } from '../support/tenant.ts'

/** Milliseconds, so many that a machine that is slow or busy fails nothing. */
const patience = { timeout: 200_000 }

interface Line {
  readonly id: string
  readonly event: { readonly seq: number; readonly type: string }
}

let server: Server
let receiver: ChildProcess
let file: string

beforeEach(async () => {
  server = await startServer(undefined, { WEBHOOK_GAPS: '50,100', WEBHOOK_TIMEOUT: '5000' })
  file = join(await mkdtemp(join(tmpdir(), 'rollcall-receiver-')), 'inbox.jsonl')
})

afterEach(async () => {
  await killGroup(receiver)
  await server.stop()
  await rm(join(file, '..'), { recursive: true, force: true })
})

/** Resolves when the example listens. */
async function startExample(secret: string, port: number): Promise<ChildProcess> {
  const child = spawn(process.execPath, ['examples/receiver.js', file], {
    cwd: root,
    detached: true,
    env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  })
  await new Promise((resolve) => child.stdout.once('data', resolve))
  child.stdout.resume()
  return child
}

async function inbox(): Promise<Line[]> {
  const lines = (await readFile(file, 'utf8')).split('\n').slice(0, -1)
  return lines.map((line) => JSON.parse(line) as Line)
}

async function provision(scim: ScimClient, count: number): Promise<void> {
  for (let index = 0; index < count; index += 1) {
    expect((await scim.call('POST', '/Users', person())).status).toBe(201)
  }
}

it('has each event once and in order after kills and a rotation, and nothing that others signed', async () => {
  const admin = operator(fetch, server.url, adminToken)
  const scim = await newTenant(fetch, server.url, adminToken)
  const port = await freePort()
  const url = `http://127.0.0.1:${port}/`
  const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
  const path = `/tenants/${scim.slug}/webhooks/${made.body.id}`
  receiver = await startExample(made.body.secret, port)

  for (let round = 0; round < 2; round += 1) {
    const provisioned = provision(scim, 20)
    await expect
      .poll(async () => (await inbox()).length, patience)
      .toBeGreaterThanOrEqual(round * 20 + 5)
    await killGroup(receiver)
    await provisioned
    receiver = await startExample(made.body.secret, port)
  }
  // For 24 hours after a rotation the old secret, which this receiver has, signs as well.
  const rotated = await admin.call('POST', `${path}/rotate`)
  expect(rotated.status).toBe(200)
  await provision(scim, 5)
  // Everything once more: a message that is in the inbox already is acknowledged, and not stored.
  await expect.poll(async () => (await inbox()).length, patience).toBe(45)
  expect((await admin.call('POST', `${path}/replay`, { after: 0 })).status).toBe(200)
  await expect
    .poll(async () => (await admin.call('GET', path)).body, patience)
    .toMatchObject({ deliveredUpTo: 45, behind: 0, state: 'active', failures: 0 })

  const sent = (id: string, secret: string, at: Date) => {
    const body = JSON.stringify({ id, type: 'user.created', seq: 46, resource: {} })
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    }
    return fetch(url, { method: 'POST', body, headers })
  }
  const now = Date.now()
  const foreign = `whsec_${Buffer.alloc(32, 7).toString('base64')}`
  expect((await sent('evt_forged', foreign, new Date(now))).status).toBe(401)
  expect((await sent('evt_old', made.body.secret, new Date(now - 3_600_000))).status).toBe(401)
  expect((await fetch(url, { method: 'POST', body: '{}' })).status).toBe(401)

  const lines = await inbox()
  expect(lines.map(({ event }) => event.seq)).toEqual(lines.map((_, index) => index + 1))
  expect(lines).toHaveLength(45)
  expect(new Set(lines.map(({ id }) => id)).size).toBe(45)
})
