/** The commands that the documents tell people to type: each exists, with the options that are given. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'
import { runWranglerIn } from '../../scripts/wrangler.ts'

const pages = [
  'README.md',
  'CONTRIBUTING.md',
  ...(await readdir(join(root, 'docs'))).flatMap((name) =>
    name.endsWith('.md') ? [`docs/${name}`] : [],
  ),
]
const texts = await Promise.all(pages.map((page) => readFile(join(root, page), 'utf8')))
const text = texts.join('\n')

/** What follows a word in a text, up to the end of the command, without what stands for a value. */
function commandsAfter(start: string): string[] {
  const pattern = new RegExp(`${start} ([^\`|\\n;&\\\\]+)`, 'g')
  return [...new Set([...text.matchAll(pattern)].map(([, command = '']) => command.trim()))]
}

describe('wrangler has the commands of the documents', () => {
  it.each(commandsAfter('npx wrangler'))('npx wrangler %s', async (command) => {
    const words = command.split(/\s+/).filter((word) => !word.includes('…'))
    const options = words.flatMap((word) =>
      word.startsWith('--') ? [word.split('=')[0] ?? ''] : [],
    )
    const plain = words.slice(0, words.findIndex((word) => word.startsWith('-')) >>> 0)
    const help = await runWranglerIn(root, ...plain, '--help')
    const [, usage = ''] = /^wrangler ([^\n]*)/m.exec(help) ?? []
    const wanted = usage.split(' ')
    const name = wanted.filter((word) => /^[\w-]+$/.test(word))
    expect(plain.slice(0, name.length), usage).toEqual(name)
    expect(plain.length, usage).toBeLessThanOrEqual(wanted.length)
    for (const option of options) expect(help).toContain(option)
  })
})

it('package.json has the scripts of the documents', async () => {
  const { scripts } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
  const named = commandsAfter('npm run').map((command) => command.split(/\s/)[0] ?? '')
  expect(named.length).toBeGreaterThan(10)
  for (const name of new Set(named)) expect(Object.keys(scripts), name).toContain(name)
})

it('the Worker logs the failures that the document has an alarm for', async () => {
  const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8')
  const [, table = ''] = /\| signal \|([^]*?)\n\n/.exec(page) ?? []
  const named = [...table.matchAll(/`([A-Z][a-zA-Z -]+ failed[a-z -]*[\w ]*)`/g)].map(
    ([, words]) => words,
  )
  expect(named.length).toBeGreaterThan(6)
  const files = await readdir(join(root, 'src'), { recursive: true })
  const sources = await Promise.all(
    files
      .filter((name) => /\.tsx?$/.test(name))
      .map((name) => readFile(join(root, 'src', name), 'utf8')),
  )
  for (const words of named) {
    expect(
      sources.some((source) => source.includes(`'${words}'`)),
      words,
    ).toBe(true)
  }
})
