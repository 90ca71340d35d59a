/** Every attribute of the schemas behaves as its own characteristics say. */
import { describe, expect, it } from 'vitest'
import { groupSchema, groupType } from '../../src/scim/group'
import { commonAttributes, type Attribute, type ResourceType } from '../../src/scim/schema'
import { enterpriseSchema, userSchema, userType } from '../../src/scim/user'
import { tenant } from '../support/gateway'
import { patch, person, type ScimClient } from '../support/tenant'

/** One attribute without parts, or one part of a complex attribute. */
interface Leaf {
  readonly type: ResourceType
  readonly urn: string | undefined
  readonly attribute: Attribute
  readonly part: Attribute | undefined
}

function leavesOf(
  type: ResourceType,
  urn: string | undefined,
  attributes: readonly Attribute[],
): Leaf[] {
  return attributes.flatMap((attribute): Leaf[] =>
    attribute.type === 'complex'
      ? (attribute.subAttributes ?? []).map((part) => ({ type, urn, attribute, part }))
      : [{ type, urn, attribute, part: undefined }],
  )
}

const leaves: readonly Leaf[] = [
  ...leavesOf(userType, undefined, [...commonAttributes, ...userSchema.attributes]),
  ...leavesOf(userType, enterpriseSchema.id, enterpriseSchema.attributes),
  ...leavesOf(groupType, undefined, [...commonAttributes, ...groupSchema.attributes]),
]

const endOf = ({ attribute, part }: Leaf): Attribute => part ?? attribute

function pathOf({ urn, attribute, part }: Leaf): string {
  const name = part ? `${attribute.name}.${part.name}` : attribute.name
  return urn ? `${urn}:${name}` : name
}

const isReadOnly = (leaf: Leaf): boolean =>
  leaf.attribute.mutability === 'readOnly' || endOf(leaf).mutability === 'readOnly'

const isMember = (leaf: Leaf): boolean => leaf.attribute.name === 'members'

const titled = (chosen: readonly Leaf[]): (readonly [string, string, Leaf])[] =>
  chosen.map((leaf) => [leaf.type.name, pathOf(leaf), leaf] as const)

const writable = leaves.filter(
  (leaf) => !isReadOnly(leaf) && !isMember(leaf) && endOf(leaf).mutability === 'readWrite',
)

/** The tests of this file share a tenant: they differ in the resources that they make. */
let shared: Promise<ScimClient> | undefined

function directory(): Promise<ScimClient> {
  shared ??= tenant({ rules: { name: 'allow', email: 'allow' } })
  return shared
}

let count = 0

/** The values of one attribute, in their order: the second comes behind the first. */
function samples(leaf: Leaf): readonly [unknown, unknown] {
  const { name, type, canonicalValues = [] } = endOf(leaf)
  count += 1
  const texts = [`Aa ${name} ${count}`, `Bb ${name} ${count}`] as const
  if (canonicalValues.length > 1) {
    const [first = '', second = ''] = canonicalValues.toSorted()
    return [first, second]
  }
  switch (type) {
    case 'boolean':
      return [false, true]
    case 'integer':
      return [-1, 12]
    case 'decimal':
      return [-1.5, 12.25]
    case 'dateTime':
      return ['2026-01-01T00:00:00Z', '2026-01-02T00:00:00Z']
    case 'binary':
      return [btoa(texts[0]), btoa(texts[1])]
    case 'reference':
      return [`https://example.com/Aa/${count}`, `https://example.com/Bb/${count}`]
    case 'string':
    case 'complex':
      return texts
  }
}

function wrongValue(leaf: Leaf): unknown {
  switch (endOf(leaf).type) {
    case 'boolean':
      return 'perhaps'
    case 'integer':
    case 'decimal':
    case 'dateTime':
      return 'soon'
    case 'binary':
      return '***'
    case 'string':
    case 'reference':
    case 'complex':
      return { made: 'up' }
  }
}

