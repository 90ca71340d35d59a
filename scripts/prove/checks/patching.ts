/** PATCH of people: what each kind of path and operation does, and what is refused. */
import { read, readList, readText } from '../../simulator/json.ts'
import type { Check } from '../check.ts'
import { urns } from '../resources.ts'
import type { Trial } from '../trial.ts'

/** In the form to which a server may bring them (RFC 7643 section 4.1.2). */
const phones = [
  { value: 'tel:+43-1-5550101', type: 'work' },
  { value: 'tel:+43-1-5550102', type: 'mobile' },
]

/** Values of a list of complex entries, without regard to their order. */
function valuesOf(body: unknown, name: string): readonly string[] {
  return readList(body, name)
    .map((entry) => readText(entry, 'value') ?? '')
    .toSorted()
}

export const changesSimpleValues: Check = {
  name: 'add and replace of a single simple value do the same',
  async run(trial) {
    const { path } = await trial.person()
    for (const op of ['add', 'replace', 'add']) {
      const value = trial.name(op)
      await trial.change(path, { op, path: 'title', value })
      trial.same(readText(await trial.read(path), 'title'), value, '"title"')
    }
  },
}

export const changesSeveralAtOnce: Check = {
  name: 'One PATCH changes several attributes, each by an operation of its own',
  async run(trial) {
    const { path } = await trial.person()
    await trial.change(
      path,
      { op: 'replace', path: 'title', value: 'Head' },
      { op: 'replace', path: 'displayName', value: 'Ann P.' },
      { op: 'add', path: 'nickName', value: 'Annie' },
    )
    const body = await trial.read(path)
    const found = ['title', 'displayName', 'nickName'].map((name) => read(body, name))
    trial.same(found, ['Head', 'Ann P.', 'Annie'], 'title, displayName and nickName')
  },
}

export const changesParts: Check = {
  name: 'A path with a dot changes one part of a complex value, and leaves the others',
  async run(trial) {
    const { path } = await trial.person()
    await trial.change(path, { op: 'replace', path: 'name.givenName', value: 'Eve' })
    const body = await trial.read(path)
    const found = ['givenName', 'familyName'].map((name) => read(body, 'name', name))
    trial.same(found, ['Eve', 'Prover'], 'givenName and familyName')
  },
}

export const replacesComplexWhole: Check = {
  name: 'replace of a complex value replaces it as a whole',
  async run(trial) {
    const { path } = await trial.person({
      name: { givenName: 'Ann', familyName: 'Prover', middleName: 'M.' },
    })
    const value = { givenName: 'Eve', familyName: 'Other' }
    await trial.change(path, { op: 'replace', path: 'name', value })
    const body = await trial.read(path)
    trial.same(readText(body, 'name', 'givenName'), 'Eve', '"name.givenName"')
    trial.same(read(body, 'name', 'middleName') ?? '', '', '"name.middleName"')
  },
}

export const replacesGivenParts: Check = {
  name: 'replace of a complex value sets the parts that are given, and leaves the others',
  async run(trial) {
    const { path } = await trial.person()
    await trial.change(path, { op: 'replace', path: 'name', value: { givenName: 'Eve' } })
    const body = await trial.read(path)
    const found = ['givenName', 'familyName'].map((name) => read(body, 'name', name))
    trial.same(found, ['Eve', 'Prover'], 'givenName and familyName')
  },
}

export const mergesComplex: Check = {
  name: 'add to a complex value sets what is given, and leaves the other parts',
  async run(trial) {
    const { path } = await trial.person()
    await trial.change(path, { op: 'add', path: 'name', value: { middleName: 'M.' } })
    const body = await trial.read(path)
    const found = ['givenName', 'middleName'].map((name) => read(body, 'name', name))
    trial.same(found, ['Ann', 'M.'], 'givenName and middleName')
  },
}

export const replacesLists: Check = {
  name: 'replace of a list replaces all of its entries',
  async run(trial) {
    const { path } = await trial.person({ phoneNumbers: phones })
    const value = [{ value: 'tel:+43-1-5550103', type: 'work' }]
    await trial.change(path, { op: 'replace', path: 'phoneNumbers', value })
    trial.same(
      valuesOf(await trial.read(path), 'phoneNumbers'),
      ['tel:+43-1-5550103'],
      'The numbers',
    )
  },
}

export const appendsToLists: Check = {
  name: 'add to a list appends to it',
  async run(trial) {
    const { path } = await trial.person({ phoneNumbers: phones.slice(0, 1) })
    await trial.change(path, { op: 'add', path: 'phoneNumbers', value: phones.slice(1) })
    const found = valuesOf(await trial.read(path), 'phoneNumbers')
    trial.same(found, ['tel:+43-1-5550101', 'tel:+43-1-5550102'], 'The numbers')
  },
}

export const changesOneEntry: Check = {
  name: 'A filter with a part behind it changes that part of the entry it matches, and no other',
  async run(trial) {
    const { path } = await trial.person({ phoneNumbers: phones })
    const operation = { op: 'replace', path: 'phoneNumbers[type eq "work"].value' }
    await trial.change(path, { ...operation, value: 'tel:+43-1-5550109' })
    const found = valuesOf(await trial.read(path), 'phoneNumbers')
    trial.same(found, ['tel:+43-1-5550102', 'tel:+43-1-5550109'], 'The numbers')
  },
}

