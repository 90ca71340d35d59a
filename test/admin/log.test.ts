/** The log as a dense page: range, tail, equal lines, file; people by their names; large teams. */
import { describe, expect, it } from 'vitest'
import { groupEqual } from '../../src/admin/activity/group'
import { countDatabase, newCounts } from '../support/counting'
import { readTeam } from '../../src/directory/browse'
import { readActivityPage } from '../../src/activity/browse'
import { readLine } from '../../src/activity/one-line'
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
    expect(text.match(/Ann@Example\.com Create the user/g)).toHaveLength(1)
    const at = 5
    const cause = { requestId: 'r', tokenId: 't' }
    const key = { kind: 'event', seq: 1 } as const
    const change = { key, outcome: 'changed', at, cause, changes: [] } as const
    expect(groupEqual([change, change]).map(({ count }) => count)).toEqual([1, 1])
    const request = { method: 'PUT', path: '/Users/1', status: 200, subject: 'ann' }
    const passed = { key, outcome: 'passedOver', at, cause, request } as const
    const other = { ...passed, request: { ...request, subject: 'ben' } }
    expect(groupEqual([passed, passed, other]).map(({ count }) => count)).toEqual([2, 1])
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
    expect(await page('?follow=on')).toContain(`data-live="/admin${path}?follow=on"`)
    expect(await page('')).not.toContain('data-live')
    expect((await open(`${path}?from=nonsense`)).status).toBe(400)
    expect((await open(`${path}?from=&to=`)).status).toBe(200)
  })

  it('is a file for a spreadsheet, in which nothing is a formula', async () => {
    const scim = await tenant({ rules: { name: 'allow' } })
    await scim.call('POST', '/Users', wrong())
    await scim.call('POST', '/Groups', { displayName: '=cmd|"/c calc"!A0' })
    const answer = await open(`/tenants/${scim.slug}/activity.csv`)
    expect(answer.headers.get('Content-Type')).toContain('text/csv')
    expect(answer.headers.get('Content-Disposition')).toContain(`${scim.slug}-activity.csv`)
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines[0]).toBe('"time","outcome","what","who","code","reason","provider","request"')
    expect(lines[1]).toContain(`"changed","team.created","'=cmd|""/c calc""!A0"`)
    expect(lines[2]).toContain('"failed","POST /Users","Ann@Example.com","emailCapitals",')
    const failed = await (await open(`/tenants/${scim.slug}/activity.csv?outcome=failed`)).text()
    expect(failed.trim().split('\r\n')).toHaveLength(2)
  })
})

describe('the file of the log', () => {
  /** The address of the next file, which the last line of one names, below /admin. */
  const nextOf = (lines: readonly string[]) =>
    /^"Not all\. The next file is https:\/\/[^/]+\/admin(\/[^"]+)"$/.exec(
      lines.at(-1) ?? '',
    )?.[1] ?? ''
  const linesOf = async (path: string) => (await (await open(path)).text()).trim().split('\r\n')

  it('ends early with a line that says so, and goes on from there', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', wrong())
    await repeatRefusal(scim.slug, 2_100)
    const path = `/tenants/${scim.slug}/activity.csv`
    const lines = await linesOf(path)
    expect(lines).toHaveLength(2_002)
    const rest = await linesOf(nextOf(lines))
    expect([rest.length, rest.at(-1)?.includes('Not all')]).toEqual([102, false])
    const span = await linesOf(`${path}?from=2100-01-01T00:00`)
    expect(span).toHaveLength(1)
  })

  it('goes on under the same filter, and before the same time', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', wrong())
    await repeatRefusal(scim.slug, 2_100)
    const times = [
      ['seq > 2050', '2026-02-02T08:00:31Z'],
      ['seq <= 2050', '2026-02-02T08:00:29Z'],
    ]
    for (const [which, at = ''] of times) {
      await bindings.DB.prepare(
        `update refusals set at = ? where ${which}
         and tenant_id = (select id from tenants where slug = ?)`,
      )
        .bind(Date.parse(at), scim.slug)
        .run()
    }
    await scim.call('POST', '/Users', person())
    const to = 'to=2026-02-02T08:00:30Z'
    const query = `outcome=failed&code=emailCapitals&search=Ann&${to}`
    const first = await linesOf(`/tenants/${scim.slug}/activity.csv?${query}`)
    const next = nextOf(first)
    expect(next).toContain('outcome=failed&code=emailCapitals&search=Ann&to=2026-02-02')
    const rest = await linesOf(next)
    expect([first.length, rest.length]).toEqual([2_002, 51])
    // A place behind the time is none: the time counts.
    const page = async (before: string) =>
      words(await (await open(`/tenants/${scim.slug}/activity?${to}&before=${before}`)).text())
    expect(await page('9999.9999.9999')).toContain('in a row')
    expect(await page('9999.9999.9999')).not.toContain('Created the user')
    // And the older page, to whose address the time goes with its seconds, goes on without a gap.
    const shown = await (await open(`/tenants/${scim.slug}/activity?outcome=failed&${to}`)).text()
    const [, older = ''] = /href="\/admin([^"]*)" rel="next"/.exec(shown) ?? []
    expect(older).toContain('to=2026-02-02T08%3A00%3A30')
    const behind = await (await open(older.replaceAll('&amp;', '&'))).text()
    expect(words(behind)).toContain('100 times in a row')
    expect((await linesOf('/audit.csv?from=2100-01-01T00:00')).length).toBe(1)
  })

  it('says so as well when what was searched for lies behind what was looked through', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', wrong())
    await repeatRefusal(scim.slug, 5_100)
    const path = `/tenants/${scim.slug}/activity.csv?code=invalidFilter`
    const lines = await linesOf(path)
    expect([lines.length, lines[1]]).toEqual([2, expect.stringContaining('Not all')])
  })
})

