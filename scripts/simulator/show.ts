/** The report as text for a terminal. */
import { providers } from './simulate.ts'
import type { Failure, Phase, Report } from './report.ts'

const mostDifferences = 40

export function showReport(report: Report): string {
  const { title } = providers[report.provider]
  const calls = report.phases.reduce((sum, phase) => sum + phase.calls, 0)
  const heading = `${title} against ${report.url}`
  const lines = [
    heading,
    '='.repeat(heading.length),
    `${counted(calls, 'call')} in ${seconds(report.milliseconds)}; seed ${report.seed}, names contain "${report.tag}"`,
    '',
    ...table(report.phases),
    '',
    ...(report.stopped === undefined ? [] : [`STOPPED  ${report.stopped}`, '']),
    ...showFailures(report.failures),
    ...showDifferences(report.differences),
    ...showWarnings(report),
    verdict(report),
  ]
  return `${lines.join('\n')}\n`
}

function table(phases: readonly Phase[]): readonly string[] {
  const rows = [
    ['phase', 'calls', 'good', 'failed', 'skipped', 'time', 'slowest', ''],
    ...phases.map(({ name, calls, failures, skipped, milliseconds, slowest }) => [
      name,
      String(calls),
      String(calls - failures),
      String(failures),
      String(skipped),
      seconds(milliseconds),
      slowest ? `${Math.round(slowest.milliseconds)} ms` : '',
      slowest ? shape(slowest.request) : '',
    ]),
  ]
  const last = 7
  const widths = Array.from({ length: last + 1 }, (_, column) =>
    Math.max(...rows.map((row) => row[column]?.length ?? 0)),
  )
  return rows.map((row) =>
    row
      .map((cell, column) => {
        const width = widths[column] ?? 0
        return column === 0 || column === last ? cell.padEnd(width) : cell.padStart(width)
      })
      .join('  ')
      .trimEnd(),
  )
}

function showFailures(failures: readonly Failure[]): readonly string[] {
  if (failures.length === 0) return []
  return [`FAILURES (${failures.length} different)`, '', ...failures.flatMap(showFailure)]
}

function showFailure(failure: Failure, index: number): readonly string[] {
  const { request, status, code, detail, problem, reaction, phase, count, kind } = failure
  const headers = Object.entries(request.headers).map(([name, value]) => `${name}: ${value}`)
  const answer = [status === 0 ? `none (${kind})` : String(status), code, detail]
  return [
    `${index + 1}. ${phase}${count > 1 ? `, ${count} times` : ''}`,
    `   request   ${request.method} ${request.url}`,
    ...headers.map((header) => `             ${header}`),
    ...(request.body === undefined ? [] : [`             ${request.body}`]),
    `   answer    ${answer.filter((part) => part !== undefined && part !== '').join('  ')}`,
    ...(problem === undefined ? [] : [`   problem   ${problem}`]),
    `   provider  ${reaction}`,
    '',
  ]
}

function showDifferences(differences: readonly string[]): readonly string[] {
  if (differences.length === 0) return []
  const shown = differences.slice(0, mostDifferences).map((difference) => `- ${difference}`)
  const rest = differences.length - shown.length
  return [
    `DIFFERENCES between the directory and what the provider believes (${differences.length})`,
    '',
    ...shown,
    ...(rest > 0 ? [`- and ${rest} more`] : []),
    '',
  ]
}

function showWarnings({ warnings }: Report): readonly string[] {
  if (warnings.length === 0) return []
  return [
    `WARNINGS (${warnings.length})`,
    '',
    ...warnings.flatMap(({ text, example, count }) => [
      `- ${text}`,
      `  ${count === 1 ? 'once' : `${count} times`}, first at ${example}`,
    ]),
    '',
  ]
}

function verdict({ isClean, warnings, model }: Report): string {
  if (!isClean) return 'RESULT  Something went wrong; see above.'
  const size = `${model.people.length} people and ${counted(model.teams.length, 'team')}`
  const after = warnings.length === 0 ? '' : ' Mind the warnings.'
  return `RESULT  All went well: the server holds ${size} as the provider believes.${after}`
}

/** `PATCH /Groups/0b1c…?` as `PATCH /Groups/{id}`. */
function shape(request: string): string {
  return request.replace(/\?.*/, '').replace(/(\/\w+)\/.+/, '$1/{id}')
}

export function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

export function seconds(milliseconds: number): string {
  return `${(milliseconds / 1000).toFixed(1)} s`
}
