/** The bindings of the tests refuse what the platform is documented to refuse. */
import { runInDurableObject } from 'cloudflare:test'
import { describe, expect, it } from 'vitest'
import { d1Limits, workerLimits } from '../src/limits'
import { takeViolations } from './support/documented-limits'
import { bindings } from './support/gateway'

const tooLong = (bytes: number) => 'x'.repeat(bytes + 1)

describe('a binding of the tests', () => {
  it.each<[string, () => Promise<unknown>]>([
    ['a value of a statement', () => select(tooLong(d1Limits.valueBytes))],
    [
      'a statement',
      () => bindings.DB.prepare(`select '${tooLong(d1Limits.statementBytes)}'`).run(),
    ],
    ['the parameters of a statement', () => select(...Array<string>(101).fill('x'))],
    ['a key of KV', () => bindings.TOKENS.get(tooLong(workerLimits.kv.keyBytes))],
    ['a value of KV', () => bindings.TOKENS.put('key', tooLong(workerLimits.kv.valueBytes))],
    ['a value of an object', () => putInObject({ key: tooLong(workerLimits.objectBytes) })],
  ])('refuses %s beyond its limit, and notes it for the test', async (_, call) => {
    await expect((async () => call())()).rejects.toThrow()
    expect(takeViolations()).toHaveLength(1)
  })

  it('takes what is within the limits', async () => {
    await select('x'.repeat(d1Limits.valueBytes))
    await putInObject({ key: 'x'.repeat(workerLimits.objectBytes - 100) })
    expect(takeViolations()).toEqual([])
  })
})

async function select(...values: readonly string[]): Promise<void> {
  const wanted = values.map((_, index) => `?${index + 1}`).join(' || ')
  await bindings.DB.prepare(`select length(${wanted}) as length`)
    .bind(...values)
    .run()
}

/** The storage is limited from the first call of an object on. */
async function putInObject(entries: Readonly<Record<string, string>>): Promise<void> {
  const stub = bindings.DELIVERY.getByName(crypto.randomUUID())
  await stub.wake({ tenantId: 0, id: 'nobody' }, false)
  await runInDurableObject(stub as never, (_: unknown, { storage }: DurableObjectState) =>
    storage.put(entries),
  )
}
