/** docs/threat-model.md and SECURITY.md name tests that exist, or give a reason where there is none. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { isReason, missingTests, testsIn } from '../support/named-tests.ts'

const document = await readFile(join(root, 'docs/threat-model.md'), 'utf8')

/** The rows of every table of threats. */
const threats = document.split('\n## ').flatMap((section) => {
  const lines = section.split('\n').filter((line) => line.startsWith('|'))
  if (!lines[0]?.startsWith('| threat |')) return []
  return lines.slice(2).map((line) => {
    const [, threat = '', shown = ''] = line.split(/(?<!\\)\|/).map((cell) => cell.trim())
    return { threat, shown }
  })
})

it('docs/threat-model.md has for each threat a test that exists, or a reason why there is none', async () => {
  expect(threats.length).toBeGreaterThan(40)
  for (const { threat, shown } of threats) {
    expect(threat).toMatch(/^[A-Z]/)
    const isRight = isReason(shown) || testsIn(shown).every((test) => test !== undefined)
    expect(isRight, `${threat}: ${shown}`).toBe(true)
  }
  const named = threats
    .filter(({ shown }) => !isReason(shown))
    .flatMap(({ shown }) => testsIn(shown))
  expect(await missingTests(named)).toEqual([])
})

it('SECURITY.md names for each promise tests that exist', async () => {
  const promises = (await readFile(join(root, 'SECURITY.md'), 'utf8'))
    .split('\n')
    .filter((line) => line.startsWith('| '))
    .slice(1)
    .map((line) => line.split('|').map((cell) => cell.trim())[2] ?? '')
  expect(promises.length).toBeGreaterThan(5)
  const named = promises.flatMap((shown) => testsIn(shown))
  expect(named.filter((test) => test === undefined)).toEqual([])
  expect(await missingTests(named)).toEqual([])
})
