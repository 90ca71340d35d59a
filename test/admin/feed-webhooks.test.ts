/** The console's pages of the webhooks of all tenants. */
import { describe, expect, inject, it } from 'vitest'
import { admin, bindings, send, tenant } from '../support/gateway'
import { open, openMade, signIn, words } from '../support/console'
import { person } from '../support/tenant'

const cookie = await signIn()

const text = async (path: string) => {
  const page = await open(path, { cookie })
  expect(page.status, path).toBe(200)
  return words(await page.text())
}

/** A session of somebody with another role. */
async function signInAs(role: string): Promise<string> {
  const { body } = await admin.call('POST', '/staff', { name: `A ${role}`, role })
  const answer = await open('/sign-in', { form: { secret: body.code } })
  expect(answer.status).toBe(303)
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

describe('the webhooks of all tenants in the console', () => {
  it('are added, tried, held up, skipped and deleted by an owner', async () => {
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const made = await openMade('/webhooks', { cookie, form: { url } })
    expect(words(made)).toContain('Copy the signing secret now')
    const { body } = await admin.call('GET', '/webhooks')
    const { id } = body.webhooks.find((one: any) => one.url === url)
    const path = `/webhooks/${id}`
    expect(await text('/webhooks')).toContain('Active')
    const trial = await open(`${path}/test`, { cookie, form: {} })
    expect(trial.headers.get('Location')).toBe(`/admin${path}?sent=test&answer=204`)
    expect(await text(`${path}?sent=test&answer=204`)).toContain('The test event was answered 204.')
    const scim = await tenant()
    await fetch(url, {
      method: 'PUT',
      body: JSON.stringify([
        { when: `"tenant":"${scim.slug}"`, status: 500, body: 'No such team' },
      ]),
    })
    for (let count = 0; count < 2; count += 1) await scim.call('POST', '/Users', person())
    await expect.poll(async () => (await text(path)).includes('it answered 500')).toBe(true)
    const shown = await text(`${path}?tenant=${scim.slug}`)
    expect(shown).toContain('events up to 0 of 2 are done')
    expect(shown).toMatch(/Waiting.*Failed/)
    expect(await text(`${path}?tenant=nobody`)).toContain('There is no such tenant.')
    expect(await text('/audit')).toMatch(/Webhooks 1 failing/)
    const question = await text(`${path}/skip?tenant=${scim.slug}&seq=1`)
    expect(question).toContain(`Skip event 1 of ${scim.slug}?`)
    await fetch(url, { method: 'PUT', body: '[]' })
    const form = { tenant: scim.slug, seq: '1' }
    expect((await open(`${path}/skip`, { cookie, form })).status).toBe(303)
    await expect
      .poll(async () =>
        (await text(`${path}?tenant=${scim.slug}`)).includes('events up to 2 of 2 are done'),
      )
      .toBe(true)
    expect(await text('/audit')).not.toMatch(/Webhooks 1 failing/)
    const empty = { tenant: scim.slug, after: '' }
    const unnumbered = await open(`${path}/replay-tenant`, { cookie, form: empty })
    expect(unnumbered.status).toBe(422)
    expect(words(await unnumbered.text())).toContain('write the number of an event, or 0 for all')
    expect((await admin.call('POST', `${path}/pause`)).status).toBe(200)
    expect((await admin.call('POST', `${path}/retry`)).status).toBe(409)
    expect(await text(`${path}/delete`)).toContain('Delete this webhook of all tenants?')
    const gone = await open(`${path}/delete`, { cookie, form: {} })
    expect(gone.headers.get('Location')).toBe('/admin/webhooks?done=deleted')
    expect((await open(path, { cookie })).status).toBe(404)
  })

  it('are shown to support and operators, who change nothing, and to nobody with a link', async () => {
    const url = `${inject('sinkUrl')}/${crypto.randomUUID()}`
    const { body } = await admin.call('POST', '/webhooks', { url })
    const path = `/webhooks/${body.id}`
    for (const role of ['support', 'operator']) {
      const other = await signInAs(role)
      const page = await open(path, { cookie: other })
      expect(page.status).toBe(200)
      expect(await page.text()).not.toContain('<form method="post" action="/admin/webhooks')
      for (const action of ['/pause', '/rotate', '/delete', '/replay', '/test', '/skip', '']) {
        expect((await open(`${path}${action}`, { cookie: other, form: {} })).status).toBe(403)
      }
    }
    expect((await admin.call('GET', path)).body.state).toBe('active')
    await admin.call('DELETE', path)
  })

  it('are closed to a token of tenants alone', async () => {
    const { body } = await admin.call('POST', '/operator-tokens', { label: 'T', scope: 'tenants' })
    const answer = await send(
      new Request('https://rollcall.test/admin/api/webhooks', {
        method: 'POST',
        headers: { Authorization: `Bearer ${body.token}`, 'Content-Type': 'application/json' },
        body: JSON.stringify({ url: 'https://example.com/x' }),
      }),
    )
    expect(answer.status).toBe(403)
    expect(bindings.ADMIN_TOKEN).not.toBe(body.token)
  })
})