/** As many refusals after the first one of a tenant, which are as it is. */
async function repeatRefusal(slug: string, count: number) {
  const first = await bindings.DB.prepare(
    'select * from refusals where tenant_id = (select id from tenants where slug = ?) and seq = 1',
  )
    .bind(slug)
    .first()
  const others = Object.keys(first ?? {})
    .filter((name) => name !== 'seq')
    .join(', ')
  await bindings.DB.prepare(
    `insert into refusals (seq, ${others})
     with recursive n(i) as (select 2 union all select i + 1 from n where i <= ?2)
     select i, ${others} from n, refusals
     where tenant_id = (select id from tenants where slug = ?1) and seq = 1`,
  )
    .bind(slug, count)
    .run()
}

describe('a line of the log', () => {
  /** The part of a page that shows a line; empty where there is none. */
  const panelOf = (html: string) => html.split('<section id="line"')[1] ?? ''

  it('is shown beside the list at an address of its own, with all that is kept of it', async () => {
    const scim = await tenant()
    const secret = { ...wrong(), password: 'S3cret-of-Ann' }
    const refused = await scim.call('POST', '/Users', secret)
    const path = `/tenants/${scim.slug}/activity`
    const list = await (await open(`${path}?outcome=failed`)).text()
    expect(panelOf(list)).toBe('')
    const [, href = ''] = /href="\/admin([^"]*)" data-line="refusal\.1"/.exec(list) ?? []
    const html = await (await open(href.replaceAll('&amp;', '&'))).text()
    expect(html).toContain('aria-current="true"')
    const panel = panelOf(html)
    expect(panel).toContain(`href="/admin${path}?outcome=failed" data-close`)
    const text = words(panel)
    for (const part of [refused.body.detail, '"userName": "Ann@Example.com"', '(not kept)']) {
      expect(text).toContain(part)
    }
    expect(text).not.toContain('S3cret')
    expect(text).toContain('POST /Users answered 400')
    expect(panel).toContain('/person?name=Ann%40Example.com"')
    for (const id of ['line-request', 'line-reason', 'sent-text', 'answered-text']) {
      expect(panel).toContain(`data-copy="${id}"`)
      expect(panel).toContain(`id="${id}"`)
    }
    expect(panel).toContain(refused.headers.get('X-Request-Id'))
  })

  it('of a change has its events, the person and the team', async () => {
    const scim = await tenant()
    const ann = await scim.call('POST', '/Users', person())
    const members = [{ value: ann.body.id }]
    const team = await scim.call('POST', '/Groups', { displayName: 'Engineering', members })
    const panel = panelOf(await (await open(`/tenants/${scim.slug}/activity?line=event.3`)).text())
    expect(words(panel)).toContain('2 events')
    expect(words(panel)).toMatch(/Event 2 · team\.created .*Event 3 · team\.member_added/)
    for (const place of [`users/${ann.body.id}`, `teams/${team.body.id}`]) {
      expect(panel).toContain(`/admin/tenants/${scim.slug}/${place}"`)
    }
  })

  it('of many changes says that there are more than are shown, wherever a page ends', async () => {
    const scim = await tenant()
    const ids = []
    for (let count = 0; count < 3; count += 1) {
      ids.push((await scim.call('POST', '/Users', person())).body.id)
    }
    const members = ids.map((value) => ({ value }))
    await scim.call('POST', '/Groups', { displayName: 'Sales', members })
    const found = await findTenant(bindings.DB, scim.slug)
    const tenantId = found.ok ? found.value.id : 0
    const read = async (event: number, limit: number) => {
      const before = { event, refusal: 1, passedOver: 1 }
      const query = { tenantId, before, limit, code: '', search: '' }
      const page = await readActivityPage(bindings.DB, query)
      if (!page.ok) throw new Error(page.error.kind)
      return page.value.activity.map(({ changes, isPart }) => [changes?.length, isPart === true])
    }
    // Events 1 to 3 are the people, 4 to 7 the team with its members.
    expect(await read(99, 3)).toEqual([[3, true]])
    expect(await read(99, 4)).toEqual([[4, false]])
    expect(await read(99, 5)).toEqual([
      [4, false],
      [1, false],
    ])
    expect(await read(6, 3)).toEqual([
      [2, true],
      [1, false],
    ])
    const whole = await readLine(bindings.DB, tenantId, { kind: 'event', seq: 5 })
    expect(whole.ok && [whole.value?.changes?.length, whole.value?.isPart]).toEqual([4, undefined])
  })

  it('is answered alone to the script, and says when it is no longer kept', async () => {
    const [scim, other] = [await tenant(), await tenant()]
    await other.call('POST', '/Users', person())
    const path = `/tenants/${scim.slug}/activity?line=`
    const alone = { 'Rollcall-Part': 'line' }
    const part = await (await open(`${path}event.1`, undefined, alone)).text()
    expect(part).toContain('<section id="line"')
    expect(part).not.toContain('<main')
    for (const line of ['event.1', 'refusal.9', 'passedOver.1']) {
      const html = await (await open(`${path}${line}`)).text()
      expect(words(panelOf(html))).toContain('The log has nothing of this request any more.')
    }
    expect(panelOf(await (await open(`${path}nonsense`)).text())).toBe('')
  })

  it('costs few rows, however long the log and the request', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const found = await findTenant(bindings.DB, scim.slug)
    if (!found.ok) throw new Error('No tenant')
    const { id } = found.value
    await bindings.DB.prepare(
      `insert into events (tenant_id, seq, type, resource_id, at, resource, changes, cause)
       with recursive n(i) as (select 2 union all select i + 1 from n where i < 3000)
       select ?1, i, 'user.updated', 'large', 1, '{}', '{}', '{"requestId":"same","tokenId":""}'
       from n`,
    )
      .bind(id)
      .run()
    const counts = newCounts()
    const read = await readLine(countDatabase(bindings.DB, counts), id, {
      kind: 'event',
      seq: 1500,
    })
    expect(read.ok && read.value?.changes?.length).toBe(51)
    expect(counts.rowsRead).toBeLessThan(60)
  })
})

describe('people', () => {
  it('without a display name are shown with given and family name, and told apart', async () => {
    const scim = await tenant()
    const name = { givenName: 'Ada', familyName: 'Lovelace' }
    const [first, second] = [person({ name }), person({ name })]
    delete first['displayName']
    delete second['displayName']
    const members: { value: string }[] = []
    for (const one of [first, second]) {
      members.push({ value: (await scim.call('POST', '/Users', one)).body.id })
    }
    const team = await scim.call('POST', '/Groups', { displayName: 'Analysts', members })
    const list = words(await (await open(`/tenants/${scim.slug}/users`)).text())
    expect(list).toContain(`Ada Lovelace ${first['userName']}`)
    expect(list).toContain(`Ada Lovelace ${second['userName']}`)
    const page = words(await (await open(`/tenants/${scim.slug}/teams/${team.body.id}`)).text())
    expect(page).toContain(`Ada Lovelace ${first['userName']}`)
    expect(page).toContain(`Ada Lovelace ${second['userName']}`)
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
