/**
 * Each check fails when its rule is broken. Each tool runs once, on a copy with all its violations
 * planted together, and has to name every one of them; only what hides another violation has a run
 * of its own. That the project itself passes is not asked again here: `npm test` runs the checks
 * first, so a violation that is named can only be the planted one. The checks that take no time are
 * run on the copy as it is, which shows that it is whole.
 */
import { cp, mkdir, mkdtemp, readdir, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks } from '../../scripts/checks.ts'
import type { Outcome } from '../../scripts/outcome.ts'
import { root } from '../../scripts/root.ts'

/** What git leaves out; a configuration of a tenant comes and goes in another test. */
const left = /^(node_modules|\.git|\.wrangler|dist|wrangler\..+\.json)$/

let copy: string

/** The project's configuration and no source: a linter takes long for files that have nothing planted. */
let bare: string

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'rollcall-checks-'))
  for (const name of await readdir(root)) {
    if (!left.test(name)) await cp(join(root, name), join(copy, name), { recursive: true })
  }
  bare = await mkdtemp(join(tmpdir(), 'rollcall-lint-'))
  for (const name of ['.gitignore', '.oxlintrc.json']) await cp(join(root, name), join(bare, name))
  // Rules that ask for types skip a project that lists files that it lacks.
  const { compilerOptions, include } = JSON.parse(
    await readFile(join(root, 'tsconfig.json'), 'utf8'),
  ) as Record<string, unknown>
  await writeFile(join(bare, 'tsconfig.json'), JSON.stringify({ compilerOptions, include }))
  for (const folder of [copy, bare]) {
    await symlink(join(root, 'node_modules'), join(folder, 'node_modules'))
  }
})

afterAll(async () => {
  for (const folder of [copy, bare]) await rm(folder, { recursive: true, force: true })
})

