/** People of the operator: named, with a role and a code of their own. Who may what is a table. */
import { describe, expect, it } from 'vitest'
import { roleOfOthers } from '../../src/access/cloudflare-access'
import { roleOfAddress } from '../../src/access/staff'
import { routes } from '../../src/admin/pages'
import { open, openMade, words } from '../support/console'
import { admin, bindings, send, origin, tenant } from '../support/gateway'
import { operator } from '../support/tenant'

type Role = 'owner' | 'operator' | 'support'

async function add(role: Role, more: object = {}) {
  const name = `Ann ${crypto.randomUUID().slice(0, 8)}`
  const made = await admin.call('POST', '/staff', { name, role, ...more })
  expect(made.status, JSON.stringify(made.body)).toBe(201)
  return { name, id: made.body.id as string, code: made.body.code as string }
}

async function signIn(code: string): Promise<{ status: number; cookie: string }> {
  const answer = await open('/sign-in', { form: { secret: code } })
  return {
    status: answer.status,
    cookie: (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? '',
  }
}

/** What each role may open and do, by the least role of an address. */
const mayUse: Readonly<Record<Role, readonly string[]>> = {
  owner: ['owner', 'operator', 'support', 'setup', 'approve', 'view'],
  operator: ['operator', 'support', 'setup', 'approve', 'view'],
  support: ['support', 'view'],
}

it('nothing that changes anything is open to support, whatever the table says', () => {
  const open = routes.filter(
    ({ method, least }) => method === 'POST' && mayUse.support.includes(least),
  )
  expect(open.map(({ path }) => path)).toEqual(['/sign-out'])
})

async function lastChange(): Promise<unknown> {
  return bindings.DB.prepare('select max(position) as last, count(*) as rows from audit').first()
}

describe('a person of the operator', () => {
  it('signs in with a code that nothing keeps, and is named in the audit', async () => {
    const ann = await add('operator')
    const { status, cookie } = await signIn(ann.code)
    expect(status).toBe(303)
    const slug = `t-${crypto.randomUUID().slice(0, 13)}`
    const made = await open('/tenants', { cookie, form: { name: 'Acme', slug } })
    expect(made.status).toBe(303)
    const { body } = await admin.call('GET', `/tenants/${slug}/audit`)
    expect(body.entries).toMatchObject([{ actor: ann.name, role: 'operator' }])
    const list = await admin.call('GET', '/staff')
    const record = list.body.people.find(({ id }: any) => id === ann.id)
    expect(record).toMatchObject({ name: ann.name, role: 'operator', revoked: null })
    expect(record.lastUsed).not.toBeNull()
    const { results } = await bindings.DB.prepare('select * from staff').all()
    expect(JSON.stringify([results, list.body])).not.toContain(ann.code)
    const all = await admin.call('GET', '/audit')
    expect(JSON.stringify(all.body)).not.toContain(ann.code)
  })

  it.each(['owner', 'operator', 'support'] as const)(
    'may use each address as the table says: %s',
    async (role) => {
      const scim = await tenant()
      const { cookie } = await signIn((await add(role)).code)
      for (const { method, path, least } of routes) {
        if (least === 'anyone' || path === '/sign-out' || path === '/sessions/end') continue
        const address = path
          .replace(':slug', scim.slug)
          .replace(':kind', 'secret')
          .replaceAll(/:(id|secretId)/g, crypto.randomUUID())
          .replace(/^\/$/, '')
        const before = await lastChange()
        const answer = await open(address, {
          method,
          cookie,
          ...(method === 'POST' ? { form: { wrong: 'field' } } : {}),
        })
        const isAllowed = mayUse[role].includes(least)
        expect([method, path, answer.status === 403]).toEqual([method, path, !isAllowed])
        if (isAllowed) continue
        expect(await answer.text()).toContain(`Your role (${role}) does not allow this.`)
        expect(await lastChange()).toEqual(before)
      }
    },
  )

  it('of support finds no form that changes anything on any page of a tenant', async () => {
    const scim = await tenant()
    const { cookie } = await signIn((await add('support')).code)
    for (const { method, path, least } of routes) {
      if (method !== 'GET' || !mayUse.support.includes(least) || path.includes(':id')) continue
      const address = path.replace(':slug', scim.slug).replace(/^\/$/, '')
      const answer = await open(address, { cookie })
      const html = await answer.text()
      const forms = html.matchAll(
        /<form[^>]*method="post"[^>]*action="([^"]*)"[^>]*>([\s\S]*?)<\/form>/g,
      )
      // A form without a button, or with one that is disabled, changes nothing.
      const able = [...forms]
        .filter(([, , inside = '']) => /<button/.test(inside))
        .filter(([, , inside = '']) => !inside.includes('<fieldset class="plain" disabled'))
        .map(([, action]) => action)
        .filter((action) => action !== '/admin/sign-out')
      expect([path, able]).toEqual([path, []])
    }
  })

  it('loses every right at once when the code is revoked, or at its end', async () => {
    const ann = await add('support')
    const { cookie } = await signIn(ann.code)
    expect((await open('/tenants', { cookie })).status).toBe(200)
    expect((await admin.call('DELETE', `/staff/${ann.id}`)).status).toBe(204)
    const after = await open('/tenants', { cookie })
    expect([after.status, after.headers.get('Location')]).toEqual([
      303,
      '/admin/sign-in?next=%2Fadmin%2Ftenants',
    ])
    expect((await signIn(ann.code)).status).toBe(403)

    const bob = await add('operator', { expiresAt: new Date(Date.now() + 60_000).toISOString() })
    const session = await signIn(bob.code)
    await bindings.DB.prepare('update staff set expires_at = ? where id = ?')
      .bind(Date.now() - 1, bob.id)
      .run()
    expect((await open('/tenants', { cookie: session.cookie })).status).toBe(303)
    expect((await signIn(bob.code)).status).toBe(403)
  })

  it('is made by an owner alone: the console asks for the role, the API for the operator secret', async () => {
    const { cookie } = await signIn((await add('operator')).code)
    const form = { name: 'Me', role: 'owner', days: '' }
    expect((await open('/staff', { cookie, form })).status).toBe(403)
    const owner = await signIn((await add('owner')).code)
    expect(await openMade('/staff', { cookie: owner.cookie, form })).toMatch(
      /value="rollcall_person_/,
    )
    const token = await admin.call('POST', '/operator-tokens', { label: 'ci', scope: 'all' })
    const program = operator(send, origin, token.body.token)
    expect((await program.call('POST', '/staff', { name: 'Me', role: 'owner' })).status).toBe(403)
    for (const wrong of [{ name: '', role: 'owner' }, { name: 'Me', role: 'view' }, {}]) {
      expect((await admin.call('POST', '/staff', wrong)).status).toBe(400)
    }
  })

  it('is no bearer of the API: the code opens the console alone', async () => {
    const ann = await add('owner')
    expect((await operator(send, origin, ann.code).call('GET', '/tenants')).status).toBe(401)
  })
})

