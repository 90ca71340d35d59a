/**
 * Writes `docs/errors.md` from the catalogue of errors; with `--check` says whether it is current.
 */
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { applicationErrors } from '../src/application/error.ts'
import { errorCatalog } from '../src/scim/error.ts'
import type { ErrorEntry } from '../src/scim/errors/entry.ts'
import { root } from './root.ts'

const file = join(root, 'docs', 'errors.md')
const wanted = `${describe(Object.entries(errorCatalog))}${describeApplication()}`

if (process.argv.includes('--check')) {
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
