/** Problems: who is missing or out of date now, and what was sent. */
import { createScheduledController } from 'cloudflare:test'
import fc from 'fast-check'
import { describe, expect, it, vi } from 'vitest'
import { subjectOf } from '../../src/activity/identity'
import { recordRefusals } from '../../src/activity/record'
import { readExchanges, readProblems, type Problem } from '../../src/activity/problems'
import worker from '../../src/index'
import { afterAnswers } from '../support/after-answers'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

async function idOf(slug: string): Promise<number> {
  const found = await bindings.DB.prepare('select id from tenants where slug = ?')
    .bind(slug)
    .first()
  return Number(found?.['id'])
}

async function problemsOf(scim: ScimClient): Promise<readonly Problem[]> {
  await afterAnswers()
  const read = await readProblems(bindings.DB, await idOf(scim.slug))
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  return read.value.problems
}

async function shown(scim: ScimClient) {
  const list = await problemsOf(scim)
  return list.map(({ name, code, tries, presentId }) => [name, code, tries, presentId !== null])
}

async function bodiesOf(scim: ScimClient) {
  const [problem] = await problemsOf(scim)
  const read = await readExchanges(bindings.DB, await idOf(scim.slug), [problem?.seq ?? 0])
  return read.ok ? read.value.get(problem?.seq ?? 0) : undefined
}

