/** Each check fails when its rule is broken: a violation is planted in a copy of the project. */
import { appendFile, cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { checks, type Outcome } from '../../scripts/checks.ts'
import { root } from '../../scripts/root.ts'

const parts = [
  'src',
  'scripts',
  'test',
  'docs',
  'drizzle',
  'package.json',
  'tsconfig.json',
  'tsconfig.node.json',
  'vitest.config.ts',
  'drizzle.config.ts',
  'wrangler.toml',
  'knip.json',
  '.oxlintrc.json',
  '.oxfmtrc.json',
  '.gitignore',
]

let copy: string

beforeAll(async () => {
  copy = await mkdtemp(join(tmpdir(), 'rollcall-checks-'))
  for (const part of parts) await cp(join(root, part), join(copy, part), { recursive: true })
  await symlink(join(root, 'node_modules'), join(copy, 'node_modules'))
})

afterAll(async () => {
  await rm(copy, { recursive: true, force: true })
})

/** Runs a check on the copy with something added to a file, and puts the file back. */
async function planted(name: string, file: string, text: string): Promise<Outcome> {
  const check = checks.find((candidate) => candidate.name === name)
  if (!check) throw new Error(`There is no check ${name}`)
  const path = join(copy, file)
  const before = await readFile(path, 'utf8').catch(() => undefined)
  await appendFile(path, text)
  try {
    return await check.run(copy)
  } finally {
    if (before === undefined) await rm(path)
    else await writeFile(path, before)
  }
}

const layers = 'lint and layers'

describe('npm test', () => {
  it.each([
    ['types of the Worker', 'src/result.ts', `export const wrong: number = 'text'\n`, 'TS2322'],
    [
      'types of scripts and tests',
      'scripts/root.ts',
      `export const wrong: number = 'text'\n`,
      'TS2322',
    ],
    [layers, 'src/user/remove.ts', `\nvoid 0\nPromise.resolve()\n`, 'no-floating-promises'],
    [layers, 'src/result.ts', `\nexport const wrong: any = 1\n`, 'no-explicit-any'],
    [
      layers,
      'src/scim/json.ts',
      `\nexport function wrong(kind: 'a' | 'b'): void {\n  switch (kind) {\n    case 'a':\n      return\n  }\n}\n`,
      'switch-exhaustiveness-check',
    ],
    ['format', 'src/result.ts', `export const   wrong = "text";\n`, 'result.ts'],
    ['dead code', 'src/result.ts', `\nexport function unused(): void {}\n`, 'unused'],
    ['dead code', 'src/orphan.ts', `export const orphan = 1\n`, 'orphan.ts'],
    [
      'migrations',
      'src/store/tables.ts',
      `\nexport const more = sqliteTable('more', { id: integer('id') })\n`,
      'more',
    ],
    ['migrations', 'drizzle/0000_initial.sql', `\nDROP TABLE users;\n`, 'drops'],
    ['docs/errors.md', 'docs/errors.md', `more\n`, 'npm run errors'],
  ])('%s: %s is refused with a violation', async (name, file, text, complaint) => {
    const outcome = await planted(name, file, text)
    expect(outcome).toMatchObject({ isPassed: false })
    expect(outcome.output).toContain(complaint)
  })

  it.each([
    ['src/scim/json.ts', '../store/tables'],
    ['src/scim/json.ts', 'hono'],
    ['src/store/page.ts', '../team/turns'],
    ['src/store/page.ts', 'hono'],
    ['src/user/remove.ts', '../http/reply'],
    ['src/user/remove.ts', '../store/memberships'],
    ['src/user/remove.ts', 'drizzle-orm'],
    ['src/team/command.ts', '../routes/users'],
    ['src/team/command.ts', 'cloudflare:workers'],
    ['src/http/reply.ts', '../auth/token'],
    ['src/auth/token.ts', '../routes/users'],
    ['src/routes/users.ts', '../store/memberships'],
    ['src/routes/users.ts', 'drizzle-orm'],
    ['src/routes/users.ts', 'zod'],
    ['src/admin/api.ts', '../routes/users'],
    ['src/admin/api.ts', 'cloudflare:workers'],
  ])('layers: %s may not import %s', async (file, module) => {
    const outcome = await planted(layers, file, `\nexport * as planted from '${module}'\n`)
    expect(outcome).toMatchObject({ isPassed: false })
    expect(outcome.output).toContain('no-restricted-imports')
  })
})
