/** Bodies that break off on their way, sent over a connection as it is. */
import { mkdtemp, rm } from 'node:fs/promises'
import { connect } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { makeToken } from '../../src/tokens/secret.ts'
import {
  adminToken,
  freePort,
  killGroup,
  spawnDevelopment,
  type Development,
} from '../support/server.ts'
import { client, person, userUrn } from '../support/tenant.ts'

let stateDirectory: string
let development: Development
let port: number
let token: string

beforeAll(async () => {
  stateDirectory = await mkdtemp(join(tmpdir(), 'rollcall-broken-off-'))
  port = await freePort()
  token = await makeToken('demo')
  development = await spawnDevelopment(stateDirectory, port, token)
})

afterAll(async () => {
  await killGroup(development.child)
  await rm(stateDirectory, { recursive: true, force: true })
})

/** Sends text, ends this side of the connection, and answers what came back until the other side did. */
function exchange(text: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host: '127.0.0.1', port, allowHalfOpen: true })
    let answer = ''
    socket.on('data', (chunk) => (answer += String(chunk)))
    socket.on('error', reject)
    socket.on('end', () => {
      socket.destroy()
      resolve(answer)
    })
    socket.end(text)
  })
}

const whole = JSON.stringify({ schemas: [userUrn], userName: 'broken.off@example.com' })
const half = whole.slice(0, 40)
const chunk = (text: string) => `${text.length.toString(16)}\r\n${text}\r\n`

const broken = [
  ['short of its Content-Length', `Content-Length: ${whole.length}`, half],
  ['short of its Content-Length, though it can be read', 'Content-Length: 500', whole],
  ['before its first byte', 'Content-Length: 500', ''],
  ['between two chunks', 'Transfer-Encoding: chunked', chunk(half)],
  ['after a chunk that can be read', 'Transfer-Encoding: chunked', chunk(whole)],
  ['within a chunk', 'Transfer-Encoding: chunked', `fff\r\n${half}`],
  ['by a chunk that has no length', 'Transfer-Encoding: chunked', `${chunk(half)}xyz\r\n${half}`],
] as const

describe('a body that breaks off', () => {
  it.each(broken)(
    '%s changes nothing, and is no failure of the gateway',
    async (_, header, body) => {
      for (const [method, path] of [
        ['POST', 'Users'],
        ['POST', 'Users/.search'],
        ['PATCH', `Groups/${crypto.randomUUID()}`],
        ['POST', 'Bulk'],
      ]) {
        const answer = await exchange(
          `${method} /scim/v2/demo/${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n` +
            `Authorization: Bearer ${token}\r\nContent-Type: application/scim+json\r\n` +
            `${header}\r\n\r\n${body}`,
        )
        expect([path, answer.slice(0, 12)]).toEqual([path, 'HTTP/1.1 400'])
        expect(answer).toContain('broke off')
      }
      const scim = client(fetch, `http://127.0.0.1:${port}/scim/v2/demo`, token)
      expect((await scim.call('GET', '/Users')).body.totalResults).toBe(0)
      expect(development.output()).not.toMatch(/Request failed|uncaught|Error/i)
    },
  )

  it.each(broken)('%s is refused by each API and form beside SCIM', async (_, header, body) => {
    const bearer = `Authorization: Bearer ${adminToken}\r\nContent-Type: application/json`
    const form = `Origin: http://127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded`
    for (const [method, path, headers] of [
      ['POST', '/admin/api/tenants', bearer],
      ['PATCH', '/admin/api/tenants/demo', bearer],
      ['DELETE', '/admin/api/tenants/demo', bearer],
      ['POST', '/api/v1/tenants/demo/events/ack', bearer],
      ['POST', '/oauth/demo/token', form],
      ['POST', '/admin/sign-in', form],
    ]) {
      const answer = await exchange(
        `${method} ${path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n` +
          `${headers}\r\n${header}\r\n\r\n${body}`,
      )
      expect([path, answer.slice(0, 12)]).toEqual([path, 'HTTP/1.1 400'])
      expect(answer).toContain('broke off')
    }
    expect(development.output()).not.toMatch(/Request failed|Page failed|uncaught|Error/i)
  })

  it('leaves the gateway as it was', async () => {
    const scim = client(fetch, `http://127.0.0.1:${port}/scim/v2/demo`, token)
    const made = await scim.call('POST', '/Users', person())
    expect(made.status).toBe(201)
    await scim.call('DELETE', `/Users/${made.body.id}`)
  })
})