describe('a problem', () => {
  it('is one person, however often the request is tried, and goes when the person comes', async () => {
    const scim = await tenant()
    const ann = person({ userName: 'Ann.Problem@Example.com', externalId: 'ann-1' })
    await scim.call('POST', '/Users', ann)
    await scim.call('POST', '/Users', ann)
    await scim.call('POST', '/Users', person({ userName: 'Bob@Example.com' }))
    expect(await shown(scim)).toEqual([
      ['Bob@Example.com', 'emailCapitals', 1, false],
      ['Ann.Problem@Example.com', 'emailCapitals', 2, false],
    ])
    const [, problem] = await problemsOf(scim)
    expect(problem?.firstAt).toBeLessThanOrEqual(problem?.lastAt ?? 0)
    // Under another name, with the identifier of the provider.
    const fixed = person({ externalId: 'ann-1' })
    expect((await scim.call('POST', '/Users', fixed)).status).toBe(201)
    expect((await shown(scim)).map(([name]) => name)).toEqual(['Bob@Example.com'])
    const bob = person({ userName: 'bob@example.com', emails: [] })
    expect((await scim.call('POST', '/Users', bob)).status).toBe(201)
    expect(await shown(scim)).toEqual([])
  })

  it('begins anew for somebody who had come', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person())
    const path = `/Users/${made.body.id}`
    const wrong = patch({ op: 'replace', path: 'displayName', value: 'a;b' })
    await scim.call('PATCH', path, wrong)
    await scim.call('PATCH', path, wrong)
    expect(await shown(scim)).toEqual([[made.body.userName, 'nameCharacters', 2, true]])
    await scim.call('PATCH', path, patch({ op: 'replace', path: 'displayName', value: 'Ann B' }))
    expect(await shown(scim)).toEqual([])
    await scim.call('PATCH', path, wrong)
    expect(await shown(scim)).toEqual([[made.body.userName, 'nameCharacters', 1, true]])
    await scim.call('DELETE', path)
    expect(await shown(scim)).toEqual([])
  })

  it('of a team stays until those are in it who were to join, whatever else is changed', async () => {
    const scim = await tenant()
    const team = (await scim.call('POST', '/Groups', { displayName: 'Sales' })).body.id
    const ann = (await scim.call('POST', '/Users', person())).body.id
    const join = (value: string) => patch({ op: 'add', path: 'members', value: [{ value }] })
    const gone = (await scim.call('POST', '/Users', person())).body.id
    await scim.call('DELETE', `/Users/${gone}`)
    const refused = await scim.call('PATCH', `/Groups/${team}`, join(gone))
    expect(refused.code).toBe('unknownMembers')
    expect(await shown(scim)).toEqual([['Sales', 'unknownMembers', 1, true]])
    await scim.call('PATCH', `/Groups/${team}`, join(ann))
    expect(await shown(scim)).toEqual([['Sales', 'unknownMembers', 1, true]])
    await scim.call('DELETE', `/Groups/${team}`)
    expect(await shown(scim)).toEqual([])
  })

  it('stays, whatever happens to somebody else who has the name that was wanted', async () => {
    const scim = await tenant()
    const emails: string[] = []
    const ids: string[] = []
    for (const userName of ['ann@example.com', 'bob@example.com']) {
      ids.push((await scim.call('POST', '/Users', person({ userName, emails }))).body.id)
    }
    const [ann, bob] = ids
    const rename = person({ userName: 'bob@example.com', emails })
    expect((await scim.call('PUT', `/Users/${ann}`, rename)).status).toBe(409)
    const stale = [['ann@example.com', ann]]
    const now = async () => (await problemsOf(scim)).map(({ name, presentId }) => [name, presentId])
    expect(await now()).toEqual(stale)
    const other = patch({ op: 'replace', path: 'title', value: 'Boss' })
    expect((await scim.call('PATCH', `/Users/${bob}`, other)).status).toBe(200)
    expect(await now()).toEqual(stale)
    await scim.call('DELETE', `/Users/${bob}`)
    expect(await now()).toEqual(stale)
    expect((await scim.call('PUT', `/Users/${ann}`, rename)).status).toBe(200)
    expect(await now()).toEqual([])
    const team = await scim.call('POST', '/Groups', { displayName: 'Sales' })
    const second = await scim.call('POST', '/Groups', { displayName: 'Support' })
    await scim.call('PUT', `/Groups/${team.body.id}`, { displayName: 'Support' })
    await scim.call('PUT', `/Groups/${second.body.id}`, { displayName: 'Support', externalId: 'x' })
    expect(await now()).toEqual([['Sales', team.body.id]])
  })

  it('is no deletion of somebody who is not there', async () => {
    const scim = await tenant()
    await scim.call('DELETE', '/Users/nobody')
    expect(await shown(scim)).toEqual([])
    await scim.call('PATCH', '/Users/nobody', patch({ op: 'replace', path: 'title', value: 'x' }))
    expect(await shown(scim)).toEqual([[null, 'resourceNotFound', 1, false]])
  })

  it('is told of each refused operation of a Bulk', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Bulk', {
      schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
      Operations: ['Ann@Example.com', 'Bob@Example.com'].map((userName, index) => ({
        method: 'POST',
        path: '/Users',
        bulkId: `b${index}`,
        data: person({ userName }),
      })),
    })
    const names = (await shown(scim)).map(([name]) => name)
    expect(names.toSorted()).toEqual(['Ann@Example.com', 'Bob@Example.com'])
  })

  it('is of its own tenant', async () => {
    const [one, other] = [await tenant(), await tenant()]
    await one.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    expect(await shown(other)).toEqual([])
    // The same name in another tenant is somebody else.
    await other.call('POST', '/Users', person({ userName: 'ann@example.com', emails: [] }))
    expect(await shown(one)).toHaveLength(1)
  })
})

describe('a team', () => {
  it('that was refused, came and was deleted is not missing', async () => {
    const scim = await tenant()
    const wrong = { displayName: 'Sales<', externalId: 'sales-1' }
    expect((await scim.call('POST', '/Groups', wrong)).status).toBe(400)
    expect((await shown(scim)).map(([name]) => name)).toEqual(['Sales<'])
    const made = await scim.call('POST', '/Groups', { ...wrong, displayName: 'Sales' })
    expect(await shown(scim)).toEqual([])
    await scim.call('DELETE', `/Groups/${made.body.id}`)
    expect(await shown(scim)).toEqual([])
  })
})

