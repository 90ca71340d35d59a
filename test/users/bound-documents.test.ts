/** The documents of a person, bound as attributes and the difference of the search document. */
import * as fc from 'fast-check'
import { sql } from 'drizzle-orm'
import { describe, expect, it } from 'vitest'
import { readBatch } from '../../src/database/batch'
import { fieldList } from '../../src/database/field'
import { query, value } from '../../src/database/statement'
import { documentsOf } from '../../src/directory/documents'
import type { JsonObject } from '../../src/scim/json'
import { userType } from '../../src/scim/user'
import { attributesOf, boundDocuments, searchOf } from '../../src/users/bound-documents'
import { resources } from '../support/arbitraries'
import { bindings } from '../support/gateway'

const bound = {
  attributes: value('attributes'),
  search: value('search'),
  isPatch: value('isPatch'),
}

const selectDocuments = query(
  { attributes: sql<string>`${attributesOf(bound)}`, search: sql<string>`${searchOf(bound)}` },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** Compares what D1 makes of what is bound with the documents; answers how many were patches. */
async function compare(list: readonly JsonObject[]): Promise<number> {
  const documents = list.map((resource) => documentsOf(userType, resource))
  const values = documents.map(boundDocuments)
  const read = await readBatch(
    bindings.DB,
    values.map((one) => selectDocuments(bindings.DB, { ...one })),
  )
  if (!read.ok) throw new Error(JSON.stringify(read.error))
  const rows = read.value.map(([row]) => row)
  expect(rows.map((row) => row?.attributes)).toEqual(documents.map(({ attributes }) => attributes))
  expect(rows.map((row) => JSON.parse(row?.search ?? 'null'))).toEqual(
    documents.map(({ searchValues }) => searchValues),
  )
  return values.filter(({ isPatch }) => isPatch === 1).length
}

describe('the documents of a person', () => {
  it('are in D1 what they are here, for whatever a person may have', async () => {
    let patches = 0
    await fc.assert(
      fc.asyncProperty(
        fc.array(resources(userType), { minLength: 40, maxLength: 40 }),
        async (list) => {
          patches += await compare(list)
        },
      ),
      { numRuns: 25 },
    )
    expect(patches).toBeGreaterThan(100)
  })

  it('are the same for letters, escapes, marks and names that no person has by themselves', async () => {
    const texts = [
      'ADA',
      'Ädä ÀÉ',
      'İIıi',
      'ΣΑΣ',
      '\u007fA',
      '\\N\\U',
      '"Q"',
      '\u0000\u001fA',
      '\ud83d\ude00A',
      '\ud800A',
      "it's 'A'",
      '',
      'CALINPSTU',
      'null',
      '{"A":1}',
      '\u2028A',
    ]
    const list = texts.flatMap((text): JsonObject[] => [
      { userName: text },
      { userName: 'ada', externalId: text, active: true },
      {
        userName: 'ada',
        emails: [
          { value: text, type: 'Work' },
          { value: 'B@c.d', primary: true },
        ],
      },
      { userName: 'Ada', name: { familyName: text, givenName: 'Ada' }, photos: [{ value: text }] },
      {
        userName: 'Ada',
        displayName: 'A',
        'urn:example:Q:User': { [text]: text, floor: -1.5e300 },
      },
    ])
    await compare([...list, { userName: 'ada', name: {}, emails: [] }, {}])
  })
})
