/** `npm test`: every check and every test. The last line counts what passed and what failed. */
import { spawn } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { checks, runChecks } from './checks.ts'
import { launchChromium } from './chromium.ts'
import { root } from './root.ts'
import { makeScratch } from './scratch.ts'
import { readCommandLine, usage } from './test/command-line.ts'
import { answerHelp, orRefuse } from './usage.ts'

/** Fields of Vitest's JSON report that this script reads. */
interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly testResults: readonly {
    readonly name: string
    readonly assertionResults: readonly { readonly status: string }[]
  }[]
}

const given = process.argv.slice(2)
answerHelp(given, usage)
const wish = orRefuse(usage, readCommandLine(given))

const failedChecks = await runChecks(root)
let passed = checks.length - failedChecks
let failed = failedChecks
let skipped = 0

await runTests()
if (skipped > 0) await tellWhySkipped()
console.log(`${passed} passed, ${failed} failed` + (skipped > 0 ? `, ${skipped} skipped` : ''))
process.exit(failed === 0 && passed > 0 ? 0 : 1)

async function runTests(): Promise<void> {
  const folder = await makeScratch()
  const file = join(folder, 'report.json')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const unfinished = join(root, 'scripts', 'unfinished.ts')
  const kinds = ['default', 'json', unfinished].map((kind) => `--reporter=${kind}`)
  const reporters = [...kinds, `--outputFile.json=${file}`]
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...wish], {
    cwd: root,
    env: {
      ...process.env,
      // Windows has other names for it, and no such folder in memory.
      TMPDIR: folder,
      // Commands that are started by the hundred are compiled once.
      NODE_COMPILE_CACHE: join(folder, 'compiled'),
    },
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  try {
    const report = JSON.parse(await readFile(file, 'utf8')) as Report
    passed += report.numPassedTests
    failed += report.numFailedTests
    skipped = countSkipped(report)
    // A file that could not be loaded has no test that failed, and is a failure all the same.
    if (code !== 0 && report.numFailedTests === 0) failed += 1
  } catch {
    console.log(`Vitest ended with ${code} and left no report.`)
    failed += 1
  }
}

/** Tests that had no browser. What a project leaves to another project is not counted. */
function countSkipped({ testResults }: Report): number {
  return testResults
    .filter(({ name }) => /[/\\]test[/\\]browser[/\\]/.test(name))
    .flatMap(({ assertionResults }) => assertionResults)
    .filter(({ status }) => status !== 'passed' && status !== 'failed').length
}

async function tellWhySkipped(): Promise<void> {
  const launched = await launchChromium()
  if (launched.ok) await launched.value.close()
  const reason = launched.ok ? 'Chromium did not start the first time' : launched.error
  console.log(`skipped  the tests of test/browser: ${reason}`)
  if (['', 'false'].includes(process.env['CI'] ?? '')) return
  console.log('FAILED   in CI the tests of test/browser have to run')
  failed += 1
}
