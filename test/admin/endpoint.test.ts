/** The events of an endpoint: seen, sent once more, left out, replayed from a time. */
import { describe, expect, inject, it } from 'vitest'
import { words } from '../support/console'
import { open } from '../support/signed-in'
import { admin, bindings, tenant } from '../support/gateway'
import type { Reply } from '../support/sink'
import { person, type ScimClient } from '../support/tenant'

async function endpoint(...replies: readonly Reply[]) {
  return endpointOf(await tenant(), ...replies)
}

async function endpointOf(scim: ScimClient, ...replies: readonly Reply[]) {
  const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
  await fetch(url, { method: 'PUT', body: JSON.stringify(replies) })
  const made = await admin.call('POST', `/tenants/${scim.slug}/webhooks`, { url })
  const api = `/tenants/${scim.slug}/webhooks/${made.body.id}`
  const row = await bindings.DB.prepare('select tenant_id from webhooks where id = ?')
    .bind(made.body.id)
    .first<{ tenant_id: number }>()
  const key = { tenantId: Number(row?.tenant_id), id: String(made.body.id) }
  return {
    scim,
    api,
    key,
    page: async (more = '') => words(await (await open(`${api}${more}`)).text()),
    post: (what: string, form: Readonly<Record<string, string>>) => open(`${api}/${what}`, form),
    state: async () => (await admin.call('GET', api)).body,
    seqs: async (): Promise<number[]> =>
      (await (await fetch(url)).json<any[]>()).map(({ body }) => JSON.parse(body).seq),
  }
}

/** Two people, of whose events the second one fails. */
async function failing() {
  const to = await endpoint({ status: 200 }, { status: 500 })
  for (const _ of [1, 2, 3]) await to.scim.call('POST', '/Users', person())
  await expect.poll(async () => (await to.state()).failures).toBe(1)
  return to
}

