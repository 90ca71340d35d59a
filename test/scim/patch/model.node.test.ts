/**
 * Random PATCH requests over a whole person, against a model that knows what each operation means and
 * nothing of how it is written. What is done is what the model says; what it says is not done, the
 * log names; what it says cannot be done is refused.
 */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { applyChanges } from '../../../src/scim/patch/apply'
import { readPatch } from '../../../src/scim/patch/parse'
import { seenIn } from '../../../src/scim/observed/observe'
import { isObject, type Json, type JsonObject } from '../../../src/scim/json'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'

const core = 'urn:ietf:params:scim:schemas:core:2.0:User'
const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'
const own = 'urn:example:params:2.0:User'

/** A part of a person: `holder` is an extension or a complex attribute, if it is not the person. */
interface Place {
  readonly holder?: string
  readonly name: string
  /** Ways to write its path. */
  readonly paths: readonly string[]
}

/** What an operation means: the person after it, or that it cannot be done. */
interface Meaning {
  readonly operation: JsonObject
  readonly apply: (person: Person) => void
  /** True for what nobody can do and no tolerance refuses: it changes nothing, and is named. */
  readonly isPassedOver?: boolean
}

type Entry = { readonly parts: Record<string, Json>; isMade: boolean }

interface Person {
  /** Values by `holder name`. */
  readonly values: Map<string, Json>
  emails: Entry[]
  tags: string[]
  isRefused: boolean
}

const places: readonly Place[] = [
  { name: 'title', paths: ['title', 'TITLE', `${core}:title`, `${core}.title`] },
  { name: 'nickName', paths: ['nickName', `${core}:NickName`] },
  { holder: 'name', name: 'givenName', paths: ['name.givenName', `${core}:name.GivenName`] },
  { holder: 'name', name: 'familyName', paths: ['name.familyName'] },
  { holder: enterprise, name: 'department', paths: [`${enterprise}:department`, 'department'] },
  { holder: own, name: 'badge', paths: [`${own}:badge`, `${own.toUpperCase()}:Badge`] },
]

const keyOf = ({ holder = '', name }: Place) => `${holder} ${name}`

const start: JsonObject = {
  userName: 'ann',
  active: true,
  title: 'Boss',
  name: { givenName: 'Ann', familyName: 'Low' },
  emails: [
    { value: 'a@x.test', type: 'work', primary: true },
    { value: 'b@x.test', type: 'home', display: 'At home' },
  ],
  [enterprise]: { department: 'R&D' },
  [own]: { badge: 'B-1', tags: ['d1', 'd2', 'd3'] },
}

function modelOf(person: JsonObject): Person {
  const at = ({ holder, name }: Place) => {
    const inner = holder === undefined ? person : person[holder]
    return isObject(inner) ? inner[name] : undefined
  }
  const values = places.flatMap((place): [string, Json][] => {
    const value = at(place)
    return value === undefined ? [] : [[keyOf(place), value]]
  })
  const list = (value: Json | undefined) => (Array.isArray(value) ? value : [])
  return {
    values: new Map([...values, ['active', person['active'] ?? null]]),
    emails: list(person['emails']).map((parts) => ({
      parts: { ...(parts as JsonObject) },
      isMade: false,
    })),
    tags: list(at({ holder: own, name: 'tags', paths: [] })).map(String),
    isRefused: false,
  }
}

/** The person that the model describes, as the gateway keeps it. */
function personOf({ values, emails, tags }: Person): JsonObject {
  const person: JsonObject = { userName: 'ann', active: values.get('active') ?? null }
  const put = (holder: string | undefined, name: string, value: Json) => {
    const inner = holder === undefined ? person : { ...(person[holder] as JsonObject | undefined) }
    inner[name] = value
    if (holder !== undefined) person[holder] = inner
  }
  for (const place of places) {
    const value = values.get(keyOf(place))
    if (value !== undefined) put(place.holder, place.name, value)
  }
  const kept = withoutTwins(emails.map(({ parts }) => parts))
  if (kept.length > 0) person['emails'] = kept
  if (tags.length > 0) put(own, 'tags', tags)
  return person
}

