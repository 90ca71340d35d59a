/** `npm run prove`: proves what a SCIM server keeps of a standard or of a catalogue's tests. */
import { readFile, writeFile } from 'node:fs/promises'
import './root.ts'
import { readCommand, usage } from './prove/command-line.ts'
import { kits } from './prove/kits/all.ts'
import { isReady, showReport, showRow, toJson, toJunit, type Row } from './prove/report.ts'
import { enter, runKit } from './prove/run.ts'
import { playSuite } from './prove/suite.ts'

const startedAt = new Date().toISOString()
const read = await readCommand(process.argv.slice(2))
if (read === 'help') {
  console.log(usage)
  process.exit(0)
}
if (!read.ok) stop(`${read.error}\n\n${usage}`)
const command = read.value
const { mapped, only, url, credentials } = command
const room = await enter({ url, credentials, ...(mapped ? { mapped } : {}) })
if (!room.ok) stop(room.error)

const kit = kits[command.kit]
const isWanted = ({ name, section }: Pick<Row, 'name' | 'section'>) =>
  only === undefined || `${section} ${name}`.toLowerCase().includes(only.toLowerCase())
const own = await runKit(kit, room.value, showProgress, isWanted)
if (own.length === 0) stop(`No check of ${kit.name} holds "${only}".`)
const rows = [...own, ...(await playPublished())]
if (process.stderr.isTTY) process.stderr.write('\r\u001B[2K')

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
  const text = await readFile(suite, 'utf8').catch(() => stop(`${suite} cannot be read.`))
  const played = await playSuite(text, room.value)
  return played.ok ? played.value : stop(played.error)
}

/** One line that changes on a terminal; in a log one line for each row. */
function showProgress(row: Row, number: number, of: number): void {
  const line = `[${number}/${of}]${showRow(hide(row))}`
  if (process.stderr.isTTY) {
    process.stderr.write(`\r\u001B[2K${line.slice(0, (process.stderr.columns ?? 80) - 1)}`)
  } else process.stderr.write(`${line}\n`)
}

/** A row without the secrets that the command was given: a server may repeat them. */
function hide(row: Row): Row {
  if (!room.ok) return row
  const { credentials, token } = room.value
  const own = 'secret' in credentials ? [credentials.secret] : []
  const secrets = [token, ...own].filter((secret) => secret !== '')
  const hidden = Object.entries(row).map(([name, value]) => [
    name,
    typeof value === 'string'
      ? secrets.reduce((text, secret) => text.replaceAll(secret, '[secret]'), value)
      : value,
  ])
  return Object.fromEntries(hidden) as Row
}

function stop(sentence: string): never {
  console.error(sentence)
  process.exit(2)
}
