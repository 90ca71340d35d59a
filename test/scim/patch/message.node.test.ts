/** Bodies of a PATCH that are no list of operations. */
import { describe, expect, it } from 'vitest'
import { findOperations } from '../../../src/scim/patch/message'
import { groupType } from '../../../src/scim/group'
import type { JsonObject } from '../../../src/scim/json'
import type { ResourceType } from '../../../src/scim/schema'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const patchOp = 'urn:ietf:params:scim:api:messages:2.0:PatchOp'
const core = 'urn:ietf:params:scim:schemas:core:2.0'

function find(body: JsonObject, type: ResourceType = userType) {
  const reading = startReading(type)
  const found = findOperations(reading, body)
  return {
    operations: found.ok ? found.value : undefined,
    code: found.ok ? undefined : found.error.code,
    applied: [...reading.applied].toSorted(),
  }
}

describe('a PatchOp without operations', () => {
  it.each([
    {},
    { schemas: [patchOp] },
    { schemas: [patchOp], Operations: [] },
    { schemas: [patchOp], Operations: null },
    { operations: [] },
  ])('asks for nothing: %j', (body) => {
    expect(find(body)).toEqual({ operations: [], code: undefined, applied: ['noOperations'] })
  })

  it.each([
    { schemas: [patchOp], active: false },
    { schemas: [patchOp], Operations: [], active: false },
    { Operations: null, op: 'replace', path: 'active', value: false },
    { Operation: [{ op: 'replace', path: 'active', value: false }] },
    { active: false },
  ])('is not taken for one that says something else: %j', (body) => {
    expect(find(body).code).toBe('invalidPatch')
  })
})

describe('a PATCH whose body is the resource itself', () => {
  it('is one replace without path', () => {
    expect(find({ schemas: [`${core}:User`], active: false, id: '17' })).toEqual({
      operations: [{ op: 'replace', value: { active: false, id: '17' } }],
      code: undefined,
      applied: ['resourceAsPatch'],
    })
    const team = { schemas: [`${core}:Group`], displayName: 'T', members: [{ value: 'a' }] }
    expect(find(team, groupType).operations).toEqual([
      { op: 'replace', value: { displayName: 'T', members: [{ value: 'a' }] } },
    ])
  })

  it('is told from SCIM 1.1, where members are added one by one', () => {
    const members = [{ value: 'a' }]
    const add = [{ op: 'add', path: 'members', value: members }]
    expect(find({ schemas: ['urn:scim:schemas:core:1.0'], members }, groupType)).toEqual({
      operations: add,
      code: undefined,
      applied: ['operationsOfVersion1'],
    })
    const marked = [{ value: 'a', operation: 'delete' }]
    expect(find({ schemas: [`${core}:Group`], members: marked }, groupType).operations).toEqual([
      { op: 'remove', path: 'members', value: members },
    ])
    expect(find({ schemas: ['urn:scim:schemas:core:1.0'], active: false }).operations).toEqual([
      { op: 'replace', value: { active: false } },
    ])
  })

  it.each(['delete', 'Delete', 'DELETE'])('takes out who is marked %s, in any list', (mark) => {
    const emails = [{ value: 'a', OPERATION: mark }, { value: 'b' }]
    expect(find({ schemas: ['urn:scim:schemas:core:1.0'], emails }).operations).toEqual([
      { op: 'remove', path: 'emails', value: [{ value: 'a' }] },
      { op: 'add', path: 'emails', value: [{ value: 'b' }] },
    ])
    const Members = [{ value: 'a', operation: mark }]
    expect(find({ schemas: [], Members }, groupType).operations).toEqual([
      { op: 'remove', path: 'Members', value: [{ value: 'a' }] },
    ])
  })

  it('says all that stands in a body of SCIM 1.1, and takes a mark that nobody knows for no add', () => {
    const meta = { attributes: ['title', 'members'] }
    const body = { displayName: 'T', meta, members: [{ value: 'a', operation: 'move' }] }
    expect(find({ schemas: ['urn:scim:schemas:core:1.0'], ...body }, groupType).operations).toEqual(
      [
        { op: 'remove', path: 'title' },
        { op: 'remove', path: 'members' },
        { op: 'replace', value: { displayName: 'T' } },
        { op: 'move', path: 'members', value: [{ value: 'a' }] },
      ],
    )
  })

  it('names the type of the resource', () => {
    expect(find({ schemas: [`${core}:User`], displayName: 'T' }, groupType).code).toBe(
      'invalidPatch',
    )
  })
})
