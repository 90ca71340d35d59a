/** `npm run prove`: proves what a SCIM server keeps of a standard or of a catalogue's tests. */
import { writeFile } from 'node:fs/promises'
import { hideSecrets } from './hidden.ts'
import { Progress } from './progress.ts'
import './root.ts'
import { readCommand, usage } from './prove/command-line.ts'
import { kits } from './prove/kits/all.ts'
import { isReady, showReport, showRow, toJson, toJunit, type Row } from './prove/report.ts'
import { enter, runKit } from './prove/run.ts'
import { playSuite } from './prove/suite.ts'
import { answerHelp, orRefuse } from './usage.ts'

/** Members of a row that hold words of the server. */
const spoken: ReadonlySet<string> = new Set(['problem', 'request', 'answer'])

const startedAt = new Date().toISOString()
const given = process.argv.slice(2)
answerHelp(given, usage)
const command = orRefuse(usage, await readCommand(given))
const { mapped, only, url, credentials } = command
const room = await enter({ url, credentials, ...(mapped ? { mapped } : {}) })
if (!room.ok) stop(room.error)

const kit = kits[command.kit]
const progress = new Progress()
const isWanted = ({ name, section }: Pick<Row, 'name' | 'section'>) =>
  only === undefined || `${section} ${name}`.toLowerCase().includes(only.toLowerCase())
const own = await runKit(kit, room.value, showProgress, isWanted)
if (own.length === 0) stop(`No check of ${kit.name} holds "${only}".`)
const rows = [...own, ...(await playPublished())]
progress.clear()

const { title, source } = kit
const report = {
  kit: kit.name,
  title,
  source,
  url: room.value.url,
  startedAt,
  rows: rows.map(hide),
}
console.log(showReport(report))
for (const [file, content] of [
  [command.json, toJson],
  [command.junit, toJunit],
] as const) {
  if (file !== undefined) {
    await writeFile(file, content(report)).catch(() => stop(`${file} cannot be written.`))
  }
}
process.exitCode = isReady(report) ? 0 : 1

async function playPublished(): Promise<readonly Row[]> {
  const { suite } = command
  if (suite === undefined || !room.ok) return []
  const played = await playSuite(suite, room.value)
  return played.ok ? played.value : stop(played.error)
}

function showProgress(row: Row, number: number, of: number): void {
  progress.tell(`[${number}/${of}]${showRow(hide(row))}`)
}

/** A row without the secrets that the command was given: a server may repeat them. */
function hide(row: Row): Row {
  if (!room.ok) return row
  const { credentials, token } = room.value
  const own = 'secret' in credentials ? [credentials.secret] : []
  const hidden = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string' && spoken.has(name)
      ? hideSecrets(value, [token, ...own], 'secret')
      : value,
  ])
  return Object.fromEntries(hidden) as Row
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}
