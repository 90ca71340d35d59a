/** The problems of a tenant as a CSV file, made page by page while it is read. */
import { readProblems, type Problem, type ProblemPlace } from '../../activity/problems'
import { isoOrNull } from '../../time'
import { type AdminContext } from '../shell/context'
import { showRefusal } from '../shell/refusal'
import { problemsQuery, placeText } from './forms'
import { csvLine } from '../logs/csv'
import { csvHeaders, notAll } from '../logs/download'
import { readRemedies, remedyFor } from '../activity/remedies'
import { causeOf, stateOf } from './words'
import { nameOf } from './list'

/** Pages of one file, each one read of the database; a platform allows 50 in a request. */
const maximumPages = 40

const head = [
  'kind',
  'name',
  'state',
  'cause',
  'code',
  'detail',
  'what to do',
  'since',
  'last tried',
  'tried',
  'request',
]

/** A file that ends early says from where the next one goes on, in its last line. */
export async function exportProblems(c: AdminContext) {
  const { tenant } = c.var
  const { before } = problemsQuery.parse(c.req.query())
  const first = await readProblems(c.env.DB, tenant.id, before)
  if (!first.ok) return showRefusal(c, first.error)
  const remedies = await readRemedies(c)
  const lineOf = (problem: Problem) =>
    csvLine([
      problem.kind,
      nameOf(problem),
      stateOf(problem),
      causeOf(problem),
      problem.code,
      problem.detail,
      remedyFor(problem, tenant, remedies),
      isoOrNull(problem.firstAt),
      isoOrNull(problem.lastAt),
      problem.tries,
      problem.cause.requestId,
    ])
  let older: ProblemPlace | undefined = first.value.older
  let pages = 1
  const encoder = new TextEncoder()
  const body = new ReadableStream<Uint8Array>({
    start(controller) {
      const lines = first.value.problems.map(lineOf)
      controller.enqueue(encoder.encode(`\uFEFF${csvLine(head)}${lines.join('')}`))
    },
    async pull(controller) {
      if (!older) return controller.close()
      const next = pages < maximumPages ? await readProblems(c.env.DB, tenant.id, older) : undefined
      if (!next?.ok) {
        controller.enqueue(encoder.encode(csvLine(notAll(c, placeText(older)))))
        return controller.close()
      }
      pages += 1
      older = next.value.older
      return controller.enqueue(encoder.encode(next.value.problems.map(lineOf).join('')))
    },
  })
  return c.body(body, 200, csvHeaders(`problems-${tenant.slug}`))
}
