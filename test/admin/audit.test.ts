/** The audit as a dense page: a span of time, an entry in full beside the list, a file. */
import { describe, expect, it } from 'vitest'
import { readAudit, auditNumberAt } from '../../src/audit/log'
import { findTenant } from '../../src/tenants/store'
import { countDatabase, newCounts } from '../support/counting'
import { words } from '../support/console'
import { admin, bindings, tenant } from '../support/gateway'
import { open } from '../support/signed-in'

const old = Date.UTC(2026, 0, 5, 12)

async function idOf(slug: string): Promise<number> {
  const found = await findTenant(bindings.DB, slug)
  if (!found.ok) throw new Error('No tenant')
  return found.value.id
}

/** A tenant whose creation was long ago, and a change of today. */
async function aged() {
  const scim = await tenant()
  const id = await idOf(scim.slug)
  await bindings.DB.prepare('update audit set at = ?2 where tenant_id = ?1').bind(id, old).run()
  await admin.call('PATCH', `/tenants/${scim.slug}`, { name: 'Renamed & <moved>' })
  return { scim, id, path: `/tenants/${scim.slug}/audit` }
}

const page = async (path: string, headers = {}) => (await open(path, undefined, headers)).text()
const panelOf = (html: string) => html.split('<section id="line"')[1] ?? ''
const linesOf = (html: string) =>
  Array.from(html.matchAll(/data-line="(\d+)"/g), ([, line]) => Number(line))

/** Adds so many entries of one kind behind those of a tenant. */
async function addEntries(slug: string, id: number, count: number): Promise<void> {
  await bindings.DB.prepare(
    `insert into audit (tenant_id, seq, at, actor, role, action, subject, request_id)
     with recursive n(i) as (select 1 union all select i + 1 from n where i < ?4)
     select ?1, (select max(seq) from audit where tenant_id = ?1) + i, ?2, 'x', 'owner',
       'tenant.changed', ?3, 'r' from n`,
  )
    .bind(id, Date.now(), slug, count)
    .run()
}