describe('whoever comes by Cloudflare Access', () => {
  const roleOf = async (address: string) => {
    const found = await roleOfAddress(bindings.DB, address)
    return found.ok ? found.value : undefined
  }

  it('has the role of the entry with the address, and none once that is revoked', async () => {
    const address = `Ann.${crypto.randomUUID().slice(0, 8)}@Example.com`
    expect(await roleOf(address)).toBe('unknown')
    const made = await admin.call('POST', '/staff', { name: address, role: 'support' })
    expect(await roleOf(address.toLowerCase())).toBe('support')
    await admin.call('DELETE', `/staff/${made.body.id}`)
    expect(await roleOf(address)).toBe('nobody')
  })

  it('has the role that the deployment gives to all others: none, unless it says one', () => {
    expect(roleOfOthers({})).toBeUndefined()
    for (const ACCESS_ROLE of ['owner', 'operator', 'support'] as const) {
      expect(roleOfOthers({ ACCESS_ROLE })).toBe(ACCESS_ROLE)
    }
    for (const ACCESS_ROLE of ['none', '', 'view', 'Owner']) {
      expect(roleOfOthers({ ACCESS_ROLE })).toBeUndefined()
    }
  })
})

it('the page of the operators names them', async () => {
  const ann = await add('support')
  const { cookie } = await signIn(bindings.ADMIN_TOKEN)
  expect(words(await (await open('/staff', { cookie })).text())).toContain(
    `${ann.name} support Live`,
  )
})
