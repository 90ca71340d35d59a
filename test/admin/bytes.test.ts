/** Lists of the administration of what is long: each answer is bounded by its bytes, and leaves nothing out. */
import { describe, expect, it } from 'vitest'
import { answerBytes } from '../../src/limits'
import { admin, homeDatabase, tenant } from '../support/gateway'
import { person, type ScimClient } from '../support/tenant'

/** Adds events with changes of some 120 KB each, a second apart, straight to the table. */
async function fillEvents(scim: ScimClient, count: number, from: number): Promise<void> {
  for (let number = 0; number < count; number += 1) {
    await homeDatabase
      .prepare(
        `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
         select tenants.id, (select max(seq) + 1 from events where tenant_id = tenants.id),
           'user.updated', ?2, ?3, json_object('id', ?2, 'userName', 'long'),
           json_object('title', json_object('before', hex(zeroblob(30000)), 'after', hex(zeroblob(30000)))),
           json_object('requestId', ?2, 'tokenId', '')
         from tenants where slug = ?1`,
      )
      .bind(scim.slug, `long-${number}`, from + number * 1_000)
      .run()
  }
}

describe('a list of the administration', () => {
  it('of the provisioning log ends a page by its bytes, and goes on in the order of time', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await homeDatabase
      .prepare(
        'update events set at = at - 300000 where tenant_id = (select id from tenants where slug = ?)',
      )
      .bind(scim.slug)
      .run()
    await fillEvents(scim, 100, Date.now() - 200_000)
    // Refused: it is the last line of the log.
    await scim.call('POST', '/Users', { ...person(), userName: '' })
    const lines: any[] = []
    let after = ''
    let pages = 0
    for (let hasMore = true; hasMore; pages += 1) {
      const query = `limit=1000${after === '' ? '' : `&after=${after}`}`
      const { body } = await admin.call('GET', `/tenants/${scim.slug}/activity?${query}`)
      expect(JSON.stringify(body).length).toBeLessThan(answerBytes)
      lines.push(...body.activity)
      after = body.after
      hasMore = body.hasMore
    }
    expect(pages).toBeGreaterThan(2)
    const names = lines.map(({ outcome, requestId }) =>
      outcome === 'failed' ? 'refused' : String(requestId),
    )
    const long = Array.from({ length: 100 }, (_, index) => `long-${index}`)
    expect(names.filter((name) => name.startsWith('long'))).toEqual(long)
    expect(names.at(-1)).toBe('refused')
    expect(names).toHaveLength(102)
  })

  it('of the audit does so as well, of one tenant and of all', async () => {
    const scim = await tenant()
    await homeDatabase
      .prepare(
        `insert into audit (tenant_id, seq, at, actor, role, action, subject, before, after, request_id)
         select tenants.id, (select max(seq) from audit where tenant_id = tenants.id) + number.value, 1,
           'operator', 'operator', 'tenant.changed', 'long', json_quote(hex(zeroblob(50000))),
           json_quote(hex(zeroblob(50000))), 'r'
         from tenants, json_each(?2) as number where slug = ?1`,
      )
      .bind(scim.slug, JSON.stringify(Array.from({ length: 60 }, (_, index) => index + 1)))
      .run()
    for (const path of [`/tenants/${scim.slug}/audit`, '/audit']) {
      let before = ''
      const found: string[] = []
      for (let pages = 0; pages < 50; pages += 1) {
        const { body } = await admin.call('GET', `${path}?limit=1000${before}`)
        expect(JSON.stringify(body).length).toBeLessThan(answerBytes)
        expect(body.entries[0]).not.toHaveProperty('listed')
        found.push(...body.entries.map(({ subject, position }: any) => `${subject} ${position}`))
        if (body.before === null) break
        before = `&before=${body.before}`
      }
      const long = found.filter((one) => one.startsWith('long'))
      expect([long.length, new Set(long).size], path).toEqual([60, 60])
    }
  })
})
