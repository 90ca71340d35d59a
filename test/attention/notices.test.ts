/** What needs somebody: read for all tenants, and sent once to each address. */
import { Webhook } from 'standardwebhooks'
import { describe, expect, inject, it } from 'vitest'
import { readNotices, type Notice } from '../../src/attention/notices'
import { sendNotices } from '../../src/attention/send'
import { day } from '../../src/time'
import { afterAnswers } from '../support/after-answers'
import { countDatabase, newCounts } from '../support/counting'
import { admin, bindings, tenant } from '../support/gateway'
import { spend } from '../support/guard'
import { patch, person, type ScimClient } from '../support/tenant'

async function noticesOf(slug: string, now = Date.now()): Promise<Notice[]> {
  await afterAnswers()
  const found = await readNotices(bindings, now)
  if (!found.ok) throw new Error(found.error.kind)
  return found.value.filter((notice) => notice.slug === slug)
}

async function kindsOf(slug: string, now?: number): Promise<string[]> {
  return (await noticesOf(slug, now)).map(({ kind }) => kind)
}

function change(text: string, ...values: readonly (string | number)[]) {
  return bindings.DB.prepare(text)
    .bind(...values)
    .run()
}

async function loseOne(scim: ScimClient): Promise<void> {
  const ann = await scim.call('POST', '/Users', person())
  await spend(scim)
  const off = patch({ op: 'replace', path: 'active', value: false })
  await scim.call('PATCH', `/Users/${ann.body.id}`, off)
}

/** An address on this machine, and what it has received. */
async function target(kind: 'webhook' | 'slack', replies?: readonly object[]) {
  const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
  if (replies) await fetch(url, { method: 'PUT', body: JSON.stringify(replies) })
  const made = await admin.call('POST', '/notices/targets', { kind, url })
  expect(made.status).toBe(201)
  return {
    ...(made.body as { readonly id: string; readonly secret: string }),
    url,
    received: async (): Promise<any[]> => (await fetch(url)).json(),
    remove: () => admin.call('DELETE', `/notices/targets/${made.body.id}`),
  }
}

