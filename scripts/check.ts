/** `npm test`: every check and every test. The last line counts what passed and what failed. */
import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { checks } from './checks.ts'
import { root } from './root.ts'

interface Report {
  readonly numPassedTests: number
  readonly numFailedTests: number
  readonly success: boolean
}

let passed = 0
let failed = 0

await runChecks()
await runTests()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed === 0 && passed > 0 ? 0 : 1)

async function runChecks(): Promise<void> {
  for (const { name, run } of checks) {
    const started = performance.now()
    const { isPassed, output } = await run(root)
    const seconds = ((performance.now() - started) / 1000).toFixed(1)
    console.log(`${isPassed ? 'passed' : 'FAILED'}  ${name} (${seconds} s)`)
    if (!isPassed) console.log(output)
    if (isPassed) passed += 1
    else failed += 1
  }
}

async function runTests(): Promise<void> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-report-'))
  const file = join(folder, 'report.json')
  const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`]
  const child = spawn(process.execPath, [vitest, 'run', ...reporters, ...process.argv.slice(2)], {
    cwd: root,
    stdio: ['ignore', 'inherit', 'inherit'],
  })
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  try {
    const report = JSON.parse(await readFile(file, 'utf8')) as Report
    passed += report.numPassedTests
    failed += report.numFailedTests
    // A file that could not be loaded has no test that failed, and is a failure all the same.
    if (code !== 0 && report.numFailedTests === 0) failed += 1
  } catch {
    console.log(`Vitest ended with ${code} and left no report.`)
    failed += 1
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
