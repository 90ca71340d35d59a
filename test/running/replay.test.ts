/**
 * What identity providers send, request by request, against a running gateway. Each file of
 * `test/identity-providers` holds recorded or documented sequences; a new quirk is a new sequence.
 */
import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminToken, startServer, type Server } from '../support/server.ts'
import { newTenant, type ScimClient } from '../support/tenant.ts'
import { check, fill, read, type Check } from '../support/sequence.ts'

interface Step {
  readonly method: string
  readonly path: string
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: unknown
  readonly expect: { readonly status: readonly number[]; readonly checks?: readonly Check[] }
  readonly captures?: Readonly<Record<string, string>>
}

interface Sequence {
  readonly id: string
  readonly scenario: string
  /** Settings of the tenant that the client needs. */
  readonly settings?: Readonly<Record<string, unknown>>
  readonly steps: readonly Step[]
}

const folder = new URL('../identity-providers/', import.meta.url)
const files = readdirSync(folder).filter((name) => name.endsWith('.json'))

let server: Server

beforeAll(async () => {
  server = await startServer()
})

afterAll(async () => {
  await server.stop()
})

/** Every client under `auto`, and the big three under their own profile as well. */
const runs = files.flatMap((file) => {
  const provider = file.replace('.json', '')
  const isNamed = ['onelogin', 'okta', 'entra'].includes(provider)
  return (isNamed ? ['auto', provider] : ['auto']).map((profile) => [file, profile] as const)
})

describe.each(runs)('%s under the profile %s', (file, profile) => {
  const sequences = JSON.parse(readFileSync(new URL(file, folder), 'utf8')) as Sequence[]

  it.each(sequences.map((sequence) => [sequence.id, sequence.scenario, sequence] as const))(
    '%s: %s',
    async (_id, _scenario, { settings, steps }) => {
      const client = await newTenant(fetch, server.url, adminToken, { profile, ...settings })
      const values = startValues()
      for (const step of steps) await play(client, step, values)
    },
  )
})

function startValues(): Map<string, string> {
  const unique = crypto.randomUUID().replaceAll('-', '').slice(0, 12)
  return new Map([
    ['uniq', unique],
    ['uniqUpper', unique.toUpperCase()],
    ['uuid', crypto.randomUUID()],
  ])
}

async function play(client: ScimClient, step: Step, values: Map<string, string>): Promise<void> {
  const body = step.body === undefined ? undefined : fill(JSON.stringify(step.body), values)
  const answer = await client.call(step.method, fill(step.path, values), body, step.headers)
  const shown = `${step.method} ${step.path} → ${answer.status} ${JSON.stringify(answer.body)}`
  expect(step.expect.status, shown).toContain(answer.status)
  for (const wanted of step.expect.checks ?? []) check(answer.body, wanted, values, shown)
  for (const [name, path] of Object.entries(step.captures ?? {})) {
    values.set(name, String(read(answer.body, path)))
  }
}
