/** The log as a dense page: range, tail, equal lines, file; people by their names; large teams. */
import { describe, expect, it } from 'vitest'
import { groupEqual } from '../../src/admin/activity/group'
import { countDatabase, newCounts } from '../support/counting'
import { readTeam } from '../../src/directory/browse'
import { findTenant } from '../../src/tenants/store'
import { bindings, tenant } from '../support/gateway'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { person } from '../support/tenant'

const wrong = () => person({ userName: 'Ann@Example.com' })

describe('the log', () => {
  it('says once what was refused many times in a row, and how often', async () => {
    const scim = await tenant()
    for (const _ of [1, 2, 3]) await scim.call('POST', '/Users', wrong())
    await scim.call('POST', '/Users', person())
    const page = async (query = '') =>
      words(await (await open(`/tenants/${scim.slug}/activity${query}`)).text())
    const text = await page('?outcome=failed')
    expect(text).toContain('3 times in a row, first')
    expect(text.match(/Create the user Ann@Example\.com/g)).toHaveLength(1)
    const at = 5
    const cause = { requestId: 'r', tokenId: 't' }
    const change = { outcome: 'changed', at, cause, changes: [] } as const
    expect(groupEqual([change, change]).map(({ count }) => count)).toEqual([1, 1])
  })

  it('shows a span of time, and what comes while one looks', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'old@example.com' }))
    await scim.call('POST', '/Users', person({ userName: 'new@example.com' }))
    await bindings.DB.prepare(
      `update events set at = ?2 where seq = 1
         and tenant_id = (select id from tenants where slug = ?1)`,
    )
      .bind(scim.slug, Date.UTC(2026, 0, 5, 12))
      .run()
    const path = `/tenants/${scim.slug}/activity`
    const page = async (query: string) => (await open(`${path}${query}`)).text()
    const before = await page('?to=2026-01-06T00:00')
    expect([before.includes('old@'), before.includes('new@')]).toEqual([true, false])
    const after = await page('?from=2026-01-06T00:00')
    expect([after.includes('old@'), after.includes('new@')]).toEqual([false, true])
    const none = await page('?from=2026-01-01T00:00&to=2026-01-05T12:00')
    expect([none.includes('old@'), none.includes('new@')]).toEqual([false, false])
    expect(await page('?follow=on')).toContain('data-reload="5"')
    expect(await page('')).not.toContain('data-reload')
    expect((await open(`${path}?from=nonsense`)).status).toBe(200)
  })

  it('is a file for a spreadsheet, in which nothing is a formula', async () => {
    const scim = await tenant({ rules: { name: 'allow' } })
    await scim.call('POST', '/Users', wrong())
    await scim.call('POST', '/Groups', { displayName: '=cmd|"/c calc"!A0' })
    const answer = await open(`/tenants/${scim.slug}/activity.csv`)
    expect(answer.headers.get('Content-Type')).toContain('text/csv')
    expect(answer.headers.get('Content-Disposition')).toContain(`${scim.slug}-activity.csv`)
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines[0]).toBe('time,outcome,what,who,code,reason,provider,request')
    expect(lines[1]).toContain(`changed,team.created,"'=cmd|""/c calc""!A0"`)
    expect(lines[2]).toContain('failed,POST /Users,Ann@Example.com,emailCapitals,')
    const failed = await (await open(`/tenants/${scim.slug}/activity.csv?outcome=failed`)).text()
    expect(failed.trim().split('\r\n')).toHaveLength(2)
  })
})

describe('people', () => {
  it('without a display name are shown with given and family name, and told apart', async () => {
    const scim = await tenant()
    const name = { givenName: 'Ada', familyName: 'Lovelace' }
    const [first, second] = [person({ name }), person({ name })]
    delete first['displayName']
    const members: { value: string }[] = []
    for (const one of [first, second]) {
      members.push({ value: (await scim.call('POST', '/Users', one)).body.id })
    }
    const team = await scim.call('POST', '/Groups', { displayName: 'Analysts', members })
    const list = words(await (await open(`/tenants/${scim.slug}/users`)).text())
    expect(list).toContain(`${first['userName']} Ada Lovelace`)
    const page = words(await (await open(`/tenants/${scim.slug}/teams/${team.body.id}`)).text())
    expect(page).toContain(`Ada Lovelace ${first['userName']}`)
    expect(page).toContain(String(second['userName']))
  })

  it('of a team of ten thousand are found by the beginning of their names, with few rows', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Groups', { displayName: 'Everybody' })
    const found = await findTenant(bindings.DB, scim.slug)
    if (!found.ok) throw new Error('No tenant')
    const { value } = found
    const search = `json_object('userName', 'person' || i || '@example.com')`
    await bindings.DB.batch([
      bindings.DB.prepare(
        `insert into users (tenant_id, id, attributes, search, version, operation, created_at,
           updated_at)
         with recursive n(i) as (select 1 union all select i + 1 from n where i < 10000)
         select ?1, 'large-' || i, ${search}, ${search}, 1, '', 0, 0 from n`,
      ).bind(value.id),
      bindings.DB.prepare(
        `insert into memberships (tenant_id, team_id, user_id)
         select ?1, ?2, id from users where tenant_id = ?1`,
      ).bind(value.id, body.id),
      bindings.DB.prepare('update teams set member_count = 10000 where id = ?').bind(body.id),
    ])
    const counts = newCounts()
    const read = await readTeam(countDatabase(bindings.DB, counts), value, body.id, {
      offset: 0,
      limit: 50,
      search: 'Person777',
    })
    if (!read.ok) throw new Error(read.error.kind)
    expect(read.value?.members.map(({ userName }) => userName)).toEqual(
      [
        'person777@example.com',
        ...Array.from({ length: 10 }, (_, index) => `person777${index}@example.com`),
      ].toSorted(),
    )
    expect(counts.rowsRead).toBeLessThan(150)
    const page = words(
      await (await open(`/tenants/${scim.slug}/teams/${body.id}?search=person777`)).text(),
    )
    expect(page).toContain('person7770@example.com')
    expect(page).not.toContain('person778@')
    await bindings.DB.prepare('delete from users where tenant_id = ?').bind(value.id).run()
  })
})
