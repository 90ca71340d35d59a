/** Looking people up: as the application sees them, by name, address and identifier. */
import { describe, expect, it } from 'vitest'
import { application, newKey } from '../support/application'
import { sendCounted } from '../support/counted-call'
import { numbers } from '../support/fill'
import { admin, bindings, origin, send, tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

async function finder(scim: ScimClient) {
  const app = application(send, origin, scim.slug, await newKey(admin, scim.slug))
  return async (by: string, text: string) => {
    const { status, body } = await app.call('GET', `/users?${by}=${encodeURIComponent(text)}`)
    expect(status, JSON.stringify(body)).toBe(200)
    return body.users.map(({ id }: any) => id)
  }
}

const replace = (path: string, value: unknown) => patch({ op: 'replace', path, value })

describe('a look-up of people', () => {
  it('finds them by user name, any address and identifier, as case is told there', async () => {
    const scim = await tenant()
    const find = await finder(scim)
    const made = await scim.call(
      'POST',
      '/Users',
      person({
        userName: 'éva@example.com',
        externalId: 'E-1',
        emails: [
          { value: 'eva@work.example', type: 'work', primary: true },
          { value: 'eva@home.example', type: 'home' },
        ],
      }),
    )
    expect(made.status, JSON.stringify(made.body)).toBe(201)
    await scim.call('POST', '/Users', person())
    const { id } = made.body
    expect(await find('userName', 'ÉVA@EXAMPLE.COM')).toEqual([id])
    expect(await find('userName', 'eva@example.com')).toEqual([])
    expect(await find('email', 'Eva@Work.Example')).toEqual([id])
    expect(await find('email', 'eva@home.example')).toEqual([id])
    expect(await find('externalId', 'E-1')).toEqual([id])
    expect(await find('externalId', 'e-1')).toEqual([])
    expect(await find('email', "%' or 1=1 --")).toEqual([])
  })

  it('sees people who are held as they are released, and not as they are stored', async () => {
    const scim = await tenant()
    const find = await finder(scim)
    const made = await scim.call(
      'POST',
      '/Users',
      person({ userName: 'ånn@example.com', externalId: 'x1' }),
    )
    const { id } = made.body
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'guard.protected': ['ånn@example.com'] })
    await scim.call('PATCH', `/Users/${id}`, replace('active', false))
    await scim.call('PATCH', `/Users/${id}`, replace('userName', 'bob@example.com'))
    expect(await find('userName', 'Ånn@Example.com')).toEqual([id])
    expect(await find('userName', 'bob@example.com')).toEqual([])
    expect((await scim.call('DELETE', `/Users/${id}`)).status).toBe(204)
    expect(await find('userName', 'ånn@example.com')).toEqual([id])
    expect(await find('externalId', 'x1')).toEqual([id])
    expect(await find('email', made.body.emails[0].value)).toEqual([id])
  })

  it('takes one text at a time', async () => {
    const scim = await tenant()
    const app = application(send, origin, scim.slug, await newKey(admin, scim.slug))
    const two = await app.call('GET', '/users?userName=a&email=b')
    expect([two.status, two.body.code]).toEqual([400, 'invalidQuery'])
    expect((await app.call('GET', '/users?userName=')).status).toBe(400)
  })

  it('finds somebody who is held by every address, and by none that is gone', async () => {
    const scim = await tenant()
    const find = await finder(scim)
    const two = [
      { value: 'ida@work.example', type: 'work', primary: true },
      { value: 'ida@home.example', type: 'home' },
    ]
    const made = await scim.call('POST', '/Users', person({ emails: two }))
    const { id } = made.body
    const row = (text: string) => bindings.DB.prepare(text).bind(id)
    await admin.call('PATCH', `/tenants/${scim.slug}`, { 'guard.protected': [made.body.userName] })
    expect((await scim.call('DELETE', `/Users/${id}`)).status).toBe(204)
    expect(await find('email', 'IDA@work.example')).toEqual([id])
    expect(await find('email', 'ida@home.example')).toEqual([id])
    // SQLite folds ASCII alone: the name is compared as the directory folds it.
    await row(
      `update held set released = json_set(released, '$.emails[1].value', 'idå@home.example')
       where user_id = ?`,
    ).run()
    expect(await find('email', 'IDÅ@home.example')).toEqual([id])
    expect(await find('email', 'ida@home.example')).toEqual([])
    expect((await admin.call('DELETE', `/tenants/${scim.slug}`)).status).toBe(204)
    expect((await row('select 1 from held_emails where user_id = ?').all()).results).toEqual([])
  })

  it('reads as many rows where 2,000 people are held as where 20 are', async () => {
    const costs: unknown[] = []
    for (const count of [2, 20, 2_000]) {
      const scim = await tenant()
      const { key } = await newKey(admin, scim.slug)
      await scim.call('POST', '/Users', person())
      await bindings.DB.prepare(
        `insert into held (tenant_id, team_id, user_id, kind, change, released, state, hold_id,
           reason, cause, at, version, name)
         select tenants.id, '', 'held-' || number.value, 'user', null,
           json_object('userName', 'held-' || number.value, 'externalId', 'x-' || number.value,
             'emails', json_array(json_object('value', number.value || '@held.example'),
               json_object('value', number.value || '@other.example'))),
           'held', 'hold', 'protected', '{}', 1, 1, 'held-' || number.value
         from tenants, json_each(?2) as number where tenants.slug = ?1`,
      )
        .bind(scim.slug, numbers(count))
        .run()
      const look = async (query: string) => {
        const request = new Request(`${origin}/api/v1/tenants/${scim.slug}/users?${query}`, {
          headers: { Authorization: `Bearer ${key}` },
        })
        const { status, before, body } = await sendCounted(request)
        expect(status).toBe(200)
        expect(body.users.map(({ id }: any) => id)).toEqual(['held-1'])
        return before
      }
      await look('userName=held-1')
      costs.push([
        await look('userName=held-1'),
        await look('email=1@other.example'),
        await look('externalId=x-1'),
      ])
    }
    expect(costs[2]).toEqual(costs[1])
  })
})