/** A resource that holds one value of one attribute, beside what is required. */
function bodyWith(leaf: Leaf, value: unknown): Record<string, unknown> {
  const { type, urn, attribute, part } = leaf
  const base: Record<string, unknown> =
    type.name === 'User'
      ? { schemas: [userSchema.id], userName: person()['userName'] }
      : { schemas: [groupSchema.id], displayName: `Team ${crypto.randomUUID()}` }
  const whole = part ? complexWith(attribute, part, value) : value
  return urn
    ? { ...base, schemas: [userSchema.id, urn], [urn]: { [attribute.name]: whole } }
    : { ...base, [attribute.name]: whole }
}

/** An element needs more than a type or a mark to say something. */
function complexWith(attribute: Attribute, part: Attribute, value: unknown): unknown {
  const names = (attribute.subAttributes ?? []).map(({ name }) => name)
  const filled = names.includes('value') ? 'value' : 'formatted'
  const object = {
    ...(attribute.multiValued && part.name !== filled
      ? { [filled]: attribute.name === 'x509Certificates' ? btoa('a') : 'filled' }
      : {}),
    [part.name]: value,
  }
  return attribute.multiValued ? [object] : object
}

/** What a resource has at the end of the path; of a list, what its only element has. */
function valueOf({ urn, attribute, part }: Leaf, resource: any): unknown {
  const holder = urn ? resource[urn] : resource
  const whole = holder?.[attribute.name]
  if (!part) return whole
  return (Array.isArray(whole) ? whole[0] : whole)?.[part.name]
}

const literal = (value: unknown): string => encodeURIComponent(JSON.stringify(value))

function swapCase(text: string): string {
  return Array.from(text, (letter) =>
    letter === letter.toUpperCase() ? letter.toLowerCase() : letter.toUpperCase(),
  ).join('')
}

async function make(scim: ScimClient, leaf: Leaf, value: unknown): Promise<any> {
  const { status, body } = await scim.call('POST', leaf.type.endpoint, bodyWith(leaf, value))
  expect(status, JSON.stringify(body)).toBe(201)
  return body
}

/** The ids that a filter finds among the given ones. */
async function find(
  scim: ScimClient,
  leaf: Leaf,
  filter: string,
  ids: readonly string[],
  more = '',
): Promise<string[]> {
  const among = ids.map((id) => `id eq "${id}"`).join(' or ')
  const { status, body } = await scim.call(
    'GET',
    `${leaf.type.endpoint}?filter=(${encodeURIComponent(among)})${filter}${more}`,
  )
  expect(status, JSON.stringify(body)).toBe(200)
  return body.Resources.map(({ id }: any) => id)
}