/** Entries with a value. Those that have become the same are one, primary if one of them is. */
function withoutTwins(list: readonly Record<string, Json>[]): Record<string, Json>[] {
  const kept: Record<string, Json>[] = []
  for (const parts of list) {
    if (parts['value'] === undefined) continue
    const twin = kept.find((one) => isSame(one, parts))
    const primary = twin?.['primary'] === true || parts['primary']
    if (!twin) kept.push({ ...parts })
    else Object.assign(twin, parts, primary === undefined ? {} : { primary })
  }
  return kept
}

const setting = fc.constantFrom('add', 'replace', 'Add', 'Replace')

/** A single value: set, cleared, or left alone by adding nothing; by path, or as a key. */
const single: fc.Arbitrary<Meaning> = fc
  .record({
    op: setting,
    place: fc.constantFrom(...places),
    spelling: fc.nat({ max: 3 }),
    value: fc.constantFrom<Json>('x', 'y', 17, null, ''),
    form: fc.constantFrom('path', 'key', 'nested', 'remove'),
  })
  .map(({ op, place, spelling, value, form }) => {
    const path = place.paths[spelling % place.paths.length] ?? place.name
    const isClearing = form === 'remove' || value === '' || (value === null && /replace/i.test(op))
    const { holder, name } = place
    return {
      operation:
        form === 'remove'
          ? { op: 'remove', path }
          : form === 'path'
            ? { op, path, value }
            : {
                op,
                value:
                  form === 'key' || !holder ? { [path]: value } : { [holder]: { [name]: value } },
              },
      apply(person) {
        if (isClearing) person.values.delete(keyOf(place))
        else if (value !== null) person.values.set(keyOf(place), String(value))
      },
    }
  })

const activity: fc.Arbitrary<Meaning> = fc
  .record({
    op: setting,
    value: fc.constantFrom<Json>(true, false, 'True', 'False'),
    isPath: fc.boolean(),
  })
  .map(({ op, value, isPath }) => ({
    operation: isPath ? { op, path: 'active', value } : { op, value: { active: value } },
    apply: ({ values }) => void values.set('active', /true/i.test(String(value))),
  }))

const entry = fc
  .record(
    {
      value: fc.constantFrom('a@x.test', 'b@x.test', 'c@x.test'),
      type: fc.constantFrom('work', 'home'),
      display: fc.constantFrom('One', 'Two'),
      primary: fc.boolean(),
    },
    { requiredKeys: ['value'] },
  )
  .map((parts): Record<string, Json> => ({ ...parts }))

const lower = (value: Json | undefined) => String(value ?? '').toLowerCase()

/** Entries with a value are the same when it is, and their type. */
function isSame(left: Record<string, Json>, right: Record<string, Json>): boolean {
  const isOne = lower(left['value']) === lower(right['value']) && left['type'] === right['type']
  return isOne && left['value'] !== undefined
}

/** One entry of each type and value; of several primary ones the first of a request is it. */
function join(person: Person, given: readonly Record<string, Json>[]): void {
  for (const parts of given) {
    const same = person.emails.find((one) => isSame(one.parts, parts))
    const target: Entry = same ?? { parts: {}, isMade: false }
    Object.assign(target.parts, parts)
    if (!same) person.emails.push(target)
    if (parts['primary'] === true) demote(person, target)
  }
}

function demote(person: Person, primary: Entry): void {
  for (const one of person.emails) {
    if (one !== primary && one.parts['primary'] === true) one.parts['primary'] = false
  }
}

/** A list as it is read: the same entries are one, and one is primary. */
function readList(list: readonly Record<string, Json>[]): Record<string, Json>[] {
  const read: Record<string, Json>[] = []
  for (const parts of list) {
    const same = read.find((one) => isSame(one, parts))
    if (same) Object.assign(same, parts)
    else read.push({ ...parts })
  }
  let hasPrimary = false
  for (const parts of read) {
    if (parts['primary'] !== true) continue
    if (hasPrimary) parts['primary'] = false
    hasPrimary = true
  }
  return read
}

