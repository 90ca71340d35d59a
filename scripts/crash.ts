/**
 * `npm run crash`: kills the gateway in the middle of its work, repeatedly, and checks what is
 * left.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { CrashRounds, type RoundReport } from './crash/rounds.ts'
import { buildWorker } from './gateway.ts'
import { Progress } from './progress.ts'
import { clientsAtOnce } from './usage/numbers.ts'
import { readNumbers } from './usage.ts'

const usage = `npm run crash -- [--rounds N] [--clients N] [--changes N]

Kills the gateway in the middle of mixed load and sign-ins, starts it again, and compares what is on disk
with what was acknowledged. Ends with 1 when anything differs.

  --rounds N      kills (1 to 10000, default 10)
  --clients N     clients that change something at the same time (1 to 1000, default 8)
  --changes N     changes before a kill, about (1 to 100000, default 150)`

const wish = readNumbers(usage, {
  rounds: { least: 1, most: 10_000, usual: 10 },
  clients: { ...clientsAtOnce, usual: 8 },
  changes: { least: 1, most: 100_000, usual: 150 },
})

const progress = new Progress()
const folder = await mkdtemp(join(tmpdir(), 'rollcall-crash-'))
try {
  const buildDirectory = join(folder, 'build')
  await buildWorker(buildDirectory)
  console.log('round  acknowledged  unanswered  of these done  users  teams  events')
  const rounds = await CrashRounds.start({
    stateDirectory: join(folder, 'state'),
    buildDirectory,
    clients: wish.clients,
    changes: wish.changes,
    random: Math.random,
  })
  const reports: RoundReport[] = []
  try {
    for (let round = 1; round <= wish.rounds; round += 1) {
      const before = rounds.acknowledged
      const far = () =>
        `round ${round} of ${wish.rounds}: ${rounds.acknowledged - before} changes acknowledged`
      const report = await progress.follow(far, rounds.round())
      if (report.wrong.length > 0) throw new Error(report.wrong.join('\n'))
      reports.push(report)
      show(round, report)
    }
  } finally {
    await rounds.stop()
  }
  const sum = (name: Exclude<keyof RoundReport, 'wrong'>) =>
    reports.reduce((total, report) => total + report[name], 0)
  console.log(
    `\n${reports.length} kills: all of ${sum('acknowledged')} acknowledged changes are there; of ` +
      `${sum('unanswered')} requests without an answer ${sum('carriedOut')} were carried out, ` +
      'each whole; rows, counts, versions and events agree; access tokens that were given hold.',
  )
} finally {
  await rm(folder, { recursive: true, force: true })
}

function show(round: number, report: RoundReport): void {
  const { acknowledged, unanswered, carriedOut, users, teams, events } = report
  const cells = [round, acknowledged, unanswered, carriedOut, users, teams, events]
  const widths = [5, 14, 12, 15, 7, 7, 8]
  console.log(cells.map((cell, index) => String(cell).padStart(widths[index] ?? 0)).join(''))
}