describe('an attribute that can be written', () => {
  it.each(titled(writable))('%s %s is created and read as it was sent', async (_, __, leaf) => {
    const scim = await directory()
    for (const value of samples(leaf)) {
      const made = await make(scim, leaf, value)
      expect(valueOf(leaf, made)).toEqual(value)
      const address = `${leaf.type.endpoint}/${made.id}`
      expect((await scim.call('GET', address)).body).toEqual(made)
      // PUT of what was read changes nothing.
      expect((await scim.call('PUT', address, made)).body).toEqual(made)
    }
  })

  it.each(titled(writable))(
    '%s %s is refused with a value of another type',
    async (_, __, leaf) => {
      const scim = await directory()
      const body = bodyWith(leaf, wrongValue(leaf))
      const refused = await scim.call('POST', leaf.type.endpoint, body)
      expect([refused.status, refused.body.scimType]).toEqual([400, 'invalidValue'])
      expect(refused.body.detail).toContain(endOf(leaf).name)
    },
  )

  it.each(titled(writable))(
    '%s %s is filtered, and case counts as it says',
    async (_, path, leaf) => {
      const scim = await directory()
      const [value, other] = samples(leaf)
      const made = await make(scim, leaf, value)
      const ids = [made.id]
      expect(await find(scim, leaf, ` and ${path} pr`, ids)).toEqual(ids)
      expect(await find(scim, leaf, ` and ${path} eq ${literal(value)}`, ids)).toEqual(ids)
      expect(await find(scim, leaf, ` and ${path} eq ${literal(other)}`, ids)).toEqual([])
      expect(await find(scim, leaf, ` and not (${path} eq ${literal(value)})`, ids)).toEqual([])
      if (typeof value === 'string') {
        const swapped = literal(swapCase(value))
        expect(await find(scim, leaf, ` and ${path} eq ${swapped}`, ids)).toEqual(
          endOf(leaf).caseExact ? [] : ids,
        )
      }
      const comparison = await scim.call(
        'GET',
        `${leaf.type.endpoint}?filter=${path} gt ${literal(value)}`,
      )
      const isOrdered = !['boolean', 'binary'].includes(endOf(leaf).type)
      expect([comparison.status, comparison.body.scimType]).toEqual(
        isOrdered ? [200, undefined] : [400, 'invalidFilter'],
      )
    },
  )

  it.each(titled(writable))('%s %s is sorted', async (_, path, leaf) => {
    const scim = await directory()
    const [low, high] = samples(leaf)
    // Made in the other order, so that the order of creation is not what is seen.
    const second = (await make(scim, leaf, high)).id
    const first = (await make(scim, leaf, low)).id
    const sorted = (more: string) => find(scim, leaf, '', [first, second], `&sortBy=${path}${more}`)
    expect(await sorted('')).toEqual([first, second])
    expect(await sorted('&sortOrder=descending')).toEqual([second, first])
  })

  it.each(titled(writable))('%s %s is patched', async (_, path, leaf) => {
    const scim = await directory()
    const [before, after] = samples(leaf)
    const made = await make(scim, leaf, before)
    const changed = await scim.call(
      'PATCH',
      `${leaf.type.endpoint}/${made.id}`,
      patch({ op: 'replace', path, value: after }),
    )
    expect(changed.status, JSON.stringify(changed.body)).toBe(200)
    expect(valueOf(leaf, changed.body)).toEqual(after)
    expect(changed.body.meta.version).not.toBe(made.meta.version)
    const read = await scim.call('GET', `${leaf.type.endpoint}/${made.id}`)
    expect(read.body).toEqual(changed.body)
  })

  it.each(titled(writable))('%s %s is removed, unless it is required', async (_, path, leaf) => {
    const scim = await directory()
    const made = await make(scim, leaf, samples(leaf)[1])
    const address = `${leaf.type.endpoint}/${made.id}`
    const removed = await scim.call('PATCH', address, patch({ op: 'remove', path }))
    if (endOf(leaf).required) {
      expect([removed.status, removed.body.scimType]).toEqual([400, 'mutability'])
      expect((await scim.call('GET', address)).body).toEqual(made)
    } else if (path === 'active') {
      // Nobody is neither active nor inactive.
      expect([removed.status, removed.code]).toEqual([400, 'activeWithoutValue'])
      expect((await scim.call('GET', address)).body).toEqual(made)
    } else {
      expect(removed.status, JSON.stringify(removed.body)).toBe(200)
      expect(valueOf(leaf, removed.body)).toBeUndefined()
    }
  })

  it.each(titled(writable))('%s %s is shown and left out as asked', async (_, path, leaf) => {
    const scim = await directory()
    const value = samples(leaf)[1]
    const made = await make(scim, leaf, value)
    const address = `${leaf.type.endpoint}/${made.id}`
    const only = (await scim.call('GET', `${address}?attributes=${path}`)).body
    expect(valueOf(leaf, only)).toEqual(value)
    const expected = ['id', 'schemas', leaf.urn ?? leaf.attribute.name]
    expect(Object.keys(only).sort()).toEqual(expected.sort())
    const without = (await scim.call('GET', `${address}?excludedAttributes=${path}`)).body
    expect(valueOf(leaf, without)).toBeUndefined()
    expect(without.id).toBe(made.id)
    expect(without).toHaveProperty('meta')
  })
})

describe('an attribute that is unique', () => {
  const unique = leaves.filter((leaf) => endOf(leaf).uniqueness === 'server' && !isReadOnly(leaf))

  it.each(titled(unique))('%s %s is refused with 409 the second time', async (_, path, leaf) => {
    const scim = await directory()
    const [value, another] = samples(leaf)
    await make(scim, leaf, value)
    const other = await make(scim, leaf, another)
    const address = `${leaf.type.endpoint}/${other.id}`
    const swapped = swapCase(String(value))
    for (const taken of endOf(leaf).caseExact ? [value] : [value, swapped]) {
      const answers = [
        await scim.call('POST', leaf.type.endpoint, bodyWith(leaf, taken)),
        await scim.call('PUT', address, bodyWith(leaf, taken)),
        await scim.call('PATCH', address, patch({ op: 'replace', path, value: taken })),
      ]
      for (const { status, body } of answers) {
        expect([status, body.scimType]).toEqual([409, 'uniqueness'])
      }
    }
    expect((await scim.call('GET', address)).body).toEqual(other)
  })
})

