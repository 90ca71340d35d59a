/** Pictures of how tenants have been doing, and what they are drawn of. */
import { describe, expect, it } from 'vitest'
import { readHours } from '../../src/activity/hours'
import { countDays } from '../../src/attention/days'
import { day, dayNumber } from '../../src/time'
import { countDatabase, newCounts } from '../support/counting'
import { bindings, tenant } from '../support/gateway'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { patch, person, type ScimClient } from '../support/tenant'

const hour = 3_600_000

async function idOf({ slug }: ScimClient): Promise<number> {
  const row = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(slug)
    .first<{ id: number }>()
  return Number(row?.id)
}

function refusals(id: number, count: number, at: number, first = 1) {
  return bindings.DB.prepare(
    `insert into refusals (tenant_id, seq, at, method, path, status, code, detail, cause)
     with recursive n(i) as (select 0 union all select i + 1 from n where i < ?2 - 1)
     select ?1, ?4 + i, ?3, 'POST', '/Users', 400, 'emailCapitals', '', '{}' from n`,
  )
    .bind(id, count, at, first)
    .run()
}

async function hoursOf(id: number, now = Date.now()) {
  const read = await readHours(bindings.DB, id, 3, now)
  if (!read.ok) throw new Error(read.error.kind)
  return read.value.map(({ changed, failed }) => [changed, failed])
}

describe('calls by outcome an hour', () => {
  it('are those of each hour, of a tenant and of all', async () => {
    const scim = await tenant()
    const id = await idOf(scim)
    const now = Math.floor(Date.now() / hour) * hour + hour / 2
    const before = await hoursOf(0, now)
    await refusals(id, 4, now - 2 * hour)
    await refusals(id, 3, now - hour, 5)
    await refusals(id, 2, now, 8)
    expect(await hoursOf(id, now)).toEqual([
      [0, 4],
      [0, 3],
      [0, 2],
    ])
    const after = await hoursOf(0, now)
    expect(after.map(([, failed = 0], index) => failed - (before[index]?.[1] ?? 0))).toEqual([
      4, 3, 2,
    ])
    expect(await hoursOf(id, now + 10 * hour)).toEqual([
      [0, 0],
      [0, 0],
      [0, 0],
    ])
  })

  it('cost few rows, however many there are', async () => {
    const scim = await tenant()
    const id = await idOf(scim)
    await refusals(id, 3_000, Date.now() - hour / 2)
    const counts = newCounts()
    await readHours(countDatabase(bindings.DB, counts), id, 48, Date.now())
    expect(counts.d1).toBe(1)
    // The tenants of other tests are among the rows that are looked at.
    expect(counts.rowsRead).toBeLessThan(4_500)
  })
})

describe('people and teams day by day', () => {
  it('are noted at night, once a day, for each tenant and for all', async () => {
    const scim = await tenant()
    const id = await idOf(scim)
    await scim.call('POST', '/Users', person())
    // A time that no other test has.
    const now = Date.UTC(2031, 4, 3, 3, 17)
    await countDays(bindings.DB, now)
    await scim.call('POST', '/Users', person())
    await countDays(bindings.DB, now + hour)
    await countDays(bindings.DB, now + day)
    const { results } = await bindings.DB.prepare(
      'select day, people from tenant_days where tenant_id = ? order by day',
    )
      .bind(id)
      .all()
    const first = dayNumber(now) - 1
    expect(results).toEqual([
      { day: first, people: 1 },
      { day: first + 1, people: 2 },
    ])
    const whole = await bindings.DB.prepare(
      `select people, (select sum(user_count) from tenants) as now from tenant_days
       where tenant_id = 0 and day = ?`,
    )
      .bind(first + 1)
      .first<{ people: number; now: number }>()
    expect(whole?.people).toBe(whole?.now)
    await countDays(bindings.DB, now + 500 * day)
    const left = await bindings.DB.prepare('select count(*) as n from tenant_days where day <= ?')
      .bind(first + 1)
      .first<{ n: number }>()
    expect(left?.n).toBe(0)
    await bindings.DB.prepare('delete from tenant_days').run()
  })
})

describe('the pictures', () => {
  it('say since when there are figures, and have each a table', async () => {
    const scim = await tenant()
    const id = await idOf(scim)
    const path = `/tenants/${scim.slug}/trends`
    const page = async () => words(await (await open(path)).text())
    expect(await page()).toContain('there is nothing to draw yet')
    expect(await page()).toContain('Nothing was delivered in the last 48 hours')
    expect(await page()).toContain('changes and requests an hour: none')
    const yesterday = dayNumber(Date.now()) - 1
    await bindings.DB.prepare('insert into tenant_days values (?1, ?2, 7, 2), (?1, ?2 - 1, 5, 1)')
      .bind(id, yesterday)
      .run()
    const ann = await scim.call('POST', '/Users', person())
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${ann.body.id}`, off)
    const html = await (await open(path)).text()
    const since = new Date((yesterday - 1) * day).toISOString().slice(0, 10)
    expect(words(html)).toContain(`Noted since ${since}.`)
    expect(html).toContain(`aria-label="People since ${since}: from 5 to 1."`)
    expect(html).toContain('1 person lost within the hour; more than 10 are held')
    expect(words(html)).toMatch(/Hour Changed something Passed over Refused/)
    expect(words(html)).toMatch(/Tenant Lost More are held than Test \S+ 1 10/)
    expect(html).not.toContain('style=')
  })

  it('show how long deliveries took, and name the endpoints that are behind', async () => {
    const scim = await tenant()
    const id = await idOf(scim)
    await scim.call('POST', '/Users', person())
    await scim.call('POST', '/Users', person())
    const now = Date.now()
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into webhooks (id, tenant_id, url, secret, created_at, state, state_at, place,
           revision, failures)
         values ('lag-' || ?1, ?1, 'https://example.com', '', 0, 'failed', 0, 1, 1, 9)`,
      ).bind(id),
      bindings.DB.prepare('update events set at = ?2 - 90000 where tenant_id = ?1').bind(id, now),
      bindings.DB.prepare(
        `insert into deliveries (webhook_id, number, tenant_id, at, seq, event_id, type, status,
           duration, excerpt)
         values ('lag-' || ?1, 1, ?1, ?2 - 1000, 1, 'evt', 'user.created', 200, 1000, '')`,
      ).bind(id, now),
    ])
    const html = await (await open(`/tenants/${scim.slug}/trends`)).text()
    expect(html).toContain('aria-label="The slowest delivery of the last 48 hours took 90 s."')
    expect(words(html)).toMatch(/\d\d-\d\d \d\d:00 UTC 90 s/)
    const all = words(await (await open('/trends')).text())
    expect(all).toContain(`Test ${scim.slug} since 1 minute ago`)
  })

  it('are drawn for all tenants together', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const off = patch({ op: 'replace', path: 'active', value: false })
    await scim.call('PATCH', `/Users/${ann.body.id}`, off)
    const text = words(await (await open('/trends')).text())
    expect(text).toContain('Calls by outcome, an hour')
    expect(text).toContain('Delivery lag')
    expect(text).toMatch(/Slowest delivery .*from the event to its receipt/)
    expect(text).toContain(`Test ${scim.slug} 1 10`)
  })
})
