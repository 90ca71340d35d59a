/** Looking people up: as the application sees them, by name, address and identifier. */
import { describe, expect, it } from 'vitest'
import { application, newKey } from '../support/application'
import { admin, origin, send, tenant } from '../support/gateway'
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
})
