import { describe, expect, it } from 'vitest'
import { send, tenant } from '../support/gateway'
import { patch, patchUrn, person, type ScimClient } from '../support/tenant'

async function annInTeam(scim: ScimClient) {
  const ann = await scim.call('POST', '/Users', person())
  const team = await scim.call('POST', '/Groups', {
    displayName: 'Team',
    members: [{ value: ann.body.id }],
  })
  return { ann, team, user: `/Users/${ann.body.id}`, group: `/Groups/${team.body.id}` }
}

const rename = (displayName: string) =>
  patch({ op: 'replace', path: 'displayName', value: displayName })

describe('the tag of a team', () => {
  it('is another one when a member is called otherwise, so that no 304 hides the name', async () => {
    const scim = await tenant()
    const { team, user, group } = await annInTeam(scim)
    const tag = String(team.headers.get('ETag'))
    expect(team.body.meta.version).toBe(tag)
    const asBefore = await scim.call('GET', group, undefined, { 'If-None-Match': tag })
    expect(asBefore.status).toBe(304)
    await scim.call('PATCH', user, rename('Ann Married'))
    const renamed = await scim.call('GET', group, undefined, { 'If-None-Match': tag })
    expect([renamed.status, renamed.body?.members[0].display]).toEqual([200, 'Ann Married'])
    expect(renamed.headers.get('ETag')).not.toBe(tag)
    const listed = await scim.call('GET', '/Groups')
    expect(listed.body.Resources[0].meta.version).toBe(renamed.headers.get('ETag'))
  })

  it('of an answer without members does not cover their names', async () => {
    const scim = await tenant()
    const { user, group } = await annInTeam(scim)
    const path = `${group}?excludedAttributes=members`
    const tag = String((await scim.call('GET', path)).headers.get('ETag'))
    await scim.call('PATCH', user, rename('Ann Married'))
    const again = await scim.call('GET', path, undefined, { 'If-None-Match': tag })
    expect(again.status).toBe(304)
  })
})

describe('If-Match', () => {
  it('holds for a person whose teams changed: create, add to a team, replace', async () => {
    const scim = await tenant()
    const { ann, user, group } = await annInTeam(scim)
    const tag = String(ann.headers.get('ETag'))
    await scim.call('PATCH', group, rename('Renamed'))
    const shown = await scim.call('GET', user)
    expect(shown.headers.get('ETag')).not.toBe(tag)
    for (const known of [tag, String(shown.headers.get('ETag'))]) {
      const body = patch({ op: 'add', path: 'nickName', value: 'Ann' })
      const changed = await scim.call('PATCH', user, body, { 'If-Match': known })
      // The first adds the name, and the second finds the version after it.
      expect(changed.status).toBe(known === tag ? 200 : 412)
    }
    const replaced = await scim.call('PUT', user, ann.body, { 'If-Match': 'W/"2"' })
    expect(replaced.status).toBe(200)
    expect((await scim.call('DELETE', user, undefined, { 'If-Match': 'W/"2"' })).status).toBe(412)
    const present = String(replaced.headers.get('ETag'))
    await scim.call('DELETE', group)
    expect((await scim.call('DELETE', user, undefined, { 'If-Match': present })).status).toBe(204)
  })

  it('holds for a team whose members are called otherwise, and not for one that has others', async () => {
    const scim = await tenant()
    const { team, user, group } = await annInTeam(scim)
    const tag = String(team.headers.get('ETag'))
    await scim.call('PATCH', user, rename('Ann Married'))
    const renamed = await scim.call('PATCH', group, rename('Other'), { 'If-Match': tag })
    expect(renamed.status).toBe(200)
    const stale = await scim.call('PATCH', group, rename('Third'), { 'If-Match': tag })
    expect(stale.status).toBe(412)
    const remove = patch({ op: 'remove', path: 'members' })
    const present = String(renamed.headers.get('ETag'))
    expect((await scim.call('PATCH', group, remove, { 'If-Match': present })).status).toBe(200)
    expect((await scim.call('DELETE', group, undefined, { 'If-Match': present })).status).toBe(412)
  })

  it('in a Bulk, as the version of an operation, is about the person alone, too', async () => {
    const scim = await tenant()
    const { ann, user, group } = await annInTeam(scim)
    await scim.call('PATCH', group, rename('Renamed'))
    const operation = {
      method: 'PATCH',
      path: user,
      version: ann.headers.get('ETag'),
      data: rename('New'),
    }
    const done = await scim.call('POST', '/Bulk', { Operations: [operation, operation] })
    expect(done.body.Operations.map(({ status }: any) => status)).toEqual(['200', '412'])
  })
})