describe('an attribute that is required', () => {
  const required = leaves.filter((leaf) => endOf(leaf).required && !isReadOnly(leaf))

  it.each(titled(required))('%s %s has to be in each body', async (_, __, leaf) => {
    const scim = await directory()
    const made = await make(scim, leaf, samples(leaf)[0])
    for (const empty of [undefined, null, '', []]) {
      const body = bodyWith(leaf, empty)
      const answers = [
        await scim.call('POST', leaf.type.endpoint, body),
        await scim.call('PUT', `${leaf.type.endpoint}/${made.id}`, body),
      ]
      for (const answer of answers) {
        expect([answer.status, answer.body.scimType]).toEqual([400, 'invalidValue'])
      }
    }
  })
})

describe('an attribute that is read-only', () => {
  const readOnly = leaves.filter(isReadOnly)

  const ownReadOnly = readOnly.filter((leaf) => !isMember(leaf))

  it.each(titled(ownReadOnly))('%s %s is passed over in bodies', async (_, __, leaf) => {
    const scim = await directory()
    const [sent] = samples(leaf)
    const value = leaf.attribute.multiValued && !leaf.part ? ['urn:made:up'] : sent
    const made = await make(scim, leaf, value)
    const isThere = JSON.stringify(made).includes(JSON.stringify(value))
    // The server may have come to the same value on its own.
    if (endOf(leaf).type !== 'boolean' && !endOf(leaf).canonicalValues) expect(isThere).toBe(false)
    const name = leaf.type.name === 'User' ? 'userName' : 'displayName'
    const replaced = await scim.call('PUT', `${leaf.type.endpoint}/${made.id}`, {
      ...bodyWith(leaf, value),
      [name]: made[name],
    })
    expect(replaced.status, JSON.stringify(replaced.body)).toBe(200)
    expect(replaced.body).toEqual(made)
  })

  it.each(titled(readOnly))('%s %s is refused as the path of a PATCH', async (_, path, leaf) => {
    const scim = await directory()
    const { body: made } = await scim.call('POST', leaf.type.endpoint, {
      userName: person()['userName'],
      displayName: crypto.randomUUID(),
    })
    const address = `${leaf.type.endpoint}/${made.id}`
    for (const operation of [
      { op: 'add', path, value: samples(leaf)[0] },
      { op: 'replace', path, value: samples(leaf)[0] },
      { op: 'remove', path },
    ]) {
      const { status, body } = await scim.call('PATCH', address, patch(operation))
      expect([operation.op, status, body.scimType]).toEqual([operation.op, 400, 'mutability'])
    }
    expect((await scim.call('GET', address)).body).toEqual(made)
  })

  it.each(titled(readOnly.filter(({ attribute }) => ['id', 'meta'].includes(attribute.name))))(
    '%s %s is filled by the server',
    async (_, path, leaf) => {
      const scim = await directory()
      const { body: made } = await scim.call('POST', leaf.type.endpoint, {
        userName: person()['userName'],
        displayName: crypto.randomUUID(),
      })
      expect(valueOf(leaf, made)).toEqual(expect.any(String))
      if (['meta.location', 'meta.version'].includes(path)) return
      const filter = ` and ${path} eq ${literal(valueOf(leaf, made))}`
      expect(await find(scim, leaf, filter, [made.id])).toEqual([made.id])
      expect(await find(scim, leaf, '', [made.id], `&sortBy=${path}`)).toEqual([made.id])
    },
  )
})