describe('problems, whatever happens in whatever order,', () => {
  it('are those of whom the last request was refused, each once, with its tries', async () => {
    const scim = await tenant({ guard: { deactivations: 1 } })
    const names = ['ann', 'bob'] as const
    const step = fc.record({
      name: fc.constantFrom(...names),
      action: fc.constantFrom('refuse', 'refuse', 'correct', 'remove'),
    })
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 12 }), async (steps) => {
        const run = crypto.randomUUID().slice(0, 8)
        const ids = new Map<string, string>()
        const tries = new Map<string, number>()
        let title = 0
        for (const { name, action } of steps) {
          const userName = `${name}-${run}@example.com`
          const id = ids.get(name)
          title += 1
          const value = action === 'refuse' ? '' : `Title ${title}`
          if (action === 'remove') {
            if (id === undefined) continue
            await scim.call('DELETE', `/Users/${id}`)
            ids.delete(name)
            // A deletion is seen when somebody asks, or by the job: from then on tries count anew.
            await problemsOf(scim)
          } else if (id === undefined) {
            const sent = action === 'refuse' ? userName.toUpperCase() : userName
            const body = { ...person({ userName: sent }), emails: [] }
            const made = await scim.call('POST', '/Users', body)
            expect(made.status).toBe(action === 'refuse' ? 400 : 201)
            if (action === 'correct') ids.set(name, made.body.id)
          } else {
            const path = value === '' ? 'userName' : 'title'
            const change = patch({ op: 'replace', path, value })
            const answer = await scim.call('PATCH', `/Users/${id}`, change)
            expect(answer.status).toBe(action === 'refuse' ? 400 : 200)
          }
          tries.set(name, action === 'refuse' ? (tries.get(name) ?? 0) + 1 : 0)
        }
        const open = (await problemsOf(scim)).filter(
          ({ name }) => name?.includes(run.toUpperCase()) || name?.includes(run),
        )
        const expected = names.flatMap((name) => {
          const count = tries.get(name) ?? 0
          return count === 0 ? [] : [[`${name}-${run}@example.com`, count, ids.has(name)]]
        })
        expect(
          open
            .map(({ name, tries: count, presentId }) => [
              name?.toLowerCase(),
              count,
              presentId !== null,
            ])
            .toSorted((left, right) => (String(left[0]) < String(right[0]) ? -1 : 1)),
        ).toEqual(expected)
      }),
      { numRuns: 25 },
    )
  })
})

describe('the upgrade', () => {
  it('makes problems of what was refused before, the same as they would be', async () => {
    const scim = await tenant()
    const ann = person({ userName: 'Ann.Before@Example.com' })
    await scim.call('POST', '/Users', ann)
    await scim.call('POST', '/Users', ann)
    const made = await scim.call('POST', '/Users', person())
    const wrong = patch({ op: 'replace', path: 'displayName', value: 'a;b' })
    await scim.call('PATCH', `/Users/${made.body.id}`, wrong)
    await scim.call('DELETE', '/Users/nobody')
    const team = await scim.call('POST', '/Groups', { displayName: 'Sales' })
    await scim.call('PATCH', `/Groups/${team.body.id}`, patch({ op: 'replace', path: 'nothing' }))
    const before = await problemsOf(scim)
    expect(before).toHaveLength(3)
    const { TEST_MIGRATIONS } = bindings as unknown as {
      readonly TEST_MIGRATIONS: readonly { readonly queries: readonly string[] }[]
    }
    const fill = TEST_MIGRATIONS.flatMap(({ queries }) => queries).find((sql) =>
      sql.includes('INSERT OR IGNORE INTO `problems`'),
    )
    const id = await idOf(scim.slug)
    await bindings.DB.batch([
      bindings.DB.prepare('delete from problems where tenant_id = ?').bind(id),
      bindings.DB.prepare(fill ?? ''),
    ])
    const plain = (list: readonly Problem[]) =>
      list
        .map((problem) => ({ ...problem, externalId: null, firstAt: 0, lastAt: 0 }))
        .toSorted((left, right) => (left.key < right.key ? -1 : 1))
    expect(plain(await problemsOf(scim))).toEqual(plain(before))
  })
})

