/** `npm run suites`: runs a published suite of SCIM requests against a server and says what holds. */
import { readFile } from 'node:fs/promises'
import './root.ts'
import { fillEmptyDirectory, readSuite, runSuite, type StepReport } from './suites/run.ts'
import { readTarget } from './target.ts'
import { readCommandLine, refuse } from './usage.ts'

const usage = `npm run suites -- FILE --url BASE --token TOKEN

  FILE            a Postman collection, or an export of Runscope, as published
  --url BASE      the SCIM base URL, for example http://127.0.0.1:8787/scim/v2/demo
  --token TOKEN   the bearer token; or set the variable SCIM_TOKEN

It writes to the directory: use a new tenant. A suite is a program; run one that you trust.
docs/conformance.md says where the suites of Okta and Microsoft are.
The exit code is 0 when every claim holds, 1 when one does not, 2 for a wrong command line.`

const text = { type: 'string' } as const
const { positionals, values } = readCommandLine(usage, { url: text, token: text }, true)
const [file, ...rest] = positionals
if (file === undefined || rest.length > 0) refuse(usage, 'Name one file.')
const target = readTarget(values.url, values.token)
if (!target.ok) refuse(usage, target.error)
const source = await readFile(file, 'utf8').catch(() => refuse(usage, `${file} cannot be read.`))
const suite = readSuite(source, target.value)
if (!suite.ok) refuse(usage, suite.error)

// The SPEC test of Okta reads somebody first; that of Microsoft begins with an empty directory.
if (suite.value.variables.has('SCIMBaseURL') && (await fillEmptyDirectory(target.value))) {
  console.log('The directory was empty: one person is made first.\n')
}
const report = await runSuite(suite.value, showStep)
for (const sentence of report.skipped) console.log(`  left out  ${sentence}`)
console.log(`\n${report.name}: ${report.held} of ${report.of} claims hold.`)
process.exitCode = report.of > 0 && report.held === report.of ? 0 : 1

function showStep({ name, request, status, claims }: StepReport): void {
  const failed = claims.filter(({ problem }) => problem !== undefined)
  console.log(`${failed.length === 0 ? '  good    ' : '  FAILED  '}  ${name}`)
  if (failed.length > 0) console.log(`              ${request} was answered ${status}`)
  for (const claim of failed) console.log(`              ${claim.name}: ${claim.problem}`)
}