describe('an attribute that is always returned', () => {
  const always = leaves.filter((leaf) => endOf(leaf).returned === 'always')

  it.each(titled(always))('%s %s is in every answer', async (_, path, leaf) => {
    const scim = await directory()
    const made = await scim.call('POST', `${leaf.type.endpoint}?excludedAttributes=${path}`, {
      userName: person()['userName'],
      displayName: crypto.randomUUID(),
    })
    expect(valueOf(leaf, made.body)).toBeDefined()
    for (const query of [`excludedAttributes=${path}`, 'attributes=externalId']) {
      const { body } = await scim.call('GET', `${leaf.type.endpoint}/${made.body.id}?${query}`)
      expect(valueOf(leaf, body)).toEqual(valueOf(leaf, made.body))
    }
  })
})

describe('an attribute that is never returned', () => {
  const never = leaves.filter((leaf) => endOf(leaf).returned === 'never')

  it.each(titled(never))('%s %s can be written, and in no way be read', async (_, path, leaf) => {
    const scim = await directory()
    const [value, other] = samples(leaf)
    const made = await make(scim, leaf, value)
    const address = `${leaf.type.endpoint}/${made.id}`
    const answers = [
      { body: made },
      await scim.call('PATCH', address, patch({ op: 'replace', path, value: other })),
      await scim.call('PUT', address, { ...made, [path]: value }),
      await scim.call('GET', `${address}?attributes=${path}`),
      await scim.call('GET', `${leaf.type.endpoint}?attributes=${path}&filter=id eq "${made.id}"`),
    ]
    for (const { body } of answers) {
      expect(JSON.stringify(body)).not.toContain(JSON.stringify(value))
      expect(JSON.stringify(body)).not.toContain(JSON.stringify(other))
    }
    for (const query of [
      `filter=${path} eq ${literal(value)}`,
      `filter=${path} pr`,
      `sortBy=${path}`,
    ]) {
      expect((await scim.call('GET', `${leaf.type.endpoint}?${query}`)).status).toBe(400)
    }
  })
})

describe('members', () => {
  it('are created, read, filtered, patched, removed and projected, and never edited', async () => {
    const scim = await directory()
    const people = await Promise.all([1, 2].map(() => scim.call('POST', '/Users', person())))
    const [ann, bob] = people.map(({ body }) => body)
    const { body: team } = await scim.call('POST', '/Groups', {
      displayName: crypto.randomUUID(),
      members: [{ value: ann.id, type: 'User', display: 'Made up', $ref: 'made-up' }],
    })
    const shown = (user: any) => ({
      value: user.id,
      type: 'User',
      display: user.displayName,
      $ref: user.meta.location,
    })
    expect(team.members).toEqual([shown(ann)])
    const address = `/Groups/${team.id}`
    const filter = encodeURIComponent(`members.value eq "${ann.id}"`)
    expect((await scim.call('GET', `/Groups?filter=${filter}`)).body.totalResults).toBe(1)
    for (const part of ['value', '$ref', 'type', 'display']) {
      const only = await scim.call('GET', `${address}?attributes=members.${part}`)
      expect(only.body.members).toEqual([{ [part]: (shown(ann) as any)[part] }])
      const without = await scim.call('GET', `${address}?excludedAttributes=members.${part}`)
      expect(without.body.members[0]).not.toHaveProperty([part])
      const edited = await scim.call(
        'PATCH',
        address,
        patch({ op: 'replace', path: `members[value eq "${ann.id}"].${part}`, value: bob.id }),
      )
      expect([edited.status, edited.body.scimType]).toEqual([400, 'mutability'])
    }
    const added = await scim.call(
      'PATCH',
      address,
      patch({ op: 'add', path: 'members', value: [{ value: bob.id }] }),
    )
    expect(added.body.members.map(({ value }: any) => value).sort()).toEqual(
      [ann.id, bob.id].sort(),
    )
    const removed = await scim.call(
      'PATCH',
      address,
      patch({ op: 'remove', path: `members[value eq "${ann.id}"]` }),
    )
    expect(removed.body.members).toEqual([shown(bob)])
    const read = await scim.call('GET', `/Users/${bob.id}`)
    expect(read.body.groups).toEqual([
      { value: team.id, display: team.displayName, type: 'direct', $ref: team.meta.location },
    ])
  })
})
