/** Writes docs/interoperability.md from what was played. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../root.ts'
import { clients, type Client } from './clients.ts'
import type { Played } from './play.ts'

const path = join(root, 'docs/interoperability.md')
const begin = '<!-- Written by `npm run interop`. -->\n'
const end = '\n<!-- End of what is written. -->'

/**
 * Replaces the rows of those who were played in the table between the marks; what stands around it
 * is written by hand.
 */
export async function writeDocument(
  results: readonly (readonly [Client, Played])[],
): Promise<void> {
  const document = await readFile(path, 'utf8')
  const before = document.slice(0, document.indexOf(begin) + begin.length)
  const after = document.slice(document.indexOf(end))
  const present = document.slice(before.length, document.indexOf(end)).split('\n')
  const rows = clients.flatMap((client) => {
    const [, played] = results.find(([{ name }]) => name === client.name) ?? []
    const row = present.find((line) => line.startsWith(`| ${client.title} |`))
    const cells = [client.title, client.flow, settingsOf(client)]
    if (played) return [`| ${[...cells, outcomeOf(played), client.notes].join(' | ')} |`]
    return row === undefined ? [] : [row]
  })
  const head = '\n| client | flow | settings | result | what to know |\n|---|---|---|---|---|\n'
  await writeFile(path, `${before}${head}${rows.join('\n')}\n${after}`)
}

function settingsOf({ settings = {} }: Client): string {
  const all = { profile: '`auto`', ...settings }
  return Object.entries(all)
    .map(([name, value]) => `\`${name}\` ${value}`)
    .join(', ')
}

function outcomeOf(played: Played): string {
  if (played.kind === 'impossible') return `not played: ${played.why}`
  const { steps, wrong } = played
  return wrong.length === 0 ? `${steps} steps, all as expected` : `${wrong.length} differ`
}
