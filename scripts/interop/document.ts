/** Writes docs/interoperability.md from what was played. */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../root.ts'
import { clients, type Client } from './clients.ts'
import type { Played } from './play.ts'

export type Results = readonly (readonly [Client, Played])[]

const path = join(root, 'docs/interoperability.md')
const begin = '<!-- Written by `npm run interop`. -->\n'
const end = '\n<!-- End of what is written. -->'

/** Writes the rows of those who were played into the document. */
export async function writeDocument(results: Results): Promise<void> {
  await writeFile(path, withRows(await readFile(path, 'utf8'), results))
}

/**
 * Replaces the rows of those who were played in the table between the marks. Who could not be played
 * keeps the row of an earlier run, which had what this one lacked; what stands around the table is
 * written by hand.
 */
export function withRows(document: string, results: Results): string {
  const before = document.slice(0, document.indexOf(begin) + begin.length)
  const after = document.slice(document.indexOf(end))
  const present = document.slice(before.length, document.indexOf(end)).split('\n')
  const rows = clients.flatMap((client) => {
    const [, played] = results.find(([{ name }]) => name === client.name) ?? []
    const row = present.find((line) => line.startsWith(`| ${client.title} |`))
    const cells = [client.title, client.flow, settingsOf(client)]
    const isKept = played === undefined || (played.kind === 'impossible' && row !== undefined)
    if (isKept) return row === undefined ? [] : [row]
    return [`| ${[...cells, outcomeOf(played), client.notes].join(' | ')} |`]
  })
  const head = '\n| client | flow | settings | result | what to know |\n|---|---|---|---|---|\n'
  return `${before}${head}${rows.join('\n')}\n${after}`
}

function settingsOf({ settings = {} }: Client): string {
  const all = { profile: '`auto`', ...settings }
  return Object.entries(all)
    .map(([name, value]) => `\`${name}\` ${value}`)
    .join(', ')
}

function outcomeOf(played: Played): string {
  if (played.kind === 'impossible') return `not played: ${played.why.split('\n')[0]}`
  const { steps, wrong } = played
  return wrong.length === 0 ? `${steps} steps, all as expected` : `${wrong.length} differ`
}
