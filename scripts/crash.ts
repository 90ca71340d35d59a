/**
 * `npm run crash`: kills the gateway in the middle of its work, repeatedly, and checks what is
 * left.
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { parseArgs } from 'node:util'
import { CrashRounds, type RoundReport } from './crash/rounds.ts'
import { buildWorker } from './gateway.ts'

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '10' },
    clients: { type: 'string', default: '8' },
    changes: { type: 'string', default: '150' },
  },
})

const folder = await mkdtemp(join(tmpdir(), 'rollcall-crash-'))
try {
  const buildDirectory = join(folder, 'build')
  await buildWorker(buildDirectory)
  console.log('round  acknowledged  unanswered  of these done  users  teams  events')
  const rounds = await CrashRounds.start({
    stateDirectory: join(folder, 'state'),
    buildDirectory,
    clients: Number(values.clients),
    changes: Number(values.changes),
    random: Math.random,
  })
  const reports: RoundReport[] = []
  try {
    for (let round = 1; round <= Number(values.rounds); round += 1) {
      const report = await rounds.round()
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
