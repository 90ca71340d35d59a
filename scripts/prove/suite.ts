/** A published suite, played beside a kit: each of its steps is a row. */
import { err, ok, type Result } from '../../src/result.ts'
import { fillEmptyDirectory, readSuite, runSuite, type StepReport } from '../suites/run.ts'
import type { Row } from './report.ts'
import type { Room } from './trial.ts'

/** `text` is the content of the file; the error is a sentence for the person who named it. */
export async function playSuite(
  text: string,
  { url, token }: Room,
): Promise<Result<readonly Row[], string>> {
  const target = { url, token }
  const suite = readSuite(text, target)
  if (!suite.ok) return suite
  if (suite.value.variables.has('SCIMBaseURL')) await fillEmptyDirectory(target)
  const part = `Published suite: ${suite.value.name}`
  const report = await runSuite(suite.value)
  const rows = [
    ...report.steps.map((step, index) => rowOf(part, step, index)),
    ...report.skipped.map((reason, index) => ({
      part,
      section: `left out ${index + 1}`,
      name: reason,
      outcome: 'skipped' as const,
      milliseconds: 0,
    })),
  ]
  return report.of === 0 ? err('The suite claims nothing.') : ok(rows)
}

function rowOf(part: string, { name, request, status, claims }: StepReport, index: number): Row {
  const failed = claims.filter(({ problem }) => problem !== undefined)
  const section = `step ${index + 1}, ${claims.length} claims`
  const base = { part, section, name, milliseconds: 0 }
  if (failed.length === 0) return { ...base, outcome: 'kept' }
  const problem = failed.map((claim) => `${claim.name}: ${claim.problem}`).join(' ')
  return { ...base, outcome: 'failed', problem, request, answer: String(status) }
}