describe('the audit', () => {
  it('shows a span of time, from page to page', async () => {
    const { path } = await aged()
    const all = linesOf(await page(path))
    expect(all.length).toBeGreaterThan(1)
    expect(linesOf(await page(`${path}?to=2026-01-06T00:00`))).toEqual(all.slice(1))
    expect(linesOf(await page(`${path}?from=2026-01-06T00:00`))).toEqual(all.slice(0, 1))
    expect(linesOf(await page(`${path}?from=2026-01-01T00:00&to=2026-01-05T12:00`))).toEqual([])
    expect(await page(`${path}?from=2026-01-06T00:00`)).toContain('value="2026-01-06T00:00"')
    for (const nonsense of ['from=&to=', 'line=x', 'before=0']) {
      expect(linesOf(await page(`${path}?${nonsense}`))).toEqual(all)
    }
    // An end of the span holds on every page, wherever that begins.
    expect(linesOf(await page(`${path}?to=2026-01-06T00:00&before=${(all[0] ?? 0) + 1}`))).toEqual(
      all.slice(1),
    )
  })

  it.each([
    'from=nonsense',
    'to=2026-99-99T99:99',
    'from=2026-02-31T00:00',
    'to=2025-02-29T00:00',
    'to=2026-04-31T10:00:00Z',
    'to=2026-01-01T24:00',
    'from=2026-11-29',
  ])('shows nothing for a time that does not exist: %s', async (query) => {
    const { path } = await aged()
    for (const address of [path, `${path}.csv`, '/audit', '/audit.csv']) {
      const answer = await open(`${address}?${query}`)
      expect(answer.status).toBe(400)
      const [, name = ''] = /^(\w+)=/.exec(query) ?? []
      const text = words(await answer.text())
      expect(text).toContain(`"${name}" must be a time that exists, such as 2026-11-29T08:00:00Z.`)
    }
    const log = path.replace('/audit', '/activity')
    expect((await open(`${log}?${query}`)).status).toBe(400)
    expect((await open(`${log}.csv?${query}`)).status).toBe(400)
    for (const address of [path, '/audit']) {
      const { status, body } = await admin.call('GET', `${address}?${query}`)
      expect(status).toBe(400)
      expect(body.errors).toEqual([
        {
          parameter: query.split('=')[0],
          detail: 'must be a time that exists, such as 2026-11-29T08:00:00Z',
        },
      ])
    }
  })

  it.each([
    ['from=2026-11-29T09:00&to=2026-11-29T08:00', 400],
    ['from=2026-11-29T08:00&to=2026-11-29T08:00', 400],
    ['from=2026-11-29T10:00:00%2B02:00&to=2026-11-29T08:00:00Z', 400],
    ['from=2026-11-29T10:00:00%2B02:00&to=2026-11-29T08:00:00.001Z', 200],
  ])(
    'shows nothing for a span that ends before it begins, and says why: %s',
    async (query, status) => {
      const { path } = await aged()
      const log = path.replace('/audit', '/activity')
      for (const address of [path, `${path}.csv`, '/audit', '/audit.csv', log, `${log}.csv`]) {
        const answer = await open(`${address}?${query}`)
        expect([address, answer.status]).toEqual([address, status])
        const says = words(await answer.text()).includes('"from" must be before "to".')
        expect(says).toBe(status === 400)
      }
      for (const address of [path, '/audit']) {
        const answer = await admin.call('GET', `${address}?${query}`)
        expect(answer.status).toBe(status)
        const fault = { parameter: 'from', detail: 'must be before "to"' }
        expect(answer.body.errors).toEqual(status === 400 ? [fault] : undefined)
      }
    },
  )

  it('answers a span of time as JSON, from page to page', async () => {
    const { path } = await aged()
    const read = async (query: string) => (await admin.call('GET', `${path}?${query}`)).body
    const numbers = async (query: string) =>
      (await read(query)).entries.map(({ seq }: { seq: number }) => seq)
    const all = await numbers('')
    expect(all.length).toBeGreaterThan(1)
    expect(await numbers('to=2026-01-06T00:00:00Z')).toEqual(all.slice(1))
    expect(await numbers('from=2026-01-06T00:00:00Z')).toEqual(all.slice(0, 1))
    // The first moment is of the span, the last is not.
    expect(await numbers('from=2026-01-05T12:00:00Z&to=2026-01-05T12:00:00.001Z')).toEqual(
      all.slice(1),
    )
    expect(await numbers('from=2026-01-01T00:00:00Z&to=2026-01-05T12:00:00Z')).toEqual([])
    // With an offset, and without one, in UTC, as the page has it.
    expect(await numbers('to=2026-01-05T14:01:00%2B02:00')).toEqual(all.slice(1))
    expect(await numbers('to=2026-01-05T14:00:00%2B02:00')).toEqual([])
    expect(await numbers('to=2026-01-05T12:01')).toEqual(all.slice(1))
    const seen: number[] = []
    let before: number | null = Number.MAX_SAFE_INTEGER
    while (before !== null) {
      const part = await read(`to=2026-01-06T00:00Z&limit=1&before=${before}`)
      seen.push(...part.entries.map(({ seq }: { seq: number }) => seq))
      before = part.before
    }
    expect(seen).toEqual(all.slice(1))
    expect((await read('from=2026-01-06T00:00Z&limit=1')).entries).toHaveLength(1)
    const outside = (await admin.call('GET', '/audit?to=2026-01-01T00:00Z')).body
    expect(outside).toEqual({ entries: [], before: null })
    for (const query of ['from=', 'to=%20', 'since=2026-01-01T00:00Z']) {
      expect((await admin.call('GET', `${path}?${query}`)).status).toBe(400)
    }
  })

  it('shows a name that looks like a time which does not exist', async () => {
    const { scim, path } = await aged()
    for (const name of ['2026-99-99T00:00:00Z', '2026-02-31T00:00:00Z']) {
      await admin.call('PATCH', `/tenants/${scim.slug}`, { name })
      const answer = await open(path)
      expect(answer.status).toBe(200)
      expect(words(await answer.text())).toContain(name)
    }
  })

  it('keeps the span and the database on older pages, and leads back to the newest', async () => {
    const { scim, id, path } = await aged()
    await addEntries(scim.slug, id, 120)
    const seen: number[] = []
    let next: string | undefined = `${path}?from=2026-01-06T00:00`
    for (let pages = 0; next !== undefined && pages < 5; pages += 1) {
      const html = await page(next)
      seen.push(...linesOf(html))
      next = /<a href="\/admin([^"]*)" rel="next"/.exec(html)?.[1]?.replaceAll('&amp;', '&')
      if (next) expect(next).toContain('from=2026-01-06T00%3A00')
      if (pages > 0) expect(html).toContain(`href="/admin${path}?from=2026-01-06T00%3A00">Newest`)
    }
    expect(new Set(seen).size).toBe(121)
    const ofAll = await page('/audit?database=DB')
    expect(ofAll).toContain('name="database" value="DB"')
    expect(ofAll).toContain('href="/admin/audit.csv?database=DB"')
    expect((await open('/audit.csv?database=NONE')).status).toBe(404)
  })

  it('shows an entry in full at an address of its own, and to the script alone', async () => {
    const { scim, path } = await aged()
    const html = await page(`${path}?from=2026-01-06T00:00`)
    expect(panelOf(html)).toBe('')
    const [, href = ''] = /href="\/admin([^"]*)" data-line=/.exec(html) ?? []
    const whole = await page(href.replaceAll('&amp;', '&'))
    expect(whole).toContain('aria-current="true"')
    const panel = panelOf(whole)
    expect(panel).toContain(`href="/admin${path}?from=2026-01-06T00%3A00" data-close`)
    const text = words(panel)
    for (const part of ['changed the tenant', 'as owner', '"name": "Renamed & <moved>"']) {
      expect(text).toContain(part)
    }
    for (const id of ['line-subject', 'line-request', 'before-text', 'after-text']) {
      expect(panel).toContain(`data-copy="${id}"`)
      expect(panel).toContain(`id="${id}"`)
    }
    const alone = await page(href.replaceAll('&amp;', '&'), { 'Rollcall-Part': 'line' })
    expect(alone).toContain('<section id="line"')
    expect(alone).not.toContain('<main')
    const { entries } = (await admin.call('GET', '/audit?limit=1')).body
    const ofAll = panelOf(await page(`/audit?line=${entries[0].position}`))
    expect(words(ofAll)).toContain(`Tenant ${scim.slug}`)
  })

  it('shows no entry of another tenant', async () => {
    const { path } = await aged()
    const other = await tenant()
    const { entries } = (await admin.call('GET', `/tenants/${other.slug}/audit`)).body
    for (const line of [entries[0].position, 99, 999_999_999]) {
      const panel = panelOf(await page(`${path}?line=${line}`))
      expect(words(panel)).toContain('The audit has no such entry')
    }
  })

  it('is a file for a spreadsheet, in which nothing is a formula', async () => {
    const { scim, path } = await aged()
    await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: '=cmd|"/c calc"!A0' })
    const answer = await open(`${path}.csv`)
    expect(answer.headers.get('Content-Type')).toContain('text/csv')
    expect(answer.headers.get('Content-Disposition')).toContain(`"${scim.slug}-audit.csv"`)
    const bytes = new Uint8Array(await answer.clone().arrayBuffer())
    expect(bytes.slice(0, 3)).toEqual(new Uint8Array([0xef, 0xbb, 0xbf]))
    const lines = (await answer.text()).trim().split('\r\n')
    expect(lines[0]).toBe(
      '"time","who","role","action","what","tenant","subject","label","before","after","request"',
    )
    expect(lines[1]).toContain('"token.created","generated a token"')
    expect(lines[1]).toContain(`"'=cmd|""/c calc""!A0"`)
    expect(lines[2]).toContain(`"${scim.slug}","${scim.slug}",""`)
    expect(lines[2]).toContain('""name"":""Renamed & <moved>""')
    const part = await (await open(`${path}.csv?to=2026-01-06T00:00`)).text()
    expect(part.trim().split('\r\n').slice(1)).toEqual(lines.slice(3))
    const all = await (await open('/audit.csv')).text()
    expect(all).toContain(`"${scim.slug}","${scim.slug}"`)
  })

  it('ends its file early with a line that says so', async () => {
    const { scim, id, path } = await aged()
    await addEntries(scim.slug, id, 2_000)
    const lines = (await (await open(`${path}.csv`)).text()).trim().split('\r\n')
    expect(lines).toHaveLength(2_002)
    const [, before] = /audit\.csv\?before=(\d+)"$/.exec(lines.at(-1) ?? '') ?? []
    const rest = (await (await open(`${path}.csv?before=${before}`)).text()).trim().split('\r\n')
    const { entries } = (await admin.call('GET', `${path}?limit=1&before=${before}`)).body
    expect(rest[1]).toContain(entries[0].requestId)
    expect(rest.at(-1)).not.toContain('Not all')
  })

  it('finds a time and an entry with few rows, however long it is', async () => {
    const { scim, id } = await aged()
    await bindings.DB.prepare(
      `insert into audit (tenant_id, seq, at, actor, role, action, subject, request_id)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
       select ?1, 1000 + i, ?2 + i, 'x', 'owner', 'tenant.changed', ?3, 'r' from n`,
    )
      .bind(id, Date.now(), scim.slug)
      .run()
    for (const tenantId of [id, undefined]) {
      const counts = newCounts()
      const database = countDatabase(bindings.DB, counts)
      const number = await auditNumberAt(database, tenantId, Date.now() + 1_500)
      const read = await readAudit(database, {
        tenantId,
        before: number.ok ? number.value : 0,
        limit: 1,
      })
      expect(read.ok && read.value.entries).toHaveLength(1)
      expect(counts.rowsRead).toBeLessThan(120)
    }
  })
})
