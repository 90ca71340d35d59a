/** Random resources through the whole gateway. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { fold } from '../../src/scim/filter/match'
import { readResource } from '../../src/scim/resource'
import { startReading } from '../../src/scim/tolerance/reading'
import { userType } from '../../src/scim/user'
import { resources, text } from '../support/arbitraries'
import { tenant } from '../support/gateway'
import { userUrn } from '../support/tenant'

describe('a random user', () => {
  it('comes back unchanged from POST, GET, PUT and a list', async () => {
    const scim = await tenant({ rules: { name: 'allow', email: 'allow' } })
    let count = 0
    await fc.assert(
      fc.asyncProperty(resources(userType), async (random) => {
        const read = readResource(startReading(userType), random)
        fc.pre(read.ok && !/"value":"[{[]/.test(JSON.stringify(read.value['emails'] ?? [])))
        count += 1
        const sent = { ...(read.ok ? read.value : {}), active: true, userName: `user ${count} ß😀` }
        const made = await scim.call('POST', '/Users', { schemas: [userUrn], ...sent })
        expect(made.status, JSON.stringify(made.body)).toBe(201)
        const { schemas, id, meta, ...kept } = made.body
        expect(kept).toEqual(sent)
        expect(schemas).toEqual([
          userUrn,
          ...Object.keys(sent).filter((name) => name.startsWith('urn:')),
        ])
        expect((await scim.call('GET', `/Users/${id}`)).body).toEqual(made.body)
        const put = await scim.call('PUT', `/Users/${id}`, made.body)
        expect([put.status, put.body]).toEqual([200, made.body])
        const found = await scim.call('GET', `/Users?filter=id+eq+"${id}"`)
        expect(found.body.Resources).toEqual([made.body])
        expect(meta.version).toBe('W/"1"')
      }),
      { numRuns: 100 },
    )
  })
})

describe('a random list', () => {
  it('is sorted as code points of folded text sort, stable, and what has no value last', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(
          fc.option(
            text.filter((title) => title.trim() !== ''),
            { nil: undefined },
          ),
          { minLength: 1, maxLength: 12 },
        ),
        fc.boolean(),
        async (titles, isDescending) => {
          const scim = await tenant()
          const operations = titles.map((title, index) => ({
            method: 'POST',
            path: '/Users',
            bulkId: String(index),
            data: { userName: `u${index}`, ...(title === undefined ? {} : { title }) },
          }))
          await scim.call('POST', '/Bulk', { Operations: operations })
          const order = isDescending ? 'descending' : 'ascending'
          const { body } = await scim.call(
            'GET',
            `/Users?sortBy=title&sortOrder=${order}&attributes=userName`,
          )
          expect(body.Resources.map(({ userName }: any) => userName)).toEqual(
            sorted(titles, isDescending),
          )
        },
      ),
      { numRuns: 40 },
    )
  })
})

function sorted(titles: readonly (string | undefined)[], isDescending: boolean): string[] {
  const keys = titles.map((title) =>
    title === undefined
      ? undefined
      : Array.from(fold(title), (character) => character.codePointAt(0) ?? 0),
  )
  const compare = (left: number[], right: number[]): number => {
    for (let index = 0; index < Math.min(left.length, right.length); index += 1) {
      const difference = (left[index] ?? 0) - (right[index] ?? 0)
      if (difference !== 0) return difference
    }
    return left.length - right.length
  }
  return titles
    .map((_, index) => index)
    .sort((left, right) => {
      const [a, b] = [keys[left], keys[right]]
      const sign = isDescending ? -1 : 1
      if (a && b) return sign * compare(a, b) || left - right
      if (a || b) return sign * (a ? -1 : 1)
      return left - right
    })
    .map((index) => `u${index}`)
}