describe('what needs somebody', () => {
  it('is nothing of a tenant that works, or waits for its first call', async () => {
    const scim = await tenant()
    expect(await kindsOf(scim.slug)).toEqual([])
    await scim.call('POST', '/Users', person())
    expect(await kindsOf(scim.slug)).toEqual([])
  })

  it('is told the worst first: a hold, a paused endpoint, refused calls, a token that expires', async () => {
    const scim = await tenant()
    await change(
      'update tokens set expires_at = ? where id = ?',
      Date.now() + 5 * day,
      scim.tokenId,
    )
    await loseOne(scim)
    await scim.call('POST', '/Users', person({ userName: 'Ann@Example.com' }))
    await change(
      `insert into webhooks (id, tenant_id, url, secret, created_at, state, state_at, place,
         revision, failures)
       select 'hook-' || slug, id, 'https://example.com', '', 0, 'failed', 0, 0, 1, 9
       from tenants where slug = ?`,
      scim.slug,
    )
    const notices = await noticesOf(scim.slug)
    expect(notices.map(({ kind, count }) => [kind, count])).toEqual([
      ['hold', 1],
      ['endpointPaused', expect.any(Number)],
      ['refused', 1],
      ['tokenExpires', 0],
    ])
  })

  it('is a customer whose calls have stopped for a week, and nobody who never called', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const silent = await tenant()
    const later = Date.now() + 8 * day
    expect(await kindsOf(scim.slug, later)).toEqual(['silent'])
    expect(await kindsOf(silent.slug, later)).toEqual([])
  })

  it('is a tenant of people without a token, but not one that is switched off', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    expect(await kindsOf(scim.slug)).toEqual(['noToken'])
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    expect(await kindsOf(scim.slug)).toEqual([])
  })

  it('is a token that was refused, until a call is let in or a day has passed', async () => {
    const scim = await tenant()
    const refuse = (reason: string, calls: number, at: number) =>
      change(
        `insert into refused_calls (tenant_id, reason, token_id, first_at, latest_at, calls)
         select id, ?2, '', ?3 - 9, ?3, ?4 from tenants where slug = ?1`,
        scim.slug,
        reason,
        at,
        calls,
      )
    const now = Date.now() + 60_000
    await refuse('missing', 7, now)
    expect(await kindsOf(scim.slug, now)).toEqual([])
    await refuse('revoked', 3, now)
    await refuse('unknown', 2, now - 5)
    expect(await noticesOf(scim.slug, now)).toMatchObject([
      { kind: 'tokenRefused', count: 5, at: now - 14 },
    ])
    await refuse('malformed', 500, now)
    expect(await noticesOf(scim.slug, now)).toMatchObject([{ count: 100 }])
    expect(await kindsOf(scim.slug, now + day)).toEqual([])
    await change('update tokens set last_used_at = ? where id = ?', now, scim.tokenId)
    expect(await kindsOf(scim.slug, now)).toEqual([])
  })

  it('is a call with a revoked token, as soon as it is counted', async () => {
    const scim = await tenant()
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    expect((await scim.call('GET', '/Users')).status).toBe(401)
    await expect.poll(() => kindsOf(scim.slug), { timeout: 10_000 }).toEqual(['tokenRefused'])
  })

  it('is a tenant that is full, or has nine tenths of its budget, the fullest first', async () => {
    const stores = async (bytes: number, full = 0) => {
      const { slug } = await tenant({ 'storage.megabytes': 10 })
      await change(
        'update tenants set directory_bytes = ?2, log_bytes = 100000, full = ?3 where slug = ?1',
        slug,
        bytes,
        full,
      )
      return slug
    }
    const slugs = [
      await stores(8_800_000),
      await stores(9_000_000),
      await stores(9_400_000),
      await stores(9_950_000, 1),
    ]
    const found = await readNotices(bindings, Date.now())
    const all = found.ok ? found.value : []
    const told = all.filter(({ slug }) => slugs.includes(slug))
    expect(told.map(({ kind, slug, count }) => [kind, slugs.indexOf(slug), count])).toEqual([
      ['full', 3, 100],
      ['nearlyFull', 2, 95],
      ['nearlyFull', 1, 91],
    ])
  })

  it('is the last secret of a client, until there is a newer one', async () => {
    const scim = await tenant()
    const path = `/tenants/${scim.slug}/clients`
    const made = await admin.call('POST', path, { kind: 'secret', label: 'Entra' })
    await change(
      'update client_secrets set expires_at = ? where owner = ?',
      Date.now() + 3 * day,
      made.body.id,
    )
    expect(await kindsOf(scim.slug)).toEqual(['secretExpires'])
    await admin.call('POST', `${path}/${made.body.id}/secrets`, {})
    expect(await kindsOf(scim.slug)).toEqual([])
  })

  it('is no token that a newer one has replaced', async () => {
    const scim = await tenant()
    await change(
      'update tokens set expires_at = ?, created_at = created_at - 9 where id = ?',
      Date.now() + 5 * day,
      scim.tokenId,
    )
    expect(await kindsOf(scim.slug)).toEqual(['tokenExpires'])
    const next = await admin.call('POST', `/tenants/${scim.slug}/tokens`, { label: 'next' })
    expect(await kindsOf(scim.slug)).toEqual(['tokenExpires'])
    await change('update tokens set last_used_at = ? where id = ?', Date.now(), next.body.id)
    expect(await kindsOf(scim.slug)).toEqual([])
  })

  it('costs few rows a tenant, however many people, events and refusals it has', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    const cost = async () => {
      const counts = newCounts()
      const DB = countDatabase(bindings.DB, counts)
      await readNotices({ ...bindings, DB }, Date.now())
      return counts
    }
    const before = await cost()
    expect(before.d1).toBe(1)
    await change(
      `insert into refusals (tenant_id, seq, at, method, path, status, code, detail, cause)
       with recursive n(i) as (select 1 union all select i + 1 from n where i < 3000)
       select id, i, ?2, 'POST', '/Users', 400, 'emailCapitals', '', '{}' from tenants, n
       where slug = ?1`,
      scim.slug,
      Date.now(),
    )
    expect((await noticesOf(scim.slug)).map(({ count }) => count)).toEqual([100])
    expect((await cost()).rowsRead - before.rowsRead).toBeLessThan(120)
  })
})

