/** Shapes of requests that builders of client libraries write: done and told, refused by the profile rfc. */
import { describe, expect, it } from 'vitest'
import { eventsOf, tenant } from '../support/gateway'
import { enterpriseUrn, patch, patchUrn, person } from '../support/tenant'

const title = { title: 'T' }
const department = { department: 'D' }

describe.each([
  ['a list of one without a path', patch({ op: 'replace', value: [title] }), 'listOfOneAsValue'],
  ['JSON text without a path', patch({ op: 'add', value: JSON.stringify(title) }), 'jsonInText'],
  [
    'a list of one at the URN of an extension',
    patch({ op: 'replace', path: enterpriseUrn, value: [department] }),
    'listOfOneAsValue',
  ],
  [
    'JSON text at the URN of an extension',
    patch({ op: 'replace', path: enterpriseUrn, value: JSON.stringify(department) }),
    'jsonInText',
  ],
  [
    'a colon behind the URN of an extension',
    patch({ op: 'replace', path: `${enterpriseUrn}:`, value: department }),
    'colonAfterUrn',
  ],
  [
    'one operation that is in no list',
    { schemas: [patchUrn], Operations: { op: 'replace', path: 'title', value: 'T' } },
    'loneValueAsList',
  ],
])('%s', (_, body, name) => {
  it.each(['auto', 'onelogin', 'okta', 'entra', 'aws'])(
    'is done with the profile %s, and the log names it',
    async (profile) => {
      const scim = await tenant({ profile })
      const { id } = (await scim.call('POST', '/Users', person())).body
      const changed = await scim.call('PATCH', `/Users/${id}`, body)
      expect(changed.status, JSON.stringify(changed.body)).toBe(200)
      const { title: isTitle, [enterpriseUrn]: extension } = changed.body
      expect(isTitle === 'T' || extension?.department === 'D').toBe(true)
      expect((await eventsOf(scim)).at(-1)?.cause.tolerated).toContain(name)
    },
  )

  it('is refused with the profile rfc, and changes nothing', async () => {
    const scim = await tenant({ profile: 'rfc' })
    const made = (await scim.call('POST', '/Users', person())).body
    const refused = await scim.call('PATCH', `/Users/${made.id}`, body)
    expect(refused.status).toBe(400)
    expect((await scim.call('GET', `/Users/${made.id}`)).body).toEqual(made)
  })
})
