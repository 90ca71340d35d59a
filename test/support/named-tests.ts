/** Tests as documents name them: `room/file.test.ts`: title, several divided by <br>. */
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from '../../scripts/root.ts'

export interface Named {
  readonly file: string
  readonly title: string
}

export function isReason(cell: string): boolean {
  return /^no: \S/.test(cell)
}

/** The tests of a cell; undefined for a part that names none as it should. */
export function testsIn(cell: string): (Named | undefined)[] {
  return cell.split('<br>').map((text) => {
    const [, file, title] = /^`([\w/.-]+\.test\.ts)`: (\S.*)$/.exec(text.trim()) ?? []
    return file && title ? { file, title } : undefined
  })
}

/** True for a source with a test, plain or of `each`, whose whole title is `title`. */
export function holds(source: string, title: string): boolean {
  const escaped = title
    .replace(/[.*+?^${}()|[\]\\]/g, String.raw`\$&`)
    .replace(/'/g, String.raw`\\?'`)
  return new RegExp(
    String.raw`(?:\bit\(|\]\)\(|\)\(|^  \)\(|\(\s*)\s*(['"\`])${escaped}\1`,
    'm',
  ).test(source)
}

/** The tests of a list that no file has. */
export async function missingTests(list: readonly (Named | undefined)[]): Promise<string[]> {
  const missing: string[] = []
  const sources = new Map<string, string>()
  for (const test of list) {
    if (!test) continue
    const file = join(root, 'test', test.file)
    const source = sources.get(file) ?? (await readFile(file, 'utf8').catch(() => ''))
    sources.set(file, source)
    if (!holds(source, test.title)) missing.push(`${test.file}: ${test.title}`)
  }
  return missing
}
