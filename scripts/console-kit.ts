/**
 * Makes `assets/prove.js`, the proof kit as the console's page runs it, of `scripts/prove`; with `--check`
 * says whether it is current. The bundler is the one that wrangler brings.
 */
import { execFileSync } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'

const { check = false } = readCommandLine(
  `npm run console-kit -- [--check]

Makes assets/prove.js, the proof kit of the console's page, of scripts/prove.

  --check         says whether it is current, and writes nothing`,
  { check: { type: 'boolean' } },
).values

const file = join(root, 'assets', 'prove.js')
const options = ['--bundle', '--minify', '--format=esm', '--target=es2022', '--charset=utf8']
const bundled = execFileSync(
  join(root, 'node_modules', 'esbuild', 'bin', 'esbuild'),
  ['scripts/prove/browser.ts', ...options, '--log-level=error'],
  { cwd: root, encoding: 'utf8', maxBuffer: 16 * 1024 * 1024 },
)
const wanted = `// Made of scripts/prove by "npm run console-kit".\n${bundled}`

if (check) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== wanted) {
    console.error('assets/prove.js is not what scripts/prove says. Run: npm run console-kit')
    process.exit(1)
  }
} else await writeFile(file, wanted)
