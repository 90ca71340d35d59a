/** `npm run simulate`: plays an identity provider against a SCIM server and prints a report. */
import { Progress } from './progress.ts'
import './root.ts'
import { readTarget } from './target.ts'
import { numbersOf, readCommandLine, refuse } from './usage.ts'
import { counted, seconds, showReport } from './simulator/show.ts'
import type { ProviderName } from './simulator/report.ts'
import { providers, simulate, type Step, type SimulateOptions } from './simulator/simulate.ts'

const usage = `npm run simulate -- onelogin|okta|entra --url BASE --token TOKEN

  --url BASE      the SCIM base URL, for example http://127.0.0.1:8787/scim/v2/demo
  --token TOKEN   the bearer token; or set the variable SCIM_TOKEN
  --people N      how many people (1 to 100000, default 30)
  --teams N       how many teams (0 to 10000, default 5)
  --rate R        calls a second (0 to 10000, default 25; 0 is as fast as the server answers)
  --seed S        a number to 9999999; the same seed plays the same story (default random)
  --timeout S     seconds that an answer may take (1 to 3600, default 60)

It writes to the directory, and what it has made stays there: use a tenant for tests. All names
of one run hold the same six letters, which are new each time.
The exit code is 0 when nothing went wrong, 1 when something did, 2 for a wrong command line.`

const numbers = {
  people: { least: 1, most: 100_000, usual: 30 },
  teams: { least: 0, most: 10_000, usual: 5 },
  rate: { least: 0, most: 10_000, usual: 25 },
  seed: { least: 0, most: 9_999_999, usual: Math.floor(Math.random() * 1_000_000) },
  timeout: { least: 1, most: 3_600, usual: 60 },
}

const { profile, options } = readWish()
const progress = new Progress()
const report = await simulate(profile, { ...options, onStep: showStep })
console.log(`\n${showReport(report)}`)
process.exitCode = report.isClean ? 0 : 1

function readWish(): {
  readonly profile: ProviderName
  readonly options: SimulateOptions
} {
  const text = { type: 'string' } as const
  const { positionals, values } = readCommandLine(
    usage,
    { url: text, token: text, people: text, teams: text, rate: text, seed: text, timeout: text },
    true,
  )
  const [profile = '', ...rest] = positionals
  if (!isProvider(profile) || rest.length > 0)
    refuse(usage, 'Name one provider: onelogin, okta or entra.')
  const target = readTarget(values.url, values.token)
  if (!target.ok) return refuse(usage, target.error)
  const { timeout, ...size } = numbersOf(usage, numbers, values)
  return { profile, options: { ...target.value, ...size, timeout: timeout * 1000 } }
}

function isProvider(name: string): name is ProviderName {
  return Object.hasOwn(providers, name)
}

/** A phase that is over has a line that stays. */
function showStep({ phase, number, of, isOver }: Step): void {
  const failed = phase.failures > 0 ? `, ${phase.failures} failed` : ''
  const line = `[${number}/${of}] ${phase.name}: ${counted(phase.calls, 'call')}${failed}`
  if (isOver) progress.note(`${line}, ${seconds(phase.milliseconds)}`)
  else progress.tell(line)
}
