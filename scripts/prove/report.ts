/** What came of a kit, for people. JUnit and JSON are made of the same rows. */
import { shorten } from '../simulator/json.ts'
import type { Kit } from './check.ts'

export type Outcome = 'kept' | 'failed' | 'warned' | 'skipped'

export interface Row {
  readonly part: string
  /** Section or test of the source. */
  readonly section: string
  readonly name: string
  readonly outcome: Outcome
  /** Why it is not kept, or about nothing here. */
  readonly problem?: string
  /** The request before the claim that did not hold, and its answer. */
  readonly request?: string
  readonly answer?: string
  readonly measured?: string
  readonly milliseconds: number
}

export interface Report {
  readonly kit: Kit['name']
  readonly title: string
  readonly source: string
  readonly url: string
  /** ISO 8601. */
  readonly startedAt: string
  /** What the reader has to know beforehand. */
  readonly note?: string
  readonly rows: readonly Row[]
}

/** The row of a run that ends before its kit does: a report without it would say that all is kept. */
export function rowOfEnd(problem: string): Row {
  const name = 'The kit is played to its end'
  return { part: 'The run', section: 'run', name, outcome: 'failed', problem, milliseconds: 0 }
}

export function countOf({ rows }: Report, outcome: Outcome): number {
  return rows.filter((row) => row.outcome === outcome).length
}

/** True when everything that has to be kept is, and something was proved at all. */
export function isReady(report: Report): boolean {
  return countOf(report, 'failed') === 0 && countOf(report, 'kept') > 0
}

const labels: Readonly<Record<Outcome, string>> = {
  kept: 'kept   ',
  failed: 'FAILED ',
  warned: 'warning',
  skipped: 'skipped',
}

export function showRow({ outcome, section, name }: Row): string {
  return `  ${labels[outcome]}  ${name}  [${section}]`
}

/** What is to be said of a row beside its name: nothing for one that is kept. */
export function showReason(row: Row): readonly string[] {
  return [
    ...(row.problem === undefined ? [] : [`             ${row.problem}`]),
    ...(row.request === undefined ? [] : [`             ${shorten(row.request, 300)}`]),
    ...(row.answer === undefined ? [] : [`             was answered ${shorten(row.answer, 300)}`]),
    ...(row.measured === undefined ? [] : [`             ${row.measured}`]),
  ]
}

export function showReport(report: Report): string {
  const parts = [...new Set(report.rows.map(({ part }) => part))]
  const count = (outcome: Outcome) => countOf(report, outcome)
  return [
    report.title,
    `  Source: ${report.source}`,
    `  Server: ${report.url}`,
    ...(report.note === undefined ? [] : [`  Note:   ${report.note}`]),
    ...parts.flatMap((part) => [
      '',
      part,
      ...report.rows.flatMap((row) =>
        row.part === part ? [showRow(row), ...showReason(row)] : [],
      ),
    ]),
    '',
    `${count('kept')} kept, ${count('failed')} failed, ${count('warned')} warnings, ${count('skipped')} skipped.`,
    `RESULT  ${resultOf(report)}`,
  ].join('\n')
}

/** The result in a sentence, with the reason where there is one alone. */
function resultOf(report: Report): string {
  if (isReady(report)) return 'Everything that has to be kept is kept.'
  const failed = report.rows.filter(({ outcome }) => outcome === 'failed')
  const [first, ...others] = failed
  if (!first) return 'Not ready: nothing was proved.'
  if (others.length > 0) return `Not ready: see the ${failed.length} rows that failed.`
  return `Not ready, for one row. ${first.name}: ${first.problem ?? 'it is not kept.'}`
}

export function toJson(report: Report): string {
  const counts = Object.fromEntries(
    (['kept', 'failed', 'warned', 'skipped'] as const).map((one) => [one, countOf(report, one)]),
  )
  return `${JSON.stringify({ ...report, counts, isReady: isReady(report) }, null, 2)}\n`
}

/** JUnit as CI systems read it: a suite for each part, and warnings as output of a case that passes. */
export function toJunit(report: Report): string {
  const parts = [...new Set(report.rows.map(({ part }) => part))]
  const suites = parts.map((part) => {
    const rows = report.rows.filter((row) => row.part === part)
    return `  <testsuite ${attributes({ name: part, ...totals(rows), timestamp: report.startedAt })}>
${rows.map((row) => caseOf(report, row)).join('\n')}
  </testsuite>`
  })
  const head = attributes({ name: report.title, ...totals(report.rows) })
  return `<?xml version="1.0" encoding="UTF-8"?>
<testsuites ${head}>
${suites.join('\n')}
</testsuites>
`
}

function totals(rows: readonly Row[]) {
  const milliseconds = rows.reduce((sum, row) => sum + row.milliseconds, 0)
  return {
    tests: rows.length,
    failures: rows.filter(({ outcome }) => outcome === 'failed').length,
    errors: 0,
    skipped: rows.filter(({ outcome }) => outcome === 'skipped').length,
    time: (milliseconds / 1000).toFixed(3),
  }
}

function caseOf(report: Report, row: Row): string {
  const { outcome, section, problem = '' } = row
  const name = `${row.name} [${section}]`
  const time = (row.milliseconds / 1000).toFixed(3)
  const open = `    <testcase ${attributes({ name, classname: `prove.${report.kit}`, time })}`
  const said = showReason(row).map((line) => line.trim())
  if (outcome === 'failed') {
    const message = attributes({ message: problem })
    return `${open}><failure ${message}>${escaped(said.join('\n'))}</failure></testcase>`
  }
  if (outcome === 'skipped') {
    return `${open}><skipped ${attributes({ message: problem })}/></testcase>`
  }
  if (said.length === 0) return `${open}/>`
  const label = outcome === 'warned' ? 'Warning: ' : ''
  return `${open}><system-out>${escaped(label + said.join('\n'))}</system-out></testcase>`
}

function attributes(values: Readonly<Record<string, string | number>>): string {
  return Object.entries(values)
    .map(([name, value]) => `${name}="${escaped(String(value))}"`)
    .join(' ')
}

const entities: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
}

/** Text in XML 1.0, which has no control characters but those of white space. */
function escaped(text: string): string {
  return text
    .replaceAll(/[^\t\n\r\u0020-\uD7FF\uE000-\uFFFD\u{10000}-\u{10FFFF}]/gu, '\uFFFD')
    .replaceAll(/[&<>"]/g, (sign) => entities[sign] ?? sign)
}