describe('the events of an endpoint', () => {
  it('are shown with what is delivered, has failed, or waits, and with their bodies', async () => {
    const to = await failing()
    const page = await to.page()
    expect(page).toMatch(/3 \S+ \S+ UTC user\.created Waiting/)
    expect(page).toMatch(/2 \S+ \S+ UTC user\.created Failed/)
    expect(page).toMatch(/1 \S+ \S+ UTC user\.created Delivered/)
    expect(await to.page('?event=1')).toContain('"type": "user.created"')
    expect(await to.page('?event=99')).not.toContain('Body of the event')
  })

  it('are said to be delivered only when they were: not those older than the endpoint, nor those left out', async () => {
    const older = await tenant()
    for (const _ of [1, 2]) await older.call('POST', '/Users', person())
    const to = await endpointOf(older, { status: 200 }, { status: 500 })
    expect(await to.page()).toContain('nothing was delivered yet; it goes on behind event 2 of 2')
    expect(await to.page()).toMatch(/2 \S+ \S+ UTC user\.created Older than this endpoint/)
    expect(await to.page('?event=1')).toContain('Event 1 user.created Older than this endpoint')
    for (const _ of [3, 4, 5]) await older.call('POST', '/Users', person())
    await expect.poll(async () => (await to.state()).failures).toBe(1)
    await to.post('skip', { seq: '4' })
    await expect.poll(async () => (await to.state()).behind).toBe(0)
    const page = await to.page()
    expect(page).toContain('events up to 5 of 5 are done')
    expect(page).toMatch(/5 \S+ \S+ UTC user\.created Delivered/)
    expect(page).toMatch(/4 \S+ \S+ UTC user\.created Left out/)
    expect(page).toMatch(/3 \S+ \S+ UTC user\.created Delivered/)
    expect(page).toMatch(/1 \S+ \S+ UTC user\.created Older than this endpoint/)
    await to.post('resend', { seq: '1' })
    expect(await to.page()).toMatch(/1 \S+ \S+ UTC user\.created Delivered/)
  })

  it('are led to by the one that waits, however many came behind it', async () => {
    const to = await failing()
    for (let count = 0; count < 21; count += 1) await to.scim.call('POST', '/Users', person())
    const page = await (await open(to.api)).text()
    expect(words(page)).not.toMatch(/2 \S+ \S+ UTC user\.created Failed/)
    const [, path = ''] = /Next is <a href="([^"]+)#event">event 2</.exec(page) ?? []
    const next = await to.page(path.slice(path.indexOf('?')).replaceAll('&amp;', '&'))
    expect(next).toMatch(/Event 2 user\.created Failed/)
    expect(next).toContain('Skip this event')
    expect(next).toMatch(/2 \S+ \S+ UTC user\.created Failed/)
  })

  it('are sent once more, and the delivery goes on behind the next one', async () => {
    const to = await failing()
    const { status, headers } = await to.post('resend', { seq: '1' })
    const [, query] = (headers.get('Location') ?? '').split('?')
    expect([status, query]).toEqual([303, 'sent=1&answer=204'])
    expect(await to.page(`?${query}`)).toContain('Event 1 was answered 204.')
    expect(await to.page('?sent=1&answer=status+500')).toContain('not received: it answered 500.')
    expect(await to.page('?sent=1&answer=Call+us')).not.toContain('Call us')
    expect((await to.state()).deliveredUpTo).toBe(1)
    await to.post('resend', { seq: '2' })
    expect((await to.state()).deliveredUpTo).toBeGreaterThanOrEqual(2)
    await expect.poll(async () => (await to.state()).behind).toBe(0)
    expect((await to.seqs()).slice(0, 4)).toEqual([1, 2, 1, 2])
    expect((await to.post('resend', { seq: '99' })).status).toBe(404)
  })

  it('are left out one at a time, once somebody was asked', async () => {
    const to = await failing()
    const asked = await to.page('/skip?seq=2')
    expect(asked).toContain('Skip event 2? ')
    expect((await open(`${to.api}/skip?seq=3`)).status).toBe(404)
    expect((await admin.call('POST', `${to.api}/skip`, { seq: 3 })).status).toBe(400)
    expect((await to.state()).deliveredUpTo).toBe(1)
    expect((await to.post('skip', { seq: '2' })).status).toBe(303)
    await expect.poll(async () => (await to.state()).behind).toBe(0)
    expect(await to.seqs()).toEqual([1, 2, 3])
    const audit = await admin.call('GET', `/tenants/${to.scim.slug}/audit`)
    expect(JSON.stringify(audit.body)).toContain('webhook.skipped')
  })

  it('are not left out before they have happened', async () => {
    const to = await endpoint()
    expect((await open(`${to.api}/skip?seq=1`)).status).toBe(404)
    expect((await admin.call('POST', `${to.api}/skip`, { seq: 1 })).status).toBe(400)
    await to.post('skip', { seq: '1' })
    expect(await to.state()).toMatchObject({ deliveredUpTo: 0, behind: 0 })
    await to.scim.call('POST', '/Users', person())
    await expect.poll(to.seqs).toEqual([1])
  })

  it('are never skipped by a replay: a number behind the delivered one is refused', async () => {
    const to = await failing()
    const answer = await to.post('replay', { after: '2' })
    expect(answer.status).toBe(422)
    expect(words(await answer.text())).toContain('At most 1, the number of the last delivered')
    expect((await to.state()).deliveredUpTo).toBe(1)
  })

  it('are delivered again from a time on', async () => {
    const to = await endpoint()
    for (const _ of [1, 2, 3]) await to.scim.call('POST', '/Users', person())
    await expect.poll(async () => (await to.state()).behind).toBe(0)
    const shift = bindings.DB.prepare(
      'update events set at = at - ? where tenant_id = ? and seq = 1',
    )
    await shift.bind(86_400_000, to.key.tenantId).run()
    const hourAgo = new Date(Date.now() - 3_600_000).toISOString()
    const since = hourAgo.slice(0, 16)
    expect((await to.post('replay-since', { since })).status).toBe(303)
    await expect.poll(to.seqs).toEqual([1, 2, 3, 2, 3])
    expect((await admin.call('POST', `${to.api}/replay`, { since: hourAgo })).status).toBe(200)
    await expect.poll(to.seqs).toEqual([1, 2, 3, 2, 3, 2, 3])
    for (const since of ['yesterday', '2026-02-31T00:00', '2026-01-01T24:00', '2026-11-00T00:00']) {
      expect((await to.post('replay-since', { since })).status).toBe(422)
      const refused = await admin.call('POST', `${to.api}/replay`, { since: `${since}:00Z` })
      expect(refused.status).toBe(400)
    }
    const future = await to.post('replay-since', { since: '2099-01-01T00:00' })
    expect(future.status).toBe(422)
    expect(words(await future.text())).toContain('Nothing was delivered from that time on')
    // A field that was left empty is not the number 0.
    expect((await to.post('replay', { after: '' })).status).toBe(422)
    const none = await admin.call('POST', `${to.api}/replay`, { since: '2000-01-01' })
    expect(none.status).toBe(400)
  })
})
