/** `npm run prove`: proves what a SCIM server keeps of a standard or of a catalogue's tests. */
import { writeFile } from 'node:fs/promises'
import { hideSecrets } from './hidden.ts'
import { Progress } from './progress.ts'
import './root.ts'
import { readCommand, usage } from './prove/command-line.ts'
import { kits } from './prove/kits/all.ts'
import {
  isReady,
  rowOfEnd,
  showReport,
  showRow,
  toJson,
  toJunit,
  type Report,
  type Row,
} from './prove/report.ts'
import { enter, runKit } from './prove/run.ts'
import type { Credentials } from './prove/sign-in.ts'
import { playSuite } from './prove/suite.ts'
import { answerHelp, orRefuse } from './usage.ts'

/** Members of a row that hold words of the server. */
const spoken: ReadonlySet<string> = new Set(['problem', 'request', 'answer'])

const startedAt = new Date().toISOString()
const given = process.argv.slice(2)
answerHelp(given, usage)
const command = orRefuse(usage, await readCommand(given))
const { mapped, only, url, credentials } = command
const secrets = secretsOf(credentials)
const kit = kits[command.kit]
const progress = new Progress()

let isStopped = false
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, stopGently)

const isWanted = ({ name, section }: Pick<Row, 'name' | 'section'>) =>
  only === undefined || `${section} ${name}`.toLowerCase().includes(only.toLowerCase())
if (!kit.parts.some(({ checks }) => checks.some(isWanted))) {
  await end(`No check of ${kit.name} holds "${only}".`)
}
const entering = enter({ url, credentials, ...(mapped ? { mapped } : {}) })
const entered = await progress.follow(() => `Looking at ${url}`, entering)
const room = entered.ok ? entered.value : await end(entered.error)
secrets.push(room.token)
const own = await runKit(kit, room, showProgress, isWanted, () => isStopped)
const rows = [...own, ...(await playPublished())]
progress.clear()
const report = reportOf(rows, room.note)
console.log(showReport(report))
await write(report)
process.exitCode = isStopped ? 130 : isReady(report) ? 0 : 1

async function playPublished(): Promise<readonly Row[]> {
  const { suite } = command
  if (suite === undefined) return []
  if (isStopped) return [rowOfEnd('It was stopped before the published suite.')]
  const played = await playSuite(suite, room)
  return played.ok ? played.value : end(played.error)
}

function showProgress(row: Row, number: number, of: number): void {
  progress.tell(`[${number}/${of}]${showRow(hide(row))}`)
}

function secretsOf(given: Credentials): string[] {
  if (given.kind === 'token') return [given.token]
  if (given.kind === 'secret') return [given.secret]
  return given.kind === 'assertion' ? [given.assertion] : []
}

/** A row without the secrets that the command was given: a server may repeat them. */
function hide(row: Row): Row {
  const hidden = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' && spoken.has(name) ? hideSecrets(value, secrets, 'secret') : value,
  ])
  return Object.fromEntries(hidden) as Row
}

function reportOf(played: readonly Row[], note?: string): Report {
  const { title, source } = kit
  const head = { kit: kit.name, title, source, url: url.replace(/\/+$/, ''), startedAt }
  return { ...head, ...(note === undefined ? {} : { note }), rows: played.map(hide) }
}

async function write(content: Report): Promise<void> {
  for (const [file, text] of [
    [command.json, toJson],
    [command.junit, toJunit],
  ] as const) {
    if (file === undefined) continue
    await writeFile(file, text(content)).catch(() => {
      console.error(`${file} cannot be written.`)
      process.exit(2)
    })
  }
}

/** Ends a run that cannot go on. Its reports say so: those of an earlier run would be taken for them. */
async function end(sentence: string): Promise<never> {
  progress.clear()
  console.error(hideSecrets(sentence, secrets, 'secret'))
  await write(reportOf([rowOfEnd(sentence)]))
  process.exit(2)
}

/** What the check at work has made is deleted before the end; a second signal ends at once. */
function stopGently(): void {
  if (isStopped) process.exit(130)
  isStopped = true
  progress.note('Stopping: what was made is deleted first. Once more ends at once.')
}