export const removesValues: Check = {
  name: 'remove takes a value away, and a removal of what is not there is no error of the server',
  async run(trial) {
    const { path } = await trial.person({ title: 'Head' })
    await trial.change(path, { op: 'remove', path: 'title' })
    trial.same(read(await trial.read(path), 'title') ?? '', '', '"title"')
    const again = await trial.patch(path, { op: 'remove', path: 'title' })
    trial.want(again, 200, 204, 400)
  },
}

export const removesOneEntry: Check = {
  name: 'remove with a filter takes away the entry it matches, and no other',
  async run(trial) {
    const { path } = await trial.person({ phoneNumbers: phones })
    await trial.change(path, { op: 'remove', path: 'phoneNumbers[type eq "work"]' })
    trial.same(
      valuesOf(await trial.read(path), 'phoneNumbers'),
      ['tel:+43-1-5550102'],
      'The numbers',
    )
  },
}

export const changesWithoutPath: Check = {
  name: 'An operation without a path changes what its value names',
  async run(trial) {
    const { path } = await trial.person()
    await trial.change(path, { op: 'replace', value: { title: 'Head', nickName: 'Annie' } })
    const body = await trial.read(path)
    const found = ['title', 'nickName', 'displayName'].map((name) => read(body, name))
    trial.same(found, ['Head', 'Annie', 'Ann Prover'], 'title, nickName and displayName')
  },
}

export const changesExtensions: Check = {
  name: 'A path behind the URN of an extension changes that attribute',
  async run(trial) {
    const known = (await trial.schemas()).map((schema) => readText(schema, 'id'))
    if (!known.includes(urns.enterprise)) trial.skip('Schemas has no enterprise extension.')
    const { path } = await trial.person()
    const operation = { op: 'add', path: `${urns.enterprise}:department`, value: 'R&D' }
    await trial.change(path, operation)
    const body = await trial.read(path)
    trial.same(readText(body, urns.enterprise, 'department'), 'R&D', 'The department')
    trial.holds(
      readList(body, 'schemas').includes(urns.enterprise),
      '"schemas" lacks the extension that the person has.',
    )
  },
}

export const isAllOrNothing: Check = {
  name: 'A PATCH of which one operation is refused changes nothing',
  async run(trial) {
    const { path } = await trial.person({ title: 'Clerk' })
    const answer = await trial.patch(
      path,
      { op: 'replace', path: 'title', value: 'Head' },
      { op: 'replace', path: 'id', value: 'other' },
    )
    trial.refused(answer, 400)
    trial.same(readText(await trial.read(path), 'title'), 'Clerk', '"title"')
  },
}

export const keepsReadOnly: Check = {
  name: 'A PATCH of what is read-only is 400 mutability',
  async run(trial) {
    const { path } = await trial.person()
    const answer = await trial.patch(path, { op: 'replace', path: 'id', value: 'other' })
    trial.refused(answer, 400, 'mutability')
  },
}

/** A check that a PATCH of a person is refused and leaves the person as it was. */
function refusing(
  name: string,
  operation: unknown,
  scimType: string | undefined,
  more: Readonly<Record<string, unknown>> = {},
): Check {
  return {
    name,
    async run(trial: Trial) {
      const made = await trial.person({ phoneNumbers: phones, ...more })
      const before = await trial.read(made.path)
      trial.refused(await trial.patch(made.path, operation), 400, scimType)
      trial.same(await trial.read(made.path), before, 'The person behind the refusal')
    },
  }
}

export const refusesUnknownPaths: Check = refusing(
  'A PATCH of an attribute that no schema has is 400 invalidSyntax',
  { op: 'add', path: 'noSuchAttribute', value: 'x' },
  'invalidSyntax',
)

export const refusesUnreadablePaths: Check = refusing(
  'A PATCH with a path that cannot be read is 400',
  { op: 'replace', path: 'emails[type eq', value: 'x' },
  undefined,
)

export const refusesUnknownOperations: Check = refusing(
  'A PATCH with an unknown "op" is 400',
  { op: 'increment', path: 'title', value: 'x' },
  undefined,
)

export const refusesWithoutPath: Check = refusing(
  'An operation without a path is 400 invalidSyntax',
  { op: 'replace', value: { title: 'Head' } },
  'invalidSyntax',
)

export const refusesWholeEntries: Check = refusing(
  'A filter without a part behind it is 400 invalidPath',
  { op: 'replace', path: 'phoneNumbers[type eq "work"]', value: { value: 'tel:+43-1-5550109' } },
  'invalidPath',
)

export const refusesSeveralEntries: Check = refusing(
  'A filter that matches several entries is 400 invalidFilter',
  { op: 'replace', path: 'phoneNumbers[type eq "work"].value', value: 'tel:+43-1-5550109' },
  'invalidFilter',
  { phoneNumbers: [...phones, { value: 'tel:+43-1-5550105', type: 'work' }] },
)

export const refusesNoTarget: Check = refusing(
  'replace of the part of an entry that no filter matches is 400 noTarget',
  { op: 'replace', path: 'phoneNumbers[type eq "fax"].value', value: 'tel:+43-1-5550109' },
  'noTarget',
)
