/** What `npm run interop` is made of, without a client. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { clients } from '../scripts/interop/clients'
import { differences } from '../scripts/interop/compare'
import { withRows } from '../scripts/interop/document'
import { readStory } from '../scripts/interop/story'
import { root } from '../scripts/root'

const ann = {
  id: '1',
  userName: 'ann@example.com',
  emails: [{ value: 'ann@example.com', type: 'work' }, { value: 'ann@example.org' }],
  meta: { created: '2026-11-28T10:00:00.120Z' },
}

describe('what a client believes', () => {
  it('is right when it says the same in another order, with other capitals and other digits of a second', () => {
    const believed = {
      meta: { created: '2026-11-28T10:00:00.120000+00:00', location: null },
      EMAILS: [{ value: 'ann@example.org' }, { type: 'work', value: 'ann@example.com' }],
      username: 'ann@example.com',
      id: '1',
      groups: [],
    }
    expect(differences('person', [believed], [ann], {})).toEqual([])
  })

  it.each([
    ['who is not there', [ann, { id: '2' }], [ann]],
    ['who is not known', [ann], [ann, { id: '2' }]],
    ['with another name', [{ ...ann, userName: 'ben@example.com' }], [ann]],
    ['with an address less', [{ ...ann, emails: ann.emails.slice(1) }], [ann]],
    ['with an attribute more', [{ ...ann, title: 'Boss' }], [ann]],
    ['with an attribute less', [ann], [{ ...ann, title: 'Boss' }]],
    ['made at another time', [{ ...ann, meta: { created: '2026-11-28T10:00:00.121Z' } }], [ann]],
  ])('is wrong of a person %s', (_, believed, actual) => {
    expect(differences('person', believed, actual, {})).toHaveLength(1)
  })

  it('may leave out what the client does not keep', () => {
    const part = { id: '1', userName: 'ann@example.com' }
    expect(differences('person', [part], [ann], { tellsPart: true })).toEqual([])
    expect(differences('person', [{ ...part, x: 1 }], [ann], { tellsPart: true })).toHaveLength(1)
    const loses = { loses: ['emails', 'meta'] }
    expect(differences('person', [part], [ann], loses)).toEqual([])
  })
})

it('a story is the lines that a script means to tell', () => {
  const lines = ['step\tone', 'noise', 'wrong\ttwo\twhy', 'person\t{"id":"1"}', 'team\t{"id":"2"}']
  expect(readStory(lines)).toEqual({
    steps: 1,
    wrong: ['two: why'],
    people: [{ id: '1' }],
    teams: [{ id: '2' }],
  })
})

describe('the table of clients', () => {
  const [first, second] = clients
  const document = (rows: string) =>
    `Before.\n<!-- Written by \`npm run interop\`. -->\n${rows}\n<!-- End of what is written. -->\nBehind.\n`
  const why = 'It needs go.\nAnd here is all that it said.'

  it('has the row of who was played, and keeps that of who could not be played, or was not asked', () => {
    if (!first || !second) throw new Error('There are no clients.')
    const old = `| ${first.title} | old |\n| ${second.title} | old |`
    const played = { kind: 'played', steps: 3, wrong: [] } as const
    const impossible = { kind: 'impossible', why } as const
    const written = withRows(document(old), [
      [first, impossible],
      [second, played],
    ])
    expect(written).toContain(`\n| ${first.title} | old |\n| ${second.title} | ${second.flow} |`)
    expect(written).toContain('| 3 steps, all as expected |')
    expect(written).toMatch(/^Before\.[^]*Behind\.\n$/)
    expect(withRows(written, [])).toBe(written)
  })

  it('says in one line why somebody new could not be played', () => {
    if (!first) throw new Error('There are no clients.')
    const written = withRows(document(''), [[first, { kind: 'impossible', why }]])
    expect(written).toContain(`| not played: It needs go. | ${first.notes} |`)
  })
})

it('each script belongs to a client, each client and each finding has a row in the document', async () => {
  const scripts = await readdir(join(root, 'interop'))
  const used = new Set(clients.flatMap(({ install }) => [...install.files]))
  expect([...used].toSorted()).toEqual(scripts.toSorted())
  const document = await readFile(join(root, 'docs/interoperability.md'), 'utf8')
  const missing = clients.filter(({ title }) => !document.includes(`| ${title} |`))
  expect(missing.map(({ name }) => name)).toEqual([])
  const findings = await readdir(join(root, 'findings'))
  expect(findings.filter((name) => !document.includes(`(../findings/${name})`))).toEqual([])
})