describe('a refused request', () => {
  it('writes a few rows, and as few the hundredth time as the second', async () => {
    const scim = await tenant()
    const tenantId = await idOf(scim.slug)
    const written: number[] = []
    const refused = {
      tenantId,
      method: 'POST',
      path: '/Users',
      status: 400,
      code: 'emailCapitals',
      detail: '',
      subject: 'Ann@Example.com',
      cause: { requestId: '1', tokenId: '1' },
      about: subjectOf('POST', '/Users', {
        userName: 'Ann@Example.com',
        externalId: '1',
        displayName: 'Ann',
        emails: [{ value: 'Ann@Example.com' }],
      }),
      exchange: { sent: '{}', answered: '{}' },
    }
    for (let count = 0; count < 100; count += 1) {
      const counts = newCounts()
      await recordRefusals(countDatabase(bindings.DB, counts), [refused])
      written.push(counts.rowsWritten)
    }
    expect(written[0]).toBeLessThanOrEqual(14)
    expect(new Set(written.slice(1)).size).toBe(1)
    expect(written[1]).toBeLessThanOrEqual(10)
  })

  it('reads as few rows, and so does the list, in a tenant in which many were deleted', async () => {
    const scim = await tenant()
    const tenantId = await idOf(scim.slug)
    const userName = 'Ann@Example.com'
    const subject = { cause: { requestId: '1', tokenId: '1' }, subject: userName, detail: '' }
    const request = { method: 'POST', path: '/Users', status: 400, code: 'emailCapitals' }
    const about = subjectOf('POST', '/Users', { userName, externalId: '1' })
    const refused = { tenantId, ...request, ...subject, about, exchange: undefined }
    const read: (readonly number[])[] = []
    for (const size of [10, 2_000]) {
      const numbers = JSON.stringify(Array.from({ length: size }, (_, index) => size + index))
      await bindings.DB.prepare(
        `insert into departures (tenant_id, seq, user_id, at, user_name, name_key, external_id)
         select ?, number.value, 'x' || number.value, ?, '', 'x' || number.value, 'x' || number.value
         from json_each(?) as number`,
      )
        .bind(tenantId, Date.now() + 60_000, numbers)
        .run()
      const [write, list] = [newCounts(), newCounts()]
      await recordRefusals(countDatabase(bindings.DB, write), [refused])
      await readProblems(countDatabase(bindings.DB, list), tenantId)
      read.push([write.rowsRead, list.rowsRead])
    }
    const [few = [], many = []] = read
    many.forEach((rows, index) => expect(rows - (few[index] ?? 0)).toBeLessThan(50))
  })
})

