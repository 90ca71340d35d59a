/** Each check passes on the project and fails when its rule is broken: violations are planted in a copy. */
import { cp, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../scripts/checks.ts'
import type { Outcome } from '../../scripts/outcome.ts'
import { root } from '../../scripts/root.ts'

/** What git leaves out; a configuration of a tenant comes and goes in another test. */
const left = /^(node_modules|\.git|\.wrangler|dist|wrangler\..+\.json)$/

let copy: string

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'rollcall-checks-'))
  for (const name of await readdir(root)) {
    if (!left.test(name)) await cp(join(root, name), join(copy, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(async () => {
  await rm(copy, { recursive: true, force: true })
})

function runCheck(name: string): Promise<Outcome> {
  const check = checks.find((candidate) => candidate.name === name)
  if (!check) throw new Error(`There is no check ${name}`)
  return check.run(copy)
}

type Change = (text: string) => string

/** Runs a check on the copy with some files changed, and puts them back. */
async function planted(name: string, changes: Readonly<Record<string, Change>>): Promise<Outcome> {
  const files = Object.keys(changes).map((file) => join(copy, file))
  const before = await Promise.all(files.map((file) => readFile(file, 'utf8').catch(() => null)))
  try {
    for (const [index, change] of Object.values(changes).entries()) {
      await writeFile(files[index] ?? '', change(before[index] ?? ''))
    }
    return await runCheck(name)
  } finally {
    for (const [index, file] of files.entries()) {
      const text = before[index]
      if (typeof text === 'string') await writeFile(file, text)
      else await rm(file)
    }
  }
}

const added =
  (more: string): Change =>
  (text) =>
    `${text}\n${more}\n`

const replaced =
  (from: string, to: string): Change =>
  (text) => {
    expect(text).toContain(from)
    return text.replace(from, to)
  }

describe('each check', () => {
  it.each(checks.map(({ name }) => name))('%s: passes on the project as it is', async (name) => {
    expect(await runCheck(name)).toEqual({ isPassed: true, output: expect.any(String) })
  })

  const wrongType = added(`export const wrong: number = 'text'`)

  it.each<[string, string, Change, string]>([
    ['types of the Worker', 'src/result.ts', wrongType, 'TS2322'],
    ['types of scripts and tests', 'scripts/root.ts', wrongType, 'TS2322'],
    ['format', 'src/result.ts', added(`export const   wrong = "text";`), 'result.ts'],
    ['dead code', 'src/result.ts', added(`export function unused(): void {}`), 'unused'],
    ['dead code', 'src/orphan.ts', added(`export const orphan = 1`), 'orphan.ts'],
    ['dead code', 'package.json', replaced('"zod":', '"left-out": "1.0.0", "zod":'), 'left-out'],
    [
      'migrations',
      'src/database/schema/directory.ts',
      added(`export const more = sqliteTable('more', { id: integer('id') })`),
      'CREATE TABLE `more`',
    ],
    [
      'migrations',
      'src/database/schema/directory.ts',
      replaced(`text('label')`, `text('caption')`),
      'without a migration',
    ],
    ['migrations', 'drizzle/0000_initial.sql', added('DROP TABLE users;'), 'drops'],
    ['migrations', 'drizzle/meta/0000_snapshot.json', () => '{}', 'malformed'],
    ['docs/errors.md', 'docs/errors.md', added('more'), 'npm run errors'],
    ['docs/errors.md', 'docs/errors.md', () => '', 'npm run errors'],
    ['docs/openapi.json', 'docs/openapi.json', added('more'), 'npm run openapi'],
    [
      'docs/openapi.json',
      'src/application/query.ts',
      replaced('maximumWait = 30', 'maximumWait = 31'),
      'npm run openapi',
    ],
  ])('%s: fails on a violation in %s (%#)', async (name, file, change, complaint) => {
    const outcome = await planted(name, { [file]: change })
    expect(outcome).toMatchObject({ isPassed: false })
    expect(outcome.output).toContain(complaint)
  })
})

interface Complaint {
  readonly rule: string
  readonly file: string
  readonly line: number
}

/** Lints the copy once with all these files changed: a run takes long, a violation nothing. */
async function lint(changes: Readonly<Record<string, Change>>): Promise<readonly Complaint[]> {
  const { output } = await planted('lint', changes)
  return Array.from(
    output.matchAll(/\((\S+)\): [\s\S]*?[,╭][-─]\[(.+?):(\d+):\d+\]/g),
    ([, rule = '', file = '', line]) => ({ rule, file, line: Number(line) }),
  )
}

describe('lint', () => {
  const violations: readonly (readonly [string, string, string])[] = [
    ['no-floating-promises', 'src/scim/planted.ts', 'Promise.resolve()'],
    ['no-misused-promises', 'src/scim/planted.ts', 'if (Promise.resolve(true)) void 0'],
    ['no-explicit-any', 'src/database/planted.ts', 'export const loose: any = 1'],
    ['no-non-null-assertion', 'src/database/planted.ts', 'export const one = [1][0]!'],
    [
      'switch-exhaustiveness-check',
      'src/users/planted.ts',
      `export function open(kind: 'a' | 'b'): void { switch (kind) { case 'a': return } }`,
    ],
    ['no-default-export', 'src/http/planted.ts', 'export default 1'],
    ['no-console', 'src/http/planted.ts', `console.log('text')`],
    ['max-lines', 'src/teams/planted.ts', 'void 0\n'.repeat(401)],
    ['no-cycle', 'src/access/planted.ts', `import { b } from './other'\nexport const a = () => b`],
    [
      'no-cycle',
      'src/access/other.ts',
      `import type { a } from './planted'\nexport const b = (call: typeof a) => call`,
    ],
    ['import-style', 'src/admin/planted.ts', `import { z } from 'zod'\nvoid z`],
    ['import-style', 'src/provisioning/messages.ts', `import { z as more } from 'zod'\nvoid more`],
    ['import-style', 'test/support/planted.ts', `import z from 'zod'\nvoid z`],
  ]

  let complaints: readonly Complaint[]

  beforeAll(async () => {
    const changes: Record<string, Change> = {}
    for (const [, file, text] of violations) {
      const previous = changes[file]
      changes[file] = previous ? (before) => added(text)(previous(before)) : added(text)
    }
    complaints = await lint(changes)
  })

  it.each(violations)('%s: refuses a violation in %s', (rule, file) => {
    expect(complaints).toContainEqual({ rule, file, line: expect.any(Number) })
  })
})