function runCheck(name: string, folder = copy): Promise<Outcome> {
  const check = checks.find((candidate) => candidate.name === name)
  if (!check) throw new Error(`There is no check ${name}`)
  return check.run(folder)
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

/** The changes of each file, one after the other. */
function together(changes: readonly (readonly [string, Change])[]): Record<string, Change> {
  const all: Record<string, Change> = {}
  for (const [file, change] of changes) {
    const previous = all[file]
    all[file] = previous ? (text) => change(previous(text)) : change
  }
  return all
}

const wrongType = added(`export const wrong: number = 'text'`)

interface RenamedColumn {
  readonly kind: string
  /** File of `src/database/schema`, without its extension. */
  readonly schema: string
  readonly table: string
  readonly column: string
  /** Files that read or write the column. */
  readonly files: readonly string[]
}

const columns: readonly RenamedColumn[] = [
  {
    kind: 'read through the builder',
    schema: 'tenants',
    table: 'tokens',
    column: 'lastAgent',
    files: ['src/tokens/store.ts', 'src/tokens/credential.ts'],
  },
  {
    kind: 'written by `set`',
    schema: 'access',
    table: 'links',
    column: 'lastUsedAt',
    files: ['src/access/links.ts'],
  },
  {
    kind: 'listed in an INSERT',
    schema: 'events',
    table: 'events',
    column: 'memberId',
    files: ['src/events/append.ts', 'src/events/log.ts', 'src/activity/rows.ts'],
  },
  {
    kind: 'named in a template',
    schema: 'guard',
    table: 'holds',
    column: 'closedAt',
    files: ['src/tenants/store.ts', 'src/guard/hold-state.ts', 'src/guard/holds.ts'],
  },
  {
    kind: 'named through an alias',
    schema: 'directory',
    table: 'userEmails',
    column: 'value',
    files: ['src/directory/filter-scope.ts', 'src/users/write.ts', 'src/tenants/deletion.ts'],
  },
  {
    kind: 'that holds JSON',
    schema: 'guard',
    table: 'overlays',
    column: 'released',
    files: ['src/application/released.ts', 'src/guard/overlay.ts', 'src/guard/withhold.ts'],
  },
  {
    kind: 'that holds one of several words',
    schema: 'access',
    table: 'sessions',
    column: 'role',
    files: ['src/access/sessions.ts'],
  },
  {
    kind: 'whose refusal a batch reads',
    schema: 'directory',
    table: 'teams',
    column: 'nameKey',
    files: ['src/database/batch.ts', 'src/teams/write.ts', 'src/directory/browse.ts'],
  },
]

/** Renames the column in the schema alone; in the database it is called what it was. */
function renameColumn({ table, column }: RenamedColumn): Change {
  return (text) => {
    const before = new RegExp(`(export const ${table} = sqliteTable\\([^]*?\\n +)${column}:`)
    expect(text).toMatch(before)
    return text.replace(before, `$1${column}Renamed:`)
  }
}

describe('types of the Worker', () => {
  let output: string

  beforeAll(async () => {
    const renames = columns.map((column) => {
      return [`src/database/schema/${column.schema}.ts`, renameColumn(column)] as const
    })
    const changes = together([['src/result.ts', wrongType], ...renames])
    const outcome = await planted('types of the Worker', changes)
    expect(outcome).toMatchObject({ isPassed: false })
    output = outcome.output
  })

  it('fails on a value of a wrong type', () => {
    expect(output).toMatch(/^src\/result\.ts\(.*TS2322/m)
  })

  it.each(columns)('fails where a renamed column is read or written: one $kind', (renamed) => {
    const { column, files } = renamed
    const complaint = new RegExp(`^(src/\\S+)\\(\\d+,\\d+\\): error TS\\d+: .*'${column}'`, 'gm')
    const found = Array.from(output.matchAll(complaint), ([, file]) => file)
    expect(found).toEqual(expect.arrayContaining([...files]))
  })
})

describe('each check', () => {
  it.each(['format', 'rooms', 'docs/errors.md', 'assets/openapi.json', 'assets/prove.js'])(
    '%s: passes on the copy as it is',
    async (name) => {
      expect(await runCheck(name)).toEqual({ isPassed: true, output: expect.any(String) })
    },
  )

  it.each<[string, string, Change, string]>([
    ['types of scripts and tests', 'scripts/root.ts', wrongType, 'TS2322'],
    ['format', 'src/result.ts', added(`export const   wrong = "text";`), 'result.ts'],
    [
      'migrations',
      'src/database/schema/directory.ts',
      added(`export const more = sqliteTable('more', { id: integer('id') })`),
      'CREATE TABLE `more`',
    ],
    [
      'migrations',
      'src/database/schema/tenants.ts',
      replaced(`text('label')`, `text('caption')`),
      'without a migration',
    ],
    ['migrations', 'drizzle/0000_initial.sql', added('DROP TABLE users;'), 'drops'],
    ['migrations', 'drizzle/meta/0000_snapshot.json', () => '{}', 'malformed'],
    ['docs/errors.md', 'docs/errors.md', added('more'), 'npm run errors'],
    ['docs/errors.md', 'docs/errors.md', () => '', 'npm run errors'],
    ['assets/openapi.json', 'assets/openapi.json', added('more'), 'npm run openapi'],
    ['assets/prove.js', 'scripts/prove/resources.ts', replaced('Prover', 'Other'), 'console-kit'],
    [
      'assets/openapi.json',
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

describe('dead code', () => {
  const violations: readonly (readonly [string, string, Change])[] = [
    ['plantedFunction', 'src/result.ts', added(`export function plantedFunction(): void {}`)],
    ['orphan.ts', 'src/orphan.ts', added(`export const orphan = 1`)],
    ['left-out', 'package.json', replaced('"zod":', '"left-out": "1.0.0", "zod":')],
  ]

  let outcome: Outcome

  beforeAll(async () => {
    const changes = violations.map(([, file, change]) => [file, change] as const)
    outcome = await planted('dead code', together(changes))
  })

  it.each(violations)('fails on %s, planted in %s', (name) => {
    expect(outcome.isPassed).toBe(false)
    expect(outcome.output).toContain(name)
  })
})

interface Complaint {
  readonly rule: string
  readonly file: string
  readonly line: number
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
    const changes = together(violations.map(([, file, text]) => [file, added(text)] as const))
    for (const [file, change] of Object.entries(changes)) {
      const text = await readFile(join(root, file), 'utf8').catch(() => '')
      await mkdir(dirname(join(bare, file)), { recursive: true })
      await writeFile(join(bare, file), change(text))
    }
    const { output } = await runCheck('lint', bare)
    complaints = Array.from(
      output.matchAll(/\((\S+)\): [\s\S]*?[,╭][-─]\[(.+?):(\d+):\d+\]/g),
      ([, rule = '', file = '', line]) => ({ rule, file, line: Number(line) }),
    )
  })

  it.each(violations)('%s: refuses a violation in %s', (rule, file) => {
    expect(complaints).toContainEqual({ rule, file, line: expect.any(Number) })
  })
})
