/** Where a deployment may be, whatever the account has already. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { decideResidence, type Existing } from '../../scripts/deploy/residence.ts'
import { jurisdictions } from '../../src/object-location.ts'

const target = {
  worker: 'rollcall',
  parameters: [],
  databases: [
    { binding: 'DB', name: 'rollcall' },
    { binding: 'DB_TWO', name: 'rollcall-two' },
  ],
  namespaces: [{ binding: 'TOKENS', name: 'rollcall-tokens' }],
}

const place = fc.option(fc.constantFrom(...jurisdictions), { nil: undefined })

/** What an account may have: some of the target's, and others of other names. */
function things(...names: readonly string[]): fc.Arbitrary<Existing[]> {
  const thing = (name: string) =>
    place.map((jurisdiction) => ({
      name,
      id: `id-${name}`,
      ...(jurisdiction === undefined ? {} : { jurisdiction }),
    }))
  return fc
    .subarray([...names, 'rollcall-other', 'somebody'])
    .chain((some) => fc.tuple(...some.map(thing)).map((list) => [...list]))
}

const accounts = fc.record({
  databases: things('rollcall', 'rollcall-two'),
  namespaces: things('rollcall-tokens'),
})

/** The target's own things among those of an account. */
function own(account: { databases: readonly Existing[]; namespaces: readonly Existing[] }) {
  const names = new Set([...target.databases, ...target.namespaces].map(({ name }) => name))
  return [...account.databases, ...account.namespaces].filter(({ name }) => names.has(name))
}

describe('the residence of a deployment', () => {
  it('is the wished one exactly where nothing of it exists elsewhere', () => {
    fc.assert(
      fc.property(accounts, fc.constantFrom(...jurisdictions), (account, wished) => {
        const decided = decideResidence(wished, target, account)
        const isElsewhere = own(account).some(({ jurisdiction }) => jurisdiction !== wished)
        expect(decided.ok).toBe(!isElsewhere)
        if (decided.ok) expect(decided.value).toMatchObject({ jurisdiction: wished, warnings: [] })
      }),
    )
  })

  it("is the main database's without a wish, and tells what is elsewhere", () => {
    fc.assert(
      fc.property(accounts, (account) => {
        const decided = decideResidence(undefined, target, account)
        if (!decided.ok) throw new Error(decided.error)
        const main = account.databases.find(({ name }) => name === 'rollcall')
        expect(decided.value.jurisdiction).toBe(main?.jurisdiction)
        const others = own(account).filter(
          ({ jurisdiction }) => jurisdiction !== main?.jurisdiction,
        )
        expect(decided.value.warnings).toHaveLength(main?.jurisdiction ? others.length : 0)
      }),
    )
  })

  it('makes what is missing, and only that', () => {
    fc.assert(
      fc.property(accounts, place, (account, wished) => {
        const decided = decideResidence(wished, target, account)
        if (!decided.ok) return
        const missing = [...decided.value.missingDatabases, ...decided.value.missingNamespaces]
        const made = [...missing.map(({ name }) => name), ...own(account).map(({ name }) => name)]
        expect(made.sort()).toEqual(['rollcall', 'rollcall-tokens', 'rollcall-two'])
      }),
    )
  })
})