describe('what was sent with a refused request', () => {
  it('is kept without secrets, beside the answer', async () => {
    const scim = await tenant()
    const body = person({ userName: 'Ann@Example.com', password: 'correct horse', title: 'Boss' })
    const refused = await scim.call('POST', '/Users', body)
    const kept = await bodiesOf(scim)
    expect(JSON.parse(kept?.sent ?? '')).toMatchObject({ title: 'Boss', password: '(not kept)' })
    expect(kept?.sent).not.toContain('correct horse')
    expect(JSON.parse(kept?.answered ?? '')).toEqual(refused.body)
    const { results } = await bindings.DB.prepare('select * from exchanges').all()
    expect(JSON.stringify(results)).not.toContain(scim.token)
  })

  it('leaves no secret of a path or a filter behind, whatever is said of it', async () => {
    const scim = await tenant()
    const { body } = await scim.call('POST', '/Users', person())
    const address = `/Users/${body.id}`
    const wrong = { op: 'replace', path: 'userName', value: '' }
    const paths = [
      'passwords[value eq "hunter2"].value',
      'emails[password eq "hunter2"].value',
      'x509Certificates[value "hunter2"].display',
      'urn:x:2.0:User:apiToken[value eq "hunter2"]',
    ]
    const operations = paths.map((path) => ({ op: 'replace', path, value: 'x' }))
    const inPlaceOfIds = [
      'password eq "hunter2"',
      'api_key eq "hunter2"',
      'x509Certificates[value eq "hunter2"]',
    ]
    const requests: (readonly [string, string, any])[] = [
      ...operations.map((operation) => ['PATCH', address, patch(operation, wrong)] as const),
      ...operations.map((operation) => ['PATCH', address, patch(operation)] as const),
      ...paths.map(
        (path) => ['PATCH', address, patch({ op: 'add', value: { [path]: 'x' } })] as const,
      ),
      ['PATCH', address, patch(...operations, { op: 'replace', path: 'active', value: false })],
      [
        'PATCH',
        address,
        patch(
          { op: 'remove', path: 'x509Certificates[value eq "hunter2" or value eq "hunter2"]' },
          { op: 'replace', path: 'active', value: false },
        ),
      ],
      ['POST', '/Users/.search', { filter: 'password eq "hunter2"' }],
      ['POST', '/.search', { filter: 'title eq "Boss" and passwords eq "hunter2"' }],
      ['POST', '/Users/.search', { filter: 'x509Certificates.value eq "a" "hunter2"' }],
      ...inPlaceOfIds.map(
        (id) => ['PATCH', `/Users/${encodeURIComponent(id)}`, patch(...operations)] as const,
      ),
    ]
    for (const [method, path, sent] of requests) await scim.call(method, path, sent)
    const bulk = requests.map(([method, path, data]) => ({ method, path, data, bulkId: 'b' }))
    const query = `/Users?filter=${encodeURIComponent('password eq "hunter2"')}`
    const other = { method: 'POST', path: query, data: {}, bulkId: 'c' }
    const schemas = ['urn:ietf:params:scim:api:messages:2.0:BulkRequest']
    await scim.call('POST', '/Bulk', { schemas, Operations: [...bulk, other] })
    await scim.call('POST', '/Bulk', { schemas: ['urn:other'], Operations: [...bulk, other] })
    const tables = await bindings.DB.prepare(
      "select name from sqlite_schema where type = 'table' and name not like '\\_cf%' escape '\\'",
    ).all<{ name: string }>()
    for (const { name } of tables.results) {
      const { results } = await bindings.DB.prepare(`select * from "${name}"`).all()
      expect([
        name,
        ...results.map((row) => JSON.stringify(row)).filter((row) => row.includes('hunter2')),
      ]).toEqual([name])
    }
    const { results } = await bindings.DB.prepare('select sent from exchanges where tenant_id = ?')
      .bind(await idOf(scim.slug))
      .all<{ sent: string }>()
    expect(results.length).toBeGreaterThan(20)
    const kept = results.filter(({ sent }) => sent.includes('(not kept)'))
    expect(kept.length).toBeGreaterThan(20)
  })

  it('is kept of the latest 2,000 refusals of a tenant alone', async () => {
    const scim = await tenant()
    const id = await idOf(scim.slug)
    const insert = bindings.DB.prepare(
      "insert into exchanges (tenant_id, seq, at, request_id, sent, answered) values (?, ?, ?, '', '', '')",
    )
    const now = Date.now()
    await bindings.DB.batch([-1_999, -1_998].map((seq) => insert.bind(id, seq, now)))
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const { results } = await bindings.DB.prepare(
      'select seq from exchanges where tenant_id = ? order by seq',
    )
      .bind(id)
      .all()
    expect(results).toEqual([{ seq: -1_998 }, { seq: 1 }])
  })

  it('is not kept where the tenant says 0 days', async () => {
    const scim = await tenant({ 'retention.exchanges': 0 })
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    expect(await shown(scim)).toHaveLength(1)
    expect(await bodiesOf(scim)).toBeUndefined()
  })

  it('goes after its days, and the problem after those of refusals', async () => {
    const scim = await tenant({ retention: { exchanges: 3, activity: 10 } })
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const night = async (days: number) => {
      const scheduledTime = new Date(Date.now() + days * 86_400_000)
      const clock = vi.spyOn(Date, 'now').mockReturnValue(scheduledTime.getTime())
      await worker.scheduled(createScheduledController({ scheduledTime }), bindings)
      clock.mockRestore()
    }
    await night(2)
    expect(await bodiesOf(scim)).toBeDefined()
    await night(4)
    expect(await bodiesOf(scim)).toBeUndefined()
    expect(await shown(scim)).toHaveLength(1)
    await night(11)
    expect(await shown(scim)).toEqual([])
  })

  it('goes with its tenant', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    const id = await idOf(scim.slug)
    await admin.call('DELETE', `/tenants/${scim.slug}`)
    for (const table of ['problems', 'exchanges']) {
      const sql = `select count(*) as rows from ${table} where tenant_id = ?`
      expect(await bindings.DB.prepare(sql).bind(id).first('rows')).toBe(0)
    }
  })
})
