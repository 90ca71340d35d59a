/** `npm run doctor`: examines a deployment and prints a report. */
import { existsSync } from 'node:fs'
import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { isJurisdiction, jurisdictions } from '../src/object-location.ts'
import { readSettings } from './dev/settings.ts'
import { examine } from './doctor/examine.ts'
import type { Finding } from './doctor/finding.ts'
import { root } from './root.ts'
import { readSecrets } from './secrets.ts'
import { readCommandLine, refuse } from './usage.ts'

const usage = `npm run doctor -- [URL] [--jurisdiction NAME] [--json]

Examines a deployment: health, secrets, bindings, compatibility flags, jurisdiction, migrations of
every database, clocks, and a round trip through SCIM in a tenant that is deleted after it.

  URL                  for example https://rollcall.example.workers.dev; without it, what
                       \`npm run dev\` serves on this machine
  --jurisdiction NAME  fails unless the deployment is in it: ${jurisdictions.join(', ')}
  --json               prints the findings as JSON

The variable ADMIN_TOKEN holds the operator secret, or an operator token: with the scope "tenants"
for everything, with "read" for all but the round trip.
The exit code is 0 when nothing is bad, 1 when something is, 2 for a wrong command line.`

const signs = { good: 'ok  ', note: 'note', bad: 'BAD ', skipped: 'skip' } as const

const { url, token, jurisdiction, isJson } = await readWish()
const migrations = (await readdir(join(root, 'drizzle')))
  .filter((name) => name.endsWith('.sql'))
  .sort()
const findings = await examine(url, token, { migrations, jurisdiction })
const isBad = findings.some(({ state }) => state === 'bad')
console.log(isJson ? JSON.stringify({ url, isGood: !isBad, findings }, null, 2) : show(findings))
process.exitCode = isBad ? 1 : 0

function show(list: readonly Finding[]): string {
  const lines = list.flatMap(({ name, state, text, remedy }) => [
    `${signs[state]}  ${name.padEnd(12)}  ${text}`,
    ...(remedy === undefined ? [] : [`${' '.repeat(20)}${remedy}`]),
  ])
  const count = list.filter(({ state }) => state === 'bad').length
  const end = count === 0 ? 'Nothing is bad.' : `${count} of ${list.length} findings are bad.`
  return [url, '', ...lines, '', end].join('\n')
}

async function readWish() {
  const { positionals, values } = readCommandLine(
    usage,
    { jurisdiction: { type: 'string' }, json: { type: 'boolean' } },
    true,
  )
  const [address, ...more] = positionals
  if (more.length > 0) refuse(usage, 'Name one deployment.')
  if (address !== undefined && (!URL.canParse(address) || !/^https?:/.test(address))) {
    refuse(usage, 'The URL is not an http or https address.')
  }
  const wished = values.jurisdiction
  if (wished !== undefined && !isJurisdiction(wished)) {
    refuse(usage, `--jurisdiction is one of ${jurisdictions.join(', ')}.`)
  }
  const settings = readSettings(process.env, {})
  if (!settings.ok) refuse(usage, settings.error)
  const { port, stateDirectory } = settings.value
  const secret =
    process.env['ADMIN_TOKEN'] || (address === undefined ? await keptSecret(stateDirectory) : '')
  if (secret === '') refuse(usage, 'The variable ADMIN_TOKEN is missing.')
  if (/[^\x21-\x7e]/.test(secret))
    refuse(usage, 'ADMIN_TOKEN holds a character that no header can carry.')
  return {
    url: new URL(address ?? `http://127.0.0.1:${port}`).origin,
    token: secret,
    jurisdiction: wished,
    isJson: values.json === true,
  }
}

/** The secret that `npm run dev` has made; empty when it never ran here. */
async function keptSecret(stateDirectory: string): Promise<string> {
  if (!existsSync(join(stateDirectory, 'secrets.json'))) return ''
  const kept = readSecrets(stateDirectory, 'demo')
  return kept.then(
    ({ adminToken }) => adminToken,
    (error: Error) => refuse(usage, error.message),
  )
}
