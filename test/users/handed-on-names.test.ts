/** Names that people of one Bulk hand on to each other: each operation finds what those before it have left. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { eventsOf, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

const names = ['ann', 'ben', 'cat', 'dan', 'Ann', 'eve']

/** People made in this order, and renames of them in another. */
const story = fc.record({
  people: fc.uniqueArray(fc.constantFrom('ann', 'ben', 'cat', 'dan'), { minLength: 2 }),
  renames: fc.uniqueArray(
    fc.record({
      who: fc.constantFrom('ann', 'ben', 'cat', 'dan'),
      to: fc.constantFrom(...names),
      active: fc.boolean(),
    }),
    { minLength: 2, maxLength: 4, selector: ({ who }) => who },
  ),
})

interface Rename {
  readonly id: string
  readonly to: string
  readonly active: boolean
}

const operationsOf = ({ to, active }: Rename) =>
  patch(
    { op: 'replace', path: 'userName', value: to },
    ...(active ? [] : [{ op: 'replace', path: 'active', value: false }]),
  )

async function create(scim: ScimClient, people: readonly string[]): Promise<Map<string, string>> {
  const ids = new Map<string, string>()
  for (const userName of people) {
    const made = await scim.call('POST', '/Users', person({ userName, emails: [] }))
    ids.set(userName, made.body.id)
  }
  return ids
}

/** Renames in one Bulk; answers the statuses. */
async function renameTogether(scim: ScimClient, list: readonly Rename[]): Promise<string[]> {
  const { body } = await scim.call('POST', '/Bulk', {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
    Operations: list.map((one) => ({
      method: 'PATCH',
      path: `/Users/${one.id}`,
      data: operationsOf(one),
    })),
  })
  return body.Operations.map(({ status }: { status: string }) => status)
}

async function namesIn(scim: ScimClient): Promise<[string, boolean][]> {
  const { body } = await scim.call('GET', '/Users')
  return body.Resources.map(({ userName, active }: any) => [userName, active])
}

/** Follows the events with a table of unique names, as an application has it. */
async function expectUniqueNames(scim: ScimClient): Promise<void> {
  const known = new Map<string, string>()
  for (const { type, resource_id: id, resource, seq } of await eventsOf(scim)) {
    if (!type.startsWith('user.')) continue
    const name = resource['userName'].toLowerCase()
    const others = [...known].filter(([other, taken]) => other !== id && taken === name)
    expect(others, `Event ${seq}: ${name} is somebody else's`).toEqual([])
    known.set(id, name)
  }
}

describe('names that are handed on in a Bulk', () => {
  it.each([
    ['the first', ['ann', 'ben']],
    ['the last', ['ben', 'ann']],
  ])('are free after whoever gave them up, whether that one was made %s', async (_, people) => {
    const scim = await tenant()
    const ids = await create(scim, people)
    const [ann = '', ben = ''] = [ids.get('ann'), ids.get('ben')]
    const early = [
      { id: ann, to: 'ben', active: true },
      { id: ben, to: 'cat', active: true },
    ]
    expect(await renameTogether(scim, early)).toEqual(['409', '200'])
    const inOrder = [
      { id: ben, to: 'dan', active: true },
      { id: ann, to: 'cat', active: true },
    ]
    expect(await renameTogether(scim, inOrder)).toEqual(['200', '200'])
    await expectUniqueNames(scim)
  })

  it('are those that the same requests one after the other leave', async () => {
    await fc.assert(
      fc.asyncProperty(story, async ({ people, renames }) => {
        const [together, single] = [await tenant(), await tenant()]
        const listOf = (ids: Map<string, string>) =>
          renames.flatMap(({ who, ...more }) => {
            const id = ids.get(who)
            return id === undefined ? [] : [{ id, ...more }]
          })
        const statuses = await renameTogether(together, listOf(await create(together, people)))
        const others: string[] = []
        for (const one of listOf(await create(single, people))) {
          const { status } = await single.call('PATCH', `/Users/${one.id}`, operationsOf(one))
          others.push(String(status))
        }
        expect(statuses).toEqual(others)
        expect(await namesIn(together)).toEqual(await namesIn(single))
        await expectUniqueNames(together)
      }),
      { numRuns: 10 },
    )
  })
})
