/** Both views, wherever a person or a team is looked for: what the provider said, and what the product sees. */
import { describe, expect, it } from 'vitest'
import { admin, bindings, eventsOf, origin, send } from '../support/gateway'
import { promptTenant, spend } from '../support/guard'
import { patch, person, type ScimClient } from '../support/tenant'

let cookie = ''

async function see(path: string): Promise<string> {
  if (cookie === '') {
    const answer = await send(
      new Request(`${origin}/admin/sign-in`, {
        method: 'POST',
        redirect: 'manual',
        headers: {
          Origin: origin,
          'Sec-Fetch-Site': 'same-origin',
          'CF-Connecting-IP': '2001:db8::77',
        },
        body: new URLSearchParams({ secret: bindings.ADMIN_TOKEN }),
      }),
    )
    cookie = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  }
  const answer = await send(new Request(`${origin}/admin${path}`, { headers: { Cookie: cookie } }))
  const html = await answer.text()
  const [, main = ''] = html.split('<main')
  return `${answer.status} ${main.replaceAll(/<[^>]*>/g, ' ').replaceAll(/\s+/g, ' ')}`
}

/** A tenant in which Ann is deleted, Ben inactive, and the team Legal deleted, all on hold. */
async function held() {
  const scim = await promptTenant()
  const make = async (userName: string) =>
    String((await scim.call('POST', '/Users', person({ userName, emails: [] }))).body.id)
  const [ann, ben, cat] = [await make('ann'), await make('ben'), await make('cat')]
  const members = [ann, ben].map((value) => ({ value }))
  const legal = await scim.call('POST', '/Groups', { displayName: 'Legal', members })
  await spend(scim)
  await scim.call('DELETE', `/Groups/${legal.body.id}`)
  await scim.call('DELETE', `/Users/${ann}`)
  const off = patch({ op: 'replace', path: 'active', value: false })
  await scim.call('PATCH', `/Users/${ben}`, off)
  return { scim, ann, ben, cat, legal: String(legal.body.id) }
}

const at = ({ slug }: ScimClient, rest: string) => `/tenants/${slug}${rest}`

describe('somebody whose loss is on hold', () => {
  it('is found in the list, and on a page with both views, after a deletion as well', async () => {
    const { scim, ann, ben, cat } = await held()
    const list = await see(at(scim, '/users?search=ann'))
    expect(list).toContain('Deleted by the identity provider, still seen by the application')
    expect(list).toMatch(/ann On hold/)
    expect(await see(at(scim, '/users'))).toMatch(/ben .*Inactive On hold/)
    const deleted = await see(at(scim, `/users/${ann}`))
    expect(deleted).toMatch(/^200 .*Deleted On hold/)
    expect(deleted).toContain('Identity provider: deleted present On hold')
    const inactive = await see(at(scim, `/users/${ben}`))
    expect(inactive).toContain('Is deactivated Identity provider: inactive active On hold')
    expect(inactive).toContain('Leaves the team Legal')
    expect(await see(at(scim, `/users/${cat}`))).not.toContain('On hold')
    expect(await see(at(scim, `/users/${crypto.randomUUID()}`))).toMatch(/^404/)
  })

  it('is in the activity from the moment of the change, and after the release with who decided', async () => {
    const { scim, ben } = await held()
    expect(await see(at(scim, '/activity'))).toMatch(
      /Done and held .*ben Is deactivated \S+ On hold/,
    )
    const { holds } = (await admin.call('GET', at(scim, '/holds'))).body
    await admin.call('POST', at(scim, `/holds/${holds[0].id}/release`))
    const text = await see(at(scim, '/activity'))
    expect(text).not.toContain('Done and held')
    expect(text).toContain('Holds Released changes of a hold, and ')
    const events = await eventsOf(scim)
    const own = events.find(({ type }) => type === 'user.deactivated')
    expect(await see(at(scim, `/activity?line=event.${own?.seq}`))).toContain(
      `By release of hold ${holds[0].id}, by operator, after 0 minutes.`,
    )
    expect(await see(at(scim, `/users/${ben}`))).toContain('by operator, after 0 minutes')
  })
})

it('a team whose deletion is on hold is found with both views', async () => {
  const { scim, legal } = await held()
  expect(await see(at(scim, '/teams'))).toMatch(/still seen by the application .*Legal On hold/)
  const page = await see(at(scim, `/teams/${legal}`))
  expect(page).toMatch(/^200 .*Legal Deleted .*On hold/)
  expect(page).toContain('ann leaves Identity provider: not in the team in it On hold')
  expect(page).toContain('ben leaves Identity provider: not in the team in it On hold')
})