const listed: fc.Arbitrary<Meaning> = fc
  .record({
    op: fc.constantFrom('add', 'replace', 'Add'),
    list: fc.array(entry, { minLength: 1, maxLength: 3 }),
    form: fc.constantFrom('path', 'key', 'lone'),
  })
  .map(({ op, list, form }) => {
    const [first = {}] = list
    const given = readList(form === 'lone' ? [first] : list)
    const value = form === 'lone' ? first : list
    return {
      operation: form === 'key' ? { op, value: { emails: value } } : { op, path: 'emails', value },
      apply(person) {
        if (op === 'replace') person.emails = []
        join(person, given)
      },
    }
  })

/** Filters with what they mean. */
const filters: readonly (readonly [
  string,
  (parts: Record<string, Json>) => boolean,
  JsonObject?,
])[] = [
  ['type eq "work"', (parts) => parts['type'] === 'work', { type: 'work' }],
  ['type eq "other"', (parts) => parts['type'] === 'other', { type: 'other' }],
  ['value eq "B@X.test"', (parts) => lower(parts['value']) === 'b@x.test', { value: 'B@X.test' }],
  ['primary eq true', (parts) => parts['primary'] === true, { primary: true }],
  ['type ne "home"', (parts) => parts['type'] !== 'home'],
  ['not (value co "a@")', (parts) => !lower(parts['value']).includes('a@')],
  ['display pr', (parts) => parts['display'] !== undefined],
  [
    'type eq "home" and value sw "b"',
    (parts) => parts['type'] === 'home' && lower(parts['value']).startsWith('b'),
  ],
]

/** True where a path names by a mark alone what can be but the only e-mail, which has none. */
function isForOnly({ emails }: Person, marks: JsonObject | undefined): boolean {
  const [only, ...others] = emails
  if (!only || others.length > 0 || !marks) return false
  return Object.keys(marks).every(
    (name) => (name === 'type' || name === 'primary') && only.parts[name] === undefined,
  )
}

const chosen: fc.Arbitrary<Meaning> = fc
  .record({
    op: fc.constantFrom('add', 'replace', 'remove', 'Replace'),
    filter: fc.constantFrom(...filters),
    part: fc.constantFrom<readonly [string, Json]>(
      ['value', 'n@x.test'],
      ['display', 'Name'],
      ['primary', true],
    ),
  })
  .map(({ op, filter: [text, holds, entryOf], part: [name, value] }) => ({
    operation: {
      op,
      path: `emails[${text}].${name}`,
      ...(op === 'remove' ? {} : { value }),
    },
    apply(person) {
      const meant = person.emails.filter(({ parts }) => holds(parts))
      if (op === 'remove') {
        for (const { parts } of meant) delete parts[name]
        return
      }
      const [only] = person.emails
      const isAddress = name === 'value' && /replace/i.test(op)
      if (meant.length === 0 && isAddress && only && isForOnly(person, entryOf)) {
        Object.assign(only.parts, entryOf, { value })
        return
      }
      if (meant.length === 0 && !entryOf) {
        person.isRefused = true
        return
      }
      if (meant.length === 0) {
        const made: Entry = { parts: { ...entryOf, [name]: value }, isMade: true }
        const same = person.emails.find((one) => isSame(one.parts, made.parts))
        if (same) Object.assign(same.parts, made.parts)
        else person.emails.push(made)
        if (made.parts['primary'] === true) demote(person, same ?? made)
        return
      }
      for (const { parts } of meant) parts[name] = value
      const [first] = meant
      if (name === 'primary' && first) demote(person, first)
    },
  }))

const removed: fc.Arbitrary<Meaning> = fc
  .constantFrom(...filters, undefined)
  .map((filter): Meaning => {
    const [text, holds] = filter ?? ['', () => true]
    return {
      operation: { op: 'remove', path: filter ? `emails[${text}]` : 'emails' },
      apply(person) {
        person.emails = person.emails.filter(({ parts }) => !holds(parts))
      },
    }
  })

