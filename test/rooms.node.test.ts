/** The rooms of docs/architecture.md: src keeps to the table, and each planted violation is named. */
import { access, readFile, readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, it } from 'vitest'
import { checkRooms, columnNames, findViolations } from '../scripts/rooms.ts'
import { root } from '../scripts/root.ts'
import { readSources, type Source } from '../scripts/sources.ts'

let document: string
let sources: readonly Source[]

beforeAll(async () => {
  document = await readFile(join(root, 'docs/architecture.md'), 'utf8')
  sources = await readSources(join(root, 'src'))
})

/** The violations of src with a text added to a file, which is new where there is none. */
function violationsWith(path: string, text: string): string[] {
  const old = sources.find((source) => source.path === path)
  const others = sources.filter((source) => source !== old)
  return findViolations(document, [...others, { path, text: `${old?.text ?? ''}\n${text}` }])
}

const above = `import type { Listing } from '../provisioning/list'`
const closed = `import { listHolds } from '../guard/holds'`
const outside = `import { root } from '../../scripts/root'`
const value = `import { eventShape } from '../application/answers'`
const typeBack = `import type {\n  Target,\n} from './path'`
const roomBack = `import { issueToken } from '../tokens/commands'`
const atFirstUse = `const { operatorConsole } = await import('../admin/console')`
const folderBack = `const planted = import('../audit/page')`

const violations: readonly (readonly [path: string, complaint: string, text: string])[] = [
  ['teams/plan.ts', 'imports src/provisioning/list.ts, which stands above it.', above],
  ['provisioning/list.ts', 'imports src/guard/holds.ts, which is not open to it.', closed],
  [
    'users/write.ts',
    'imports src/memberships/store.ts, which is not open to it.',
    `export * from '../memberships/store'`,
  ],
  ['scim/path.ts', 'imports ../../scripts/root, which is in no room.', outside],
  ['client/client.ts', 'imports src/application/answers.ts as more than a type.', value],
  ['scim/schema.ts', 'A circle: scim/path.ts → scim/schema.ts → scim/path.ts', typeBack],
  ['tenants/settings.ts', 'A circle: tenants/ → tokens/ → tenants/', roomBack],
  ['admin/shell/values.tsx', 'A circle: admin/audit/ → admin/shell/ → admin/audit/', folderBack],
  ['scim/path.ts', 'uses zod, which its room does not allow.', `import 'zod/mini'`],
  ['users/shared.ts', 'uses node:fs, which its room does not allow.', `import 'node:fs'`],
  ['teams/turns.ts', 'uses cloudflare:workers, which its room', `import 'cloudflare:workers'`],
  ['access/links.ts', 'uses hono, which its room does not allow.', `import 'hono/jwt'`],
  ['provisioning/users.ts', 'uses SQL (drizzle-orm), which its room does', `import 'drizzle-orm'`],
  ['memberships/plan.ts', 'commands and plans have no SQL.', `import { sql } from 'drizzle-orm'`],
  ['memberships/commands.ts', 'commands and plans have no SQL.', 'const text = sql`select 1`'],
  ['memberships/commands.ts', 'commands and plans have no SQL.', `database.prepare('select 1')`],
  [
    'memberships/commands.ts',
    'commands and plans have no SQL.',
    `import { command } from '../database/statement'`,
  ],
  ['provisioning/list.ts', 'imports src/admin/console.tsx, which stands above it.', atFirstUse],
  ['scim/path.ts', 'uses jose, which its room does not allow.', `await import('jose')`],
  ['http/page.tsx', 'uses hono/jsx, which its room does not', 'export const planted = <p>text</p>'],
  ['planted/store.ts', 'src/planted/store.ts is in no room.', 'void 0'],
  ['audit/planted.ts', 'src/audit/planted.ts: 351 lines, more than 350.', 'void 0\n'.repeat(350)],
]

describe('the table of rooms', () => {
  it('is kept by src', async () => {
    expect(await checkRooms(root)).toEqual({ isPassed: true, output: '' })
  })

  it.each(violations)('is broken by a text in src/%s: %s', (path, complaint, text) => {
    expect(violationsWith(path, text).join('\n')).toContain(complaint)
  })

  it('is broken by the nineteenth file of a folder', () => {
    const files = Array.from({ length: 19 }, (_, index) => `audit/planted/${index}.ts`)
    const planted = files.map((path) => ({ path, text: 'void 0' }))
    const found = findViolations(document, [...sources, ...planted])
    expect(found).toContain('src/audit/planted: 19 files, more than 18.')
  })

  it('names what is there', () => {
    const changed = document.replace('| `result.ts` |', '| `result.ts`, `gone/` |')
    expect(findViolations(changed, sources)).toContain('The table names gone/, and src has none.')
  })
})

it.each([
  `row['id']`,
  `teamRow?.['id']`,
  `rows[0]?.['id']`,
  `one['name_key']`,
  'String(row.id)',
  'sql`set last_used_at = 1`',
  'sql`where person.user_name = 1`',
])('A column that is named by text is seen: %s', (text) => {
  const planted = { path: 'users/planted.ts', text: `const planted = ${text}` }
  const found = columnNames([...sources, planted])
  expect(found).toEqual([`src/users/planted.ts:1 names a column by text: ${planted.text}`])
})

it.each(['architecture', 'storage'])(
  'docs/%s.md names files and folders that are there',
  async (name) => {
    const text = await readFile(join(root, `docs/${name}.md`), 'utf8')
    const paths = Array.from(
      text.matchAll(/`((?:[\w.-]+\/)+(?:[\w.-]+\.\w+)?)`/g),
      ([, path = '']) => path,
    )
    // A row of a room names its files from there.
    const entries = await readdir(join(root, 'src'), { withFileTypes: true })
    const rooms = entries.filter((entry) => entry.isDirectory()).map((entry) => `src/${entry.name}`)
    const found = await Promise.all(
      paths.map((path) =>
        Promise.any(['src', '', ...rooms].map((folder) => access(join(root, folder, path)))).then(
          () => path,
          () => `${path} is not there`,
        ),
      ),
    )
    expect(found).toEqual(paths)
  },
)
