/**
 * Writes `docs/errors.md` from the catalogue of errors; with `--check` says whether it is current.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applicationErrors } from '../src/application/error.ts'
import { errorCatalog } from '../src/scim/error.ts'
import type { ErrorEntry } from '../src/scim/errors/entry.ts'
import { lengths, maximumEntries, maximumResourceBytes } from '../src/scim/text/limits.ts'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'

const { check = false } = readCommandLine(
  `npm run errors -- [--check]

Writes docs/errors.md from the catalogue of errors.

  --check         says whether it is current, and writes nothing`,
  { check: { type: 'boolean' } },
).values

const file = join(root, 'docs', 'errors.md')
const wanted = `${describe(Object.entries(errorCatalog))}${describeLengths()}${describeApplication()}`

if (check) {
  const present = await readFile(file, 'utf8').catch(() => '')
  if (present !== wanted) {
    console.error('docs/errors.md is not what src/scim/error.ts says. Run: npm run errors')
    process.exit(1)
  }
} else {
  await writeFile(file, wanted)
}

function describe(entries: readonly (readonly [string, ErrorEntry])[]): string {
  const rows = entries
    .toSorted(([, left], [, right]) => left.status - right.status)
    .map(([code, { status, scimType, reason, remedy }]) => {
      const cells = [`\`${code}\``, String(status), scimType ?? '', reason, remedy]
      return `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`
    })
  return `# Errors

Every refusal is a SCIM error (RFC 7644 section 3.12) with the members that the RFC names and no other;
its \`detail\` holds the reason and the remedy, the header \`X-Error-Code\` the code. An operation of a Bulk
has no header of its own: the provisioning log shows the code of each one that was refused. Words in braces
are filled with a value of the request.
This page is generated from \`src/scim/error.ts\`: \`npm run errors\`.

| code | status | scimType | reason | remedy |
|---|---|---|---|---|
${rows.join('\n')}
`
}

function describeLengths(): string {
  const shown = (number: number) => number.toLocaleString('en')
  return `
## Lengths

What is longer is refused with \`textTooLong\`, \`tooManyValues\` or \`resourceTooLarge\`. Characters are code points
of Unicode. What was stored when there were no lengths stays, and its resource can be changed, deactivated
and deleted. The descriptions in \`/Schemas\` say the length of each attribute. The numbers are those of
\`src/scim/text/limits.ts\`.

| what | at most |
|---|---|
| text that names or identifies: \`userName\`, \`externalId\`, names of people and teams, e-mail addresses, telephone numbers, departments and the like | ${shown(lengths.name)} characters |
| other text: street addresses, roles, entitlements, schemas of the tenant's own, and what no schema describes | ${shown(lengths.text)} characters |
| addresses of pages | ${shown(lengths.reference)} characters |
| certificates and pictures | ${shown(lengths.binary)} characters |
| entries of a list, members of a team aside | ${shown(maximumEntries)} |
| all attributes of a person or team, as JSON | ${shown(maximumResourceBytes / 1024)} KiB |
`
}

function describeApplication(): string {
  const rows = Object.entries(applicationErrors)
    .toSorted(([, left], [, right]) => left.status - right.status)
    .map(
      ([code, { status, reason, remedy }]) => `| \`${code}\` | ${status} | ${reason} | ${remedy} |`,
    )
  return `
## The application API

Refusals of \`/api\` are problem details (RFC 9457) with \`code\`, \`reason\` and \`remedy\`; over a service
binding they are values with the same members (\`src/application/error.ts\`).

| code | status | reason | remedy |
|---|---|---|---|
${rows.join('\n')}
`
}
