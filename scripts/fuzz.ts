/**
 * `npm run fuzz -- --minutes 60`: the random tests with a new seed each round until the time is up.
 * Prints the seed of a failure; `FUZZ_SEED=… npm test` shows it again.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'
import { minutesOfRun } from './usage/numbers.ts'
import { readNumbers } from './usage.ts'

const usage = `npm run fuzz -- [--minutes N]

Plays the random tests with a new seed each round until the time is up, and prints the seed of a failure.

  --minutes N     how long (0.1 to 10080, default 10)`

const { minutes } = readNumbers(usage, { minutes: minutesOfRun })
/** Files and folders that hold random tests. */
const files = [
  'directory/filter-agreement.node.test.ts',
  'guard',
  'hostile.test.ts',
  'identity-providers/aws.test.ts',
  'model.test.ts',
  'provisioning/never-returned.test.ts',
  'provisioning/observed.test.ts',
  'provisioning/roundtrip.test.ts',
  'scim',
  'teams/members.test.ts',
  'users/beside.test.ts',
].map((name) => `test/${name}`)
const vitest = join(root, 'node_modules', 'vitest', 'vitest.mjs')

const end = performance.now() + minutes * 60_000
const failed: number[] = []
let rounds = 0
// A third failure says no more than the first.
while (performance.now() < end && failed.length < 3) {
  const seed = Math.floor(Math.random() * 2 ** 31)
  const started = performance.now()
  const { isPassed, output } = await play(seed)
  rounds += 1
  const seconds = ((performance.now() - started) / 1000).toFixed(0)
  console.log(`${isPassed ? 'passed' : 'FAILED'}  seed ${seed} (${seconds} s)`)
  if (isPassed) continue
  console.log(output.slice(-8_000))
  failed.push(seed)
}
console.log(
  `\n${rounds} rounds, ${failed.length} failed${failed.map((seed) => ` ${seed}`).join('')}`,
)
process.exitCode = failed.length > 0 ? 1 : 0

async function play(seed: number): Promise<{ isPassed: boolean; output: string }> {
  const parameters = [vitest, 'run', '--project', 'worker', '--project', 'pure', '--silent=true']
  const child = spawn(process.execPath, [...parameters, ...files], {
    cwd: root,
    env: { ...process.env, FUZZ_SEED: String(seed), FUZZ_RUNS: '3', NO_COLOR: '1' },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  return { isPassed: code === 0, output }
}
