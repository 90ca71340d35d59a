/** `npm run simulate`: plays an identity provider against a SCIM server and prints a report. */
import { parseArgs } from 'node:util'
import './root.ts'
import { readTarget } from './target.ts'
import { counted, seconds, showReport } from './simulator/show.ts'
import type { ProviderName } from './simulator/report.ts'
import { providers, simulate, type Progress, type SimulateOptions } from './simulator/simulate.ts'

const usage = `npm run simulate -- onelogin|okta|entra --url BASE --token TOKEN

  --url BASE      the SCIM base URL, for example http://127.0.0.1:8787/scim/v2/demo
  --token TOKEN   the bearer token; or set the variable SCIM_TOKEN
  --people N      how many people (default 30)
  --teams N       how many teams (default 5)
  --rate R        calls a second (default 25; 0 is as fast as the server answers)
  --seed S        a number; the same seed plays the same story (default random)
  --timeout S     seconds that an answer may take (default 60)

It writes to the directory, and what it has made stays there: use a tenant for tests. All names
of one run hold the same six letters, which are new each time.
The exit code is 0 when nothing went wrong, 1 when something did, 2 for a wrong command line.`

const { profile, options } = readCommandLine()
const report = await simulate(profile, { ...options, onProgress: showProgress })
console.log(`\n${showReport(report)}`)
process.exitCode = report.isClean ? 0 : 1

function readCommandLine(): {
  readonly profile: ProviderName
  readonly options: SimulateOptions
} {
  const { positionals, values } = parse()
  if (values['help'] === true) {
    console.log(usage)
    process.exit(0)
  }
  const [profile = '', ...rest] = positionals
  if (!isProvider(profile) || rest.length > 0) refuse('Name one provider: onelogin, okta or entra.')
  const target = readTarget(values.url, values.token)
  if (!target.ok) return refuse(target.error)
  return {
    profile,
    options: {
      ...target.value,
      people: readNumber('people', values.people, 30),
      teams: readNumber('teams', values.teams, 5),
      rate: readNumber('rate', values.rate, 25),
      timeout: readNumber('timeout', values.timeout, 60) * 1000,
      ...(values.seed === undefined ? {} : { seed: readNumber('seed', values.seed, 0) }),
    },
  }
}

function parse() {
  const text = { type: 'string' } as const
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        url: text,
        token: text,
        people: text,
        teams: text,
        rate: text,
        seed: text,
        timeout: text,
        help: { type: 'boolean', short: 'h' },
      },
    })
  } catch (error) {
    return refuse(error instanceof Error ? error.message : String(error))
  }
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(providers, name)
}

function readNumber(name: string, text: string | undefined, fallback: number): number {
  if (text === undefined) return fallback
  if (!/^\d{1,7}$/.test(text)) refuse(`--${name} is not a whole number from 0 to 9999999.`)
  return Number(text)
}

/** One line that changes on a terminal; in a log one line for each phase. */
function showProgress({ phase, number, of, isOver }: Progress): void {
  const failed = phase.failures > 0 ? `, ${phase.failures} failed` : ''
  const line = `[${number}/${of}] ${phase.name}: ${counted(phase.calls, 'call')}${failed}`
  if (process.stderr.isTTY) process.stderr.write(`\r\u001B[2K${line}${isOver ? '\n' : ''}`)
  else if (isOver) process.stderr.write(`${line}, ${seconds(phase.milliseconds)}\n`)
}

function refuse(sentence: string): never {
  console.error(`${sentence}\n\n${usage}`)
  process.exit(2)
}
