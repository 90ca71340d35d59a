/** The checks beside the tests: each is a command that fails when its rule is broken. */
import { spawn } from 'node:child_process'
import { cp, mkdtemp, readdir, readFile, rm, symlink } from 'node:fs/promises'
import { availableParallelism, tmpdir } from 'node:os'
import { join } from 'node:path'
import { stripVTControlCharacters } from 'node:util'
import type { Outcome } from './outcome.ts'
import { checkRooms } from './rooms.ts'

export interface CheckDefinition {
  readonly name: string
  readonly run: (folder: string) => Promise<Outcome>
}

export const checks: readonly CheckDefinition[] = [
  { name: 'types of the Worker', run: tool('typescript/bin/tsc', '-p', 'tsconfig.json') },
  {
    name: 'types of scripts and tests',
    run: tool('typescript/bin/tsc', '-p', 'tsconfig.node.json'),
  },
  { name: 'lint', run: tool('oxlint/bin/oxlint', '--type-aware', '--deny-warnings') },
  { name: 'rooms', run: checkRooms },
  { name: 'format', run: tool('oxfmt/bin/oxfmt', '--check') },
  { name: 'dead code', run: tool('knip/bin/knip.js') },
  { name: 'migrations', run: checkMigrations },
  { name: 'docs/errors.md', run: script('scripts/errors.ts', '--check') },
  { name: 'assets/openapi.json', run: script('scripts/openapi.ts', '--check') },
  { name: 'assets/prove.js', run: script('scripts/console-kit.ts', '--check') },
]

/** Runs all checks on a folder, as many at a time as there are cores; answers how many failed. */
export async function runChecks(folder: string): Promise<number> {
  const waiting = [...checks]
  let failures = 0
  const work = async () => {
    for (let check = waiting.shift(); check; check = waiting.shift()) {
      const started = performance.now()
      const { isPassed, output } = await check.run(folder)
      const seconds = ((performance.now() - started) / 1000).toFixed(1)
      console.log(`${isPassed ? 'passed' : 'FAILED'}  ${check.name} (${seconds} s)`)
      if (isPassed) continue
      console.log(output)
      failures += 1
    }
  }
  await Promise.all(Array.from({ length: availableParallelism() }, work))
  return failures
}

/** A command of a package, run by the Node that runs this. */
function tool(path: string, ...parameters: string[]): (folder: string) => Promise<Outcome> {
  return (folder) => run(folder, [join(folder, 'node_modules', path), ...parameters])
}

function script(path: string, ...parameters: string[]): (folder: string) => Promise<Outcome> {
  return (folder) => run(folder, [join(folder, path), ...parameters])
}

async function run(folder: string, parameters: readonly string[]): Promise<Outcome> {
  const child = spawn(process.execPath, parameters, {
    cwd: folder,
    env: { ...process.env, NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  // Some tools colour their words in CI whatever they are told.
  return { isPassed: code === 0, output: stripVTControlCharacters(output) }
}

/**
 * The tables have no change that no migration makes, no migration drops a table (a rebuild would
 * lose rows whose events nobody wrote), and the tables that were made WITHOUT ROWID still are.
 */
async function checkMigrations(folder: string): Promise<Outcome> {
  const texts = await readMigrations(join(folder, 'drizzle'))
  const all = texts.join('\n')
  if (/DROP TABLE|__new_/i.test(all)) return failed('A migration drops or rebuilds a table.')
  if ((all.match(/WITHOUT ROWID/g) ?? []).length < 6)
    return failed('A table has lost WITHOUT ROWID.')
  const copy = await mkdtemp(join(tmpdir(), 'rollcall-migrations-'))
  try {
    for (const name of ['drizzle', 'src', 'drizzle.config.ts', 'package.json', 'tsconfig.json']) {
      await cp(join(folder, name), join(copy, name), { recursive: true })
    }
    await symlink(join(folder, 'node_modules'), join(copy, 'node_modules'))
    const kit = join(folder, 'node_modules/drizzle-kit/bin.cjs')
    const checked = await run(copy, [kit, 'check'])
    if (!checked.isPassed) return checked
    const generated = await run(copy, [kit, 'generate'])
    const after = await readMigrations(join(copy, 'drizzle'))
    const added = after.slice(texts.length).join('\n')
    // A changed name makes it ask; with nobody to answer it ends well and writes nothing.
    return generated.isPassed && added === '' && generated.output.includes('No schema changes')
      ? { isPassed: true, output: '' }
      : failed(
          `src/database/schema/ has changes without a migration:\n${added || generated.output}`,
        )
  } finally {
    await rm(copy, { recursive: true, force: true })
  }
}

async function readMigrations(folder: string): Promise<string[]> {
  const names = (await readdir(folder)).filter((name) => name.endsWith('.sql')).toSorted()
  return Promise.all(names.map((name) => readFile(join(folder, name), 'utf8')))
}

function failed(output: string): Outcome {
  return { isPassed: false, output }
}
