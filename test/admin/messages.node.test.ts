/** The catalogue of messages: both languages say the same, and nothing is there for nobody. */
import { readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'

async function readJson(path: string): Promise<any> {
  return JSON.parse(await readFile(join(root, 'assets', path), 'utf8'))
}

const english: Record<string, string> = await readJson('messages/en.json')
const german: Record<string, string> = await readJson('messages/de.json')
const guides = await readJson('guides.json')

/** The source of the pages that use messages. */
async function sources(): Promise<string> {
  const texts: string[] = []
  for (const folder of ['guide', 'customer', 'set-up', 'tokens', 'clients']) {
    const path = join(root, 'src/admin', folder)
    for (const name of await readdir(path)) texts.push(await readFile(join(path, name), 'utf8'))
  }
  return texts.join('\n')
}

/** All texts of a value, wherever they stand in it. */
function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.values(value).flatMap(textsIn) : []
}

const placeholders = (text: string) =>
  [...new Set(Array.from(text.matchAll(/\{(\w+)\}/g), ([, name]) => name))].toSorted()

const marks = (text: string) => [text.split('*').length % 2, text.split('`').length % 2]

describe('the catalogue of messages', () => {
  it('has the same keys in both languages, with the same placeholders and whole marks', () => {
    expect(Object.keys(german).toSorted()).toEqual(Object.keys(english).toSorted())
    for (const [key, text] of Object.entries(english)) {
      const other = german[key] ?? ''
      expect([key, placeholders(other)]).toEqual([key, placeholders(text)])
      expect([key, text.trim() !== '', other.trim() !== '']).toEqual([key, true, true])
      const isCode = (each: string) => each.replaceAll(/`[^`]*`/g, '')
      expect([key, marks(isCode(text)), marks(isCode(other))]).toEqual([key, [1, 1], [1, 1]])
    }
  })

  it('names the words of the screens alike in both languages', () => {
    const words = (text: string) =>
      Array.from(text.replaceAll(/`[^`]*`/g, '').matchAll(/\*([^*]+)\*/g), ([, word]) => word)
    for (const [key, text] of Object.entries(english)) {
      if (!/^(onelogin|okta|entra)\./.test(key)) continue
      expect([key, words(german[key] ?? '').toSorted()]).toEqual([key, words(text).toSorted()])
    }
  })

  it('has every key that a page or a guide names, and no other', async () => {
    const code = await sources()
    const quoted = Array.from(
      code.matchAll(/['"]([a-z][\w]*(?:\.[\w]+)+)['"]/g),
      ([, key = '']) => key,
    )
    const named = new Set([...quoted, ...textsIn(guides)])
    const isNamed = (key: string) => named.has(key) || named.has(key.replace(/\.(one|other)$/, ''))
    expect(Object.keys(english).filter((key) => !isNamed(key))).toEqual([])
    const first = new Set(Object.keys(english).map((key) => key.split('.')[0]))
    const wanted = quoted.filter((key) => first.has(key.split('.')[0]))
    const has = (key: string) => key in english || `${key}.one` in english
    expect(wanted.filter((key) => !has(key))).toEqual([])
    const ofGuides = guides.guides.flatMap((guide: any) => [
      ...Object.values(guide.fixes),
      ...guide.steps.flatMap((step: any) => [
        step.title,
        ...flat(step.blocks).flatMap(keysOfBlock),
      ]),
    ])
    expect([...ofGuides, ...Object.values(guides.troubles)].filter((key) => !has(key))).toEqual([])
  })

  it('says for every trouble of a guide what is seen', () => {
    for (const { fixes, steps } of guides.guides) {
      const shown = steps.flatMap(({ blocks }: any) =>
        flat(blocks).flatMap(({ codes = [] }: any) => codes),
      )
      for (const code of [...Object.keys(fixes), ...shown])
        expect(guides.troubles).toHaveProperty(code)
      for (const code of shown) expect(fixes).toHaveProperty(code)
    }
  })
})

/** Blocks with those that are folded. */
function flat(blocks: any[]): any[] {
  return blocks.flatMap((block) => [block, ...flat(block.blocks ?? [])])
}

function keysOfBlock(block: any): string[] {
  const rows: any[] = block.kind === 'values' ? block.rows : []
  return [
    ...(block.keys ?? []),
    ...(block.key ? [block.key] : []),
    ...(block.title ? [block.title] : []),
    ...rows.flatMap(([, value]) => ('say' in value ? [value.say] : [])),
  ]
}