const tags: fc.Arbitrary<Meaning> = fc
  .record({
    op: fc.constantFrom('add', 'replace', 'remove', 'Remove'),
    list: fc.array(fc.constantFrom('d1', 'd2', 'D1', 'd4'), { minLength: 1, maxLength: 3 }),
    form: fc.constantFrom('path', 'key', 'lone', 'whole'),
  })
  .map(({ op, list, form }) => {
    const isRemoval = /remove/i.test(op)
    const [first = ''] = list
    const given = [...new Set(form === 'lone' ? [first] : list)]
    const value = form === 'lone' ? first : list
    const path = `${own}:tags`
    const isAll = isRemoval && form === 'whole'
    return {
      operation:
        isRemoval || form === 'path' || form === 'lone'
          ? { op, path, ...(isAll ? {} : { value }) }
          : { op, value: form === 'key' ? { [path]: value } : { [own]: { tags: value } } },
      apply(person) {
        if (isAll) person.tags = []
        else if (isRemoval) person.tags = person.tags.filter((tag) => !given.includes(tag))
        else person.tags = [...new Set([...(op === 'replace' ? [] : person.tags), ...given])]
      },
    }
  })

/** What is asked for and is nothing that the gateway has. */
const noise: fc.Arbitrary<Meaning> = fc
  .constantFrom<JsonObject>(
    { op: 'add', path: 'nonsense', value: 'x' },
    { op: 'replace', value: { favoriteColor: 'red', title: 'Known' } },
    { op: 'replace', value: { id: 'other', title: 'Known' } },
    { op: 'add', value: { [own]: { deep: { a: { b: 1 } }, badge: 'Known' } } },
  )
  .map((operation) => ({
    operation,
    isPassedOver: true,
    apply({ values }) {
      const text = JSON.stringify(operation)
      if (text.includes('"title"')) values.set(' title', 'Known')
      if (text.includes('"badge"')) values.set(`${own} badge`, 'Known')
    },
  }))

const meaning = fc.oneof(
  { weight: 4, arbitrary: single },
  { weight: 1, arbitrary: activity },
  { weight: 4, arbitrary: listed },
  { weight: 4, arbitrary: chosen },
  { weight: 2, arbitrary: removed },
  { weight: 3, arbitrary: tags },
  { weight: 1, arbitrary: noise },
)

describe('any PATCH of a whole person', () => {
  it('does what a model says, names what it passes over, or is refused', () => {
    let done = 0
    fc.assert(
      fc.property(fc.array(meaning, { minLength: 1, maxLength: 5 }), (list) => {
        const model = modelOf(start)
        for (const { apply } of list) apply(model)
        // An entry that was made for a path, and to which nothing gave a value.
        const isHollow = model.emails.some(
          ({ parts, isMade }) => isMade && parts['value'] === undefined,
        )
        const isOnlyNoise = list.every(({ operation }) => operation['path'] === 'nonsense')
        const reading = startReading(seenIn(userType, start))
        const operations = list.map(({ operation }) => operation)
        const read = readPatch(reading, { Operations: operations })
        const changed = read.ok ? applyChanges(reading, start, read.value, { id: '17' }) : read
        const isRefused = model.isRefused || isHollow || isOnlyNoise
        expect(changed.ok ? 'done' : changed.error.code, JSON.stringify(operations)).toEqual(
          isRefused ? expect.stringMatching(/^(noTarget|invalidPath)$/) : 'done',
        )
        if (!changed.ok) return
        done += 1
        expect(changed.value, JSON.stringify(operations)).toEqual(personOf(model))
        const isNamed = reading.passed.some(({ name }) =>
          /^(unknownName|readOnlyValue)$/.test(name),
        )
        expect(isNamed).toBe(list.some(({ isPassedOver }) => isPassedOver))
      }),
      { numRuns: 5_000 },
    )
    expect(done).toBeGreaterThan(2_000)
  })
})