describe('a body with Content-Encoding', () => {
  const gzip = async (body: unknown) => {
    const stream = new Blob([JSON.stringify(body)]).stream()
    return new Response(stream.pipeThrough(new CompressionStream('gzip'))).arrayBuffer()
  }

  it('is refused with 415 that says how to send it, and changes nothing', async () => {
    const scim = await tenant()
    const { ann, user, group } = await annInTeam(scim)
    const before = (await scim.call('GET', user)).body
    for (const [method, path, body] of [
      ['POST', '/Users', person()],
      ['PUT', user, { ...ann.body, active: false }],
      ['PATCH', user, patch({ op: 'replace', path: 'active', value: false })],
      ['POST', '/Groups', { displayName: 'New' }],
      ['PUT', group, { displayName: 'New', members: [] }],
      ['PATCH', group, { schemas: [patchUrn], Operations: [] }],
      ['POST', '/Bulk', { Operations: [] }],
      ['POST', '/.search', { count: 1 }],
    ] as const) {
      const request = new Request(`${scim.baseUrl}${path}`, {
        method,
        headers: {
          Authorization: `Bearer ${scim.token}`,
          'Content-Type': 'application/scim+json',
          'Content-Encoding': 'gzip',
        },
        body: await gzip(body),
      })
      const answer = await send(request)
      const { detail } = await answer.json<any>()
      const code = answer.headers.get('X-Error-Code')
      expect([method, path, answer.status, code]).toEqual([method, path, 415, 'compressedBody'])
      expect(detail).toContain('gzip')
      expect(answer.headers.get('Accept-Encoding')).toBe('identity')
    }
    expect((await scim.call('GET', user)).body).toEqual(before)
    expect((await scim.call('GET', '/Users')).body.totalResults).toBe(1)
    expect((await scim.call('GET', '/Groups')).body.totalResults).toBe(1)
  })

  it('that says it is sent as it is, is read', async () => {
    const scim = await tenant()
    const made = await scim.call('POST', '/Users', person(), { 'Content-Encoding': 'identity' })
    expect(made.status).toBe(201)
  })
})

describe('a condition that names nothing that is there', () => {
  // An empty header is no header for the platform (`findings/workerd-loses-empty-headers.sh`).
  const nothing = [',', '""', '"', 'W/', 'junk', 'null', '0', '*,"9"', '"9", *', '**']

  it('in If-Match changes and deletes nothing, however it is written', async () => {
    const scim = await tenant()
    const { user, group } = await annInTeam(scim)
    for (const path of [user, group]) {
      const before = (await scim.call('GET', path)).body
      for (const tag of nothing) {
        const headers = { 'If-Match': tag }
        for (const [method, body] of [
          ['PATCH', rename('Other')],
          ['PUT', { ...before, displayName: 'Other' }],
          ['DELETE', undefined],
        ] as const) {
          const answer = await scim.call(method, path, body, headers)
          expect([path, tag, method, answer.status]).toEqual([path, tag, method, 412])
          expect(answer.body.detail).toContain('not at the version that If-Match names')
        }
      }
      for (const version of ['', ' ', ...nothing]) {
        const [operation] = (
          await scim.call('POST', '/Bulk', {
            schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkRequest'],
            Operations: [{ method: 'DELETE', path, version }],
          })
        ).body.Operations
        expect([version, operation.status]).toEqual([version, '412'])
      }
      expect((await scim.call('GET', path)).body).toEqual(before)
    }
  })

  it('in If-None-Match of a read answers all of it', async () => {
    const scim = await tenant()
    const { user, group } = await annInTeam(scim)
    for (const path of [user, group]) {
      for (const tag of nothing) {
        const answer = await scim.call('GET', path, undefined, { 'If-None-Match': tag })
        expect([path, tag, answer.status]).toEqual([path, tag, 200])
      }
    }
  })
})

describe('If-None-Match of a change', () => {
  it('keeps what is there, or at the version that it names, and lets all else through', async () => {
    const scim = await tenant()
    const { user, group } = await annInTeam(scim)
    for (const path of [user, group]) {
      const tag = String((await scim.call('GET', path)).headers.get('ETag'))
      const version = (value: string) => value.replace(/-[0-9a-f]{16}/, '')
      for (const none of ['*', tag, version(tag), `"x", ${tag}`]) {
        for (const more of [{}, { 'If-Match': '*' }, { 'If-Match': tag }]) {
          const headers = { 'If-None-Match': none, ...more }
          const answer = await scim.call('PATCH', path, rename('Other'), headers)
          expect([path, none, answer.status]).toEqual([path, none, 412])
        }
        const deleted = await scim.call('DELETE', path, undefined, { 'If-None-Match': none })
        expect([path, none, deleted.status]).toEqual([path, none, 412])
      }
      const others = { 'If-None-Match': 'W/"77"' }
      expect((await scim.call('PATCH', path, rename('New'), others)).status).toBe(200)
      const both = { 'If-Match': tag, ...others }
      expect((await scim.call('PATCH', path, rename('Newer'), both)).status).toBe(412)
    }
    const made = await scim.call('POST', '/Users', person(), { 'If-None-Match': '*' })
    expect(made.status).toBe(201)
  })
})