it('a team that people leave on hold says so in the list', async () => {
  const { scim } = await held()
  const make = await scim.call('POST', '/Users', person({ userName: 'eve', emails: [] }))
  const members = [{ value: make.body.id }]
  const { id } = (await scim.call('POST', '/Groups', { displayName: 'Sales', members })).body
  await scim.call('POST', '/Groups', { displayName: 'Support', members })
  await scim.call('PUT', `/Groups/${id}`, { displayName: 'Sales', members: [] })
  const list = await see(at(scim, '/teams'))
  expect(list).toMatch(/Sales On hold 0 /)
  expect(list).toMatch(/Support 1 /)
})

it('no page of a tenant with an open hold says in green that it is enabled', async () => {
  const { scim } = await held()
  await see(at(scim, '/teams'))
  const page = await send(
    new Request(`${origin}/admin${at(scim, '/teams')}`, { headers: { Cookie: cookie } }),
  )
  expect(await page.text()).not.toContain('data-state="good"')
})

describe('a hold that is released and not told yet', () => {
  it('needs nobody, until the release is taken back', async () => {
    const { scim } = await held()
    const { holds } = (await admin.call('GET', `/tenants/${scim.slug}/holds`)).body
    const [{ id, waiting }] = holds
    const needed = async () => {
      const { notices } = (await admin.call('GET', '/notices')).body
      const own = notices.filter((one: { tenant: string }) => one.tenant === scim.slug)
      return own.filter(({ kind }: { kind: string }) => kind === 'hold').length
    }
    const seen = async () => [
      await needed(),
      await see(at(scim, '/holds')),
      await see(at(scim, '')),
    ]
    const undecided = [
      1,
      expect.stringMatching(new RegExp(`Waiting.*${waiting} changes to decide\\..*Release all`)),
      expect.stringContaining('Changes wait for a decision.'),
    ]
    expect(await seen()).toEqual(undecided)
    const path = `/tenants/${scim.slug}/holds/${id}/release`
    await admin.call('PATCH', `/tenants/${scim.slug}`, { guard: { delay: 10 } })
    const { release } = (await admin.call('POST', path, {})).body
    expect(release).toEqual(expect.any(String))
    const [count, page, overview] = await seen()
    expect(count).toBe(0)
    expect(page).toContain('Nothing is left to decide: all of it is released')
    expect(page).not.toContain('Release all')
    expect(page).not.toContain('Release chosen')
    expect(overview).not.toContain('Changes wait for a decision.')
    expect(overview).toContain('Changes are on hold.')
    await admin.call('DELETE', `/tenants/${scim.slug}/releases/${release}`)
    expect(await seen()).toEqual(undecided)
  })
})

describe('the health of a tenant', () => {
  it('is never good beside an open hold', async () => {
    const { scim } = await held()
    const overview = await send(
      new Request(`${origin}/admin${at(scim, '')}`, { headers: { Cookie: cookie } }),
    )
    const html = await overview.text()
    expect(html).toContain('Changes are on hold.')
    // The page says it once, and leads there once.
    expect(html).not.toContain('Changes are on hold and have not reached')
    expect(html).toContain('Changes wait for a decision.')
    expect(html).not.toContain('Nothing does at the moment.')
    expect(html).not.toContain('data-state="good"><p class="health"')
    const row = (await see('/tenants')).split(scim.slug).at(-1)
    expect(row?.slice(0, 80)).toContain('On hold')
  })
})

it('a hold says why by the numbers of its time, and those of the present settings', async () => {
  const { scim } = await held()
  const before = await see(at(scim, '/holds'))
  const [numbers = ''] = /When it opened: .* were allowed\./.exec(before) ?? []
  expect(numbers).not.toBe('')
  await admin.call('PATCH', at(scim, ''), { 'guard.deactivations': 0.5, 'guard.people': 77 })
  const text = await see(at(scim, '/holds'))
  expect(text).toContain(numbers)
  expect(text).toContain('The present settings allow 50 %, at most 77, never fewer than 10.')
})

it('the audit and the links say in words what was decided, and what a link allows', async () => {
  const { scim } = await held()
  await admin.call('PATCH', at(scim, ''), { 'guard.delay': 60 })
  const { holds } = (await admin.call('GET', at(scim, '/holds'))).body
  const release = await admin.call('POST', at(scim, `/holds/${holds[0].id}/release`))
  await admin.call('DELETE', at(scim, `/releases/${release.body.release}`))
  const text = await see(at(scim, '/audit'))
  expect(text).toContain('operator as owner released changes, which are told later, of the hold')
  expect(text).toContain('operator as owner took back a release of the hold')
  expect(text).not.toMatch(/hold\.\w/)
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  await admin.call('POST', at(scim, '/links'), { role: 'approve', label: 'Zoe', expiresAt })
  expect(await see(at(scim, '/links'))).toMatch(/Zoe Approve Open/)
})
