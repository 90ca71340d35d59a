/** docs/conformance.md names tests that exist, and gives a reason where there is none. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { holds, isReason, missingTests, testsIn } from '../support/named-tests.ts'

interface Row {
  readonly group: string
  readonly section: string
  readonly requirement: string
  readonly shown: string
}

const document = await readFile(join(root, 'docs/conformance.md'), 'utf8')
const rows = readRows(document)

function readRows(text: string): Row[] {
  const found: Row[] = []
  let group = ''
  for (const line of text.split('\n')) {
    if (line.startsWith('## ')) group = line.slice(3)
    const cells = line.split('|').map((cell) => cell.trim())
    const [, section = '', requirement = '', shown = ''] = cells
    const isRow = line.startsWith('| ') && group.startsWith('RFC') && section !== 'section'
    if (isRow) found.push({ group, section, requirement, shown })
  }
  return found
}

function compareSections(left: string, right: string): number {
  const [one, other] = [left, right].map((section) => section.split('.').map(Number))
  for (let index = 0; index < Math.max(one?.length ?? 0, other?.length ?? 0); index += 1) {
    const difference = (one?.[index] ?? 0) - (other?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}

describe('docs/conformance.md', () => {
  it('covers the RFCs with the sections that concern a service provider, in their order', () => {
    const sections = new Map<string, string[]>()
    for (const { group, section } of rows) {
      expect(section).toMatch(/^\d+(\.\d+)*$/)
      sections.set(group, [...(sections.get(group) ?? []), section])
    }
    expect([...sections.keys()].map((group) => group.slice(0, 8))).toEqual([
      'RFC 7643',
      'RFC 7644',
      'RFC 9865',
      'RFC 6749',
      'RFC 7521',
      'RFC 7523',
      'RFC 8414',
    ])
    const expected = [
      '2 3 4 5 6 7 8 9',
      '2 3 4 5 6 7',
      '2 3 4 5',
      '2 3 4 5 10',
      '4 5',
      '2 3 5',
      '2 3',
    ]
    for (const [index, list] of [...sections.values()].entries()) {
      expect(list).toEqual(list.toSorted(compareSections))
      const chapters = new Set(list.map((section) => section.split('.')[0]))
      expect([...chapters].join(' ')).toBe(expected[index])
    }
  })

  it('has for each requirement a test or a reason why there is none', () => {
    expect(rows.length).toBeGreaterThan(200)
    for (const row of rows) {
      expect(row.requirement, row.section).toMatch(/^(MUST|SHOULD|SHALL|MAY)( NOT)?: \S/)
      const isRight = isReason(row.shown) || testsIn(row.shown).every((test) => test !== undefined)
      expect(isRight, `${row.section} ${row.requirement}: ${row.shown}`).toBe(true)
    }
  })

  it('states no requirement twice', () => {
    const stated = rows.map(({ group, section, requirement }) =>
      [group, section, requirement].join(' '),
    )
    expect(stated.filter((text, index) => stated.indexOf(text) !== index)).toEqual([])
  })

  it('names tests that exist', async () => {
    const shown = rows.map((row) => row.shown).filter((cell) => !isReason(cell))
    expect(await missingTests(shown.flatMap(testsIn))).toEqual([])
  })

  it('would not take a test that was renamed', () => {
    const source = "  it('does one thing', () => {})\n  it.each([1])('does %s', () => {})\n"
    expect(holds(source, 'does one thing')).toBe(true)
    expect(holds(source, 'does one')).toBe(false)
    expect(holds(source, 'does %s')).toBe(true)
    expect(holds(source, 'does another thing')).toBe(false)
    expect(holds(source, 'one thing')).toBe(false)
  })
})