describe('a notice on its way out', () => {
  it('is sent once to each address, signed, with names of tenants and counts alone', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person({ userName: 'ann.tester@acme.example' }))
    await loseOne(scim)
    const hook = await target('webhook')
    const slack = await target('slack')
    const now = Date.now()
    await sendNotices(bindings, now)
    await sendNotices(bindings, now + 300_000)
    const [received, ...others] = await hook.received()
    expect(others).toEqual([])
    const message: any = new Webhook(hook.secret).verify(received.body, received.headers)
    expect(message.type).toBe('notices')
    expect(message.notices.find((one: any) => one.tenant === scim.slug)).toMatchObject({
      kind: 'hold',
      name: `Test ${scim.slug}`,
      count: 1,
    })
    const texts = await slack.received()
    expect(texts.length).toBe(1)
    expect(JSON.parse(texts[0].body).text).toContain(`Test ${scim.slug}: On hold. 1 change waits`)
    for (const { body } of [received, ...texts])
      expect(body).not.toMatch(/ann\.tester|acme\.example/)
    await hook.remove()
    await slack.remove()
  })

  it('tells once of a token that is refused and of a tenant that is nearly full', async () => {
    const scim = await tenant()
    const now = Date.now()
    await change(
      `insert into refused_calls (tenant_id, reason, token_id, first_at, latest_at, calls)
       select id, 'expired', '', ?2, ?2, 1 from tenants where slug = ?1`,
      scim.slug,
      now,
    )
    await change(
      'update tenants set directory_bytes = 4600000000, log_bytes = 0 where slug = ?',
      scim.slug,
    )
    const hook = await target('webhook')
    await sendNotices(bindings, now)
    await change('update refused_calls set calls = 40, latest_at = latest_at + 1')
    await sendNotices(bindings, now + 300_000)
    const told = (await hook.received()).flatMap(({ body }) => JSON.parse(body).notices)
    const mine = told.filter((one: any) => one.tenant === scim.slug)
    expect(mine.map(({ text }: any) => text)).toEqual([
      '1 call refused, and none let in since: the token does not hold.',
      'It stores 92% of its budget; beyond it, whoever is new is refused.',
    ])
    await hook.remove()
  })

  it('is sent again to an address that did not receive it, and only there', async () => {
    const scim = await tenant()
    await loseOne(scim)
    const broken = await target('webhook', [{ status: 500 }])
    const well = await target('webhook')
    const now = Date.now()
    await sendNotices(bindings, now)
    const listed = await admin.call('GET', '/notices/targets')
    const shown = listed.body.targets.find(({ id }: any) => id === broken.id)
    expect(shown).toMatchObject({ lastError: 'status 500' })
    expect(JSON.stringify(listed.body)).not.toContain(broken.secret)
    await sendNotices(bindings, now + 300_000)
    expect([(await broken.received()).length, (await well.received()).length]).toEqual([2, 1])
    await broken.remove()
    await well.remove()
  })

  it('comes once more when it was over in between, and hours have passed', async () => {
    const scim = await tenant()
    await scim.call('POST', '/Users', person())
    await admin.call('DELETE', `/tenants/${scim.slug}/tokens/${scim.tokenId}`)
    const hook = await target('webhook')
    const now = Date.now()
    const told = async (at: number) => {
      await sendNotices(bindings, at)
      const all = await hook.received()
      return all.filter(({ body }) => body.includes(scim.slug)).length
    }
    expect(await told(now)).toBe(1)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    expect(await told(now + 1)).toBe(1)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: true })
    expect(await told(now + 2)).toBe(1)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: false })
    expect(await told(now + day / 2)).toBe(1)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { enabled: true })
    expect(await told(now + day / 2 + 1)).toBe(2)
    await hook.remove()
  })

  it('goes by e-mail where the deployment has a binding for it', async () => {
    const scim = await tenant()
    await loseOne(scim)
    const sent: any[] = []
    const EMAIL = {
      send: async (message: unknown) => {
        sent.push(message)
      },
    } as unknown as SendEmail
    const mail = { NOTICES_FROM: 'rollcall@example.com', NOTICES_TO: 'ops@example.com' }
    const environment = { ...bindings, EMAIL, ...mail, CONSOLE: 'https://rollcall.example' }
    await sendNotices(environment, Date.now())
    await sendNotices(environment, Date.now())
    expect(sent.length).toBe(1)
    expect(sent[0]).toMatchObject({ from: mail.NOTICES_FROM, to: mail.NOTICES_TO })
    expect(sent[0].subject).toMatch(/^Rollcall: on hold/)
    expect(sent[0].text).toContain(`https://rollcall.example/admin/tenants/${scim.slug}/holds`)
  })

  it('goes to public addresses alone, and to five of them at most', async () => {
    const add = (url: string) => admin.call('POST', '/notices/targets', { kind: 'slack', url })
    expect((await add('https://10.0.0.1/hook')).status).toBe(400)
    expect((await add('http://example.com/hook')).status).toBe(400)
    const made: any[] = []
    for (let index = 0; index < 5; index += 1) {
      made.push((await add(`https://hooks.example.com/services/${index}`)).body)
    }
    expect((await add('https://hooks.example.com/services/6')).status).toBe(409)
    for (const { id } of made) await admin.call('DELETE', `/notices/targets/${id}`)
    expect((await admin.call('GET', '/notices/targets')).body.targets).toEqual([])
    const audit = JSON.stringify((await admin.call('GET', '/audit?limit=1000')).body)
    expect(audit).toContain('notices.created')
    expect(audit).not.toContain('services/4')
  })
})
