/** The documents that people read, and the blocks of code in them. */
import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../scripts/root.ts'

export interface Document {
  /** Path from the root of the repository. */
  readonly path: string
  readonly text: string
}

/** The pages in the order in which the README names them, and then the others. */
export async function readDocuments(): Promise<readonly Document[]> {
  const first = [
    'README.md',
    'docs/operating.md',
    'docs/identity-providers.md',
    'docs/settings.md',
    'docs/application.md',
    'docs/webhooks.md',
    'docs/administration.md',
  ]
  const folders = ['.', 'docs', 'docs/decisions', 'packages/client']
  const found = await Promise.all(
    folders.map(async (folder) =>
      (await readdir(join(root, folder))).flatMap((name) =>
        name.endsWith('.md') ? [join(folder, name)] : [],
      ),
    ),
  )
  const paths = [...new Set([...first, ...found.flat().toSorted()])]
  return Promise.all(
    paths.map(async (path) => ({ path, text: await readFile(join(root, path), 'utf8') })),
  )
}

export async function readDocument(path: string): Promise<string> {
  return readFile(join(root, path), 'utf8')
}

/** The text without its blocks of code. */
export function proseOf(text: string): string {
  return text.replaceAll(/^( *)```[^]*?^\1```$/gm, '')
}

/** Blocks of a language, '' for those without one, as they are typed: without the indent of a list. */
export function blocksOf(text: string, language: string): string[] {
  return [...text.matchAll(/^( *)```(\w*)\n([^]*?)^\1```$/gm)].flatMap(
    ([, indent = '', found, block = '']) =>
      found === language ? [block.replaceAll(new RegExp(`^${indent}`, 'gm'), '')] : [],
  )
}

/** The part of a page below a heading, up to the next heading of the same or a higher rank. */
export function sectionOf(text: string, heading: string): string {
  const rank = /^#+/.exec(heading)?.[0].length ?? 1
  // Comments of a configuration begin as headings do: blocks are told apart by what stands around them.
  const parts = text.split(/^( *```)/m)
  let isInside = false
  let isInBlock = false
  const section: string[] = []
  for (const part of parts) {
    if (/^ *```$/.test(part)) isInBlock = !isInBlock
    for (const line of part.split(/^/m)) {
      const [marks] = isInBlock ? [] : (/^#+(?= )/.exec(line) ?? [])
      if (line.trim() === heading) isInside = true
      else if (marks !== undefined && marks.length <= rank) isInside = false
      if (isInside) section.push(line)
    }
  }
  if (section.length === 0) throw new Error(`There is no "${heading}"`)
  return section.join('')
}

/** Rows of the first table behind a text, each a list of its cells; without the head. */
export function tableAfter(text: string, start: string): string[][] {
  const [, table = ''] = text.slice(text.indexOf(start)).split(/^(\|[^]*?)\n(?!\|)/m)
  return table
    .split('\n')
    .slice(2)
    .map((line) =>
      line
        .split(/(?<!\\)\|/)
        .slice(1, -1)
        .map((cell) => cell.trim()),
    )
}
