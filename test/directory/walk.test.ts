/** Walks over all users or teams by startIndex. */
import { describe, expect, it } from 'vitest'
import { callCounted } from '../support/counted-call'
import { fill } from '../support/fill'
import { tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

/** One page, and the rows that were read for it. */
async function page(scim: ScimClient, startIndex: number, count: number, path = '/Users') {
  const query = `startIndex=${startIndex}&count=${count}&attributes=userName`
  const { body, before } = await callCounted(scim, 'GET', `${path}?${query}`)
  const names: string[] = body.Resources.map(({ userName }: { userName: string }) => userName)
  return { names, rows: before.rowsRead, total: body.totalResults as number, body }
}

const filled = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, index) => `filled${from + index}`)

describe('a walk by startIndex', () => {
  it('reads two rows a person however far it is, and three at most in all', async () => {
    const scim = await tenant()
    await fill(scim, 2_000)
    const seen: string[] = []
    let rows = 0
    let last = 0
    for (let start = 1; start <= 2_000; start += 100) {
      const found = await page(scim, start, 100)
      expect(found.names).toHaveLength(100)
      seen.push(...found.names)
      rows += found.rows
      last = found.rows
    }
    expect(seen).toEqual(filled(0, 2_000))
    expect(last).toBeLessThanOrEqual(210)
    expect(rows).toBeLessThanOrEqual(3 * 2_000)
  })

  it('skips nobody and shows nobody twice while others are deleted and added', async () => {
    const scim = await tenant()
    await fill(scim, 300)
    const seen = (await page(scim, 1, 100)).names
    for (const name of [3, 40, 150]) {
      const id = `filled-${scim.slug}-${name}`
      expect((await scim.call('DELETE', `/Users/${id}`)).status).toBe(204)
    }
    const added = (await scim.call('POST', '/Users', person())).body.userName as string
    let total = 300
    for (let start = 101; start <= total; start += 100) {
      const found = await page(scim, start, 100)
      seen.push(...found.names)
      total = found.total
    }
    expect(seen).toEqual([...filled(0, 150), ...filled(151, 300), added])
  })

  it('jumps to where it is asked to, with another token or another count', async () => {
    const scim = await tenant()
    await fill(scim, 300)
    await page(scim, 1, 100)
    expect((await page(scim, 51, 10)).names).toEqual(filled(50, 60))
    expect((await page(scim, 201, 50)).names).toEqual(filled(200, 250))
    expect((await page(scim, 301, 50)).names).toEqual([])
    await page(scim, 251, 50)
    expect((await page(scim, 301, 50)).names).toEqual([])
    // Two walks with different counts go their own ways.
    expect((await page(scim, 1, 30)).names).toEqual(filled(0, 30))
    expect((await page(scim, 101, 30)).names).toEqual(filled(100, 130))
    expect((await page(scim, 31, 30)).names).toEqual(filled(30, 60))
  })

  it('goes over teams with their members in the same way', async () => {
    const scim = await tenant()
    const user = (await scim.call('POST', '/Users', person())).body.id as string
    for (let number = 0; number < 7; number += 1) {
      const body = { displayName: `Team ${number}`, members: [{ value: user }] }
      expect((await scim.call('POST', '/Groups', body)).status).toBe(201)
    }
    const walk = async (): Promise<unknown[]> => {
      const teams: unknown[] = []
      for (let start = 1; start <= 7; start += 2) {
        const { body } = await scim.call('GET', `/Groups?startIndex=${start}&count=2`)
        teams.push(...body.Resources)
      }
      return teams
    }
    expect(await walk()).toEqual((await scim.call('GET', '/Groups?count=10')).body.Resources)
  })
})
