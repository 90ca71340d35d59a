/** Many changes of one user at the same time, in one isolate and in several. */
import { describe, expect, it, vi } from 'vitest'
import { changeUsers } from '../../src/users/change'
import { findCredential } from '../../src/tokens/credential'
import { hashToken } from '../../src/tokens/secret'
import { disagreements, readContents } from '../support/agreement'
import { bindings, tenant } from '../support/gateway'
import { patch, patchUrn, person } from '../support/tenant'
import { versionOf } from '../support/tag'

const many = Array.from({ length: 64 }, (_, index) => index)

const addRole = (index: number) =>
  patch({ op: 'add', path: 'roles', value: [{ value: `role ${index}` }] })

describe('64 PATCHes of one user at the same time', () => {
  it('are all done, each over the one before', async () => {
    const scim = await tenant()
    const user = `/Users/${(await scim.call('POST', '/Users', person())).body.id}`
    const answers = await Promise.all(many.map((index) => scim.call('PATCH', user, addRole(index))))
    expect(answers.map(({ status }) => status)).toEqual(many.map(() => 200))
    const versions = answers.map(({ headers }) => versionOf(headers.get('ETag')))
    // They are done in the order in which they came.
    expect(versions).toEqual(many.map((index) => index + 2))
    const { body } = await scim.call('GET', user)
    expect(body.roles).toHaveLength(64)
    expect(disagreements(await readContents(bindings.DB, scim.slug))).toEqual([])
  })

  it('are all done by several isolates, which know nothing of each other', async () => {
    const scim = await tenant()
    const { id } = (await scim.call('POST', '/Users', person())).body
    const found = await findCredential(bindings.DB, await hashToken(scim.token))
    if (!found.ok || !found.value) throw new Error('No credential')
    const credential = { ...found.value, until: Date.now() + 600_000 }
    const isolates: (typeof changeUsers)[] = []
    for (let count = 0; count < 8; count += 1) {
      vi.resetModules()
      const own = await import('../../src/users/change')
      isolates.push(own.changeUsers)
    }
    expect(new Set(isolates).size).toBe(8)
    const results = await Promise.all(
      many.map(async (index) => {
        const change = isolates[index % isolates.length] ?? changeUsers
        const request = {
          credential,
          operation: crypto.randomUUID(),
          requestId: `test ${index}`,
          userAgent: undefined,
          ifMatch: undefined,
        }
        const body = {
          schemas: [patchUrn],
          Operations: [{ op: 'add', path: 'roles', value: [{ value: `role ${index}` }] }],
        }
        const list = [{ id, ifMatch: undefined, method: 'PATCH' as const, body }]
        return (await change(bindings.DB, request, list, (answer) => answer))[0]
      }),
    )
    expect(results.map((result) => result?.ok || result?.error.code)).toEqual(many.map(() => true))
    expect((await scim.call('GET', `/Users/${id}`)).body.roles).toHaveLength(64)
    expect(disagreements(await readContents(bindings.DB, scim.slug))).toEqual([])
  })

  it('with one If-Match are done once, and refused 63 times', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const tag = { 'If-Match': String(made.headers.get('ETag')) }
    const answers = await Promise.all(
      many.map((index) => scim.call('PATCH', `/Users/${made.body.id}`, addRole(index), tag)),
    )
    const statuses = answers.map(({ status }) => status)
    expect(statuses.filter((status) => status === 200)).toHaveLength(1)
    expect(statuses.filter((status) => status === 412)).toHaveLength(63)
  })

  it('wait for nobody who has gone: a request that was given up holds no turn', async () => {
    const { inTurn } = await import('../../src/users/turns')
    const order: string[] = []
    void inTurn(['a'], () => new Promise<never>(() => undefined))
    vi.useFakeTimers({ toFake: ['Date'], now: Date.now() })
    const later = inTurn(['b', 'a'], async () => order.push('later'))
    await scheduler.wait(20)
    expect(order).toEqual([])
    vi.setSystemTime(Date.now() + 10_001)
    await later
    vi.useRealTimers()
    expect(order).toEqual(['later'])
  })
})
