/** The search and the problems as JSON. */
import { readQuery } from '../../http/query'
import { readProblems } from '../../activity/problems'
import { searchAll } from '../../search/search'
import { findAtHome } from '../../tenants/locate'
import { isoOrNull } from '../../time'
import { placeText, problemsCall } from '../problems/forms'
import { readRemedies, remedyFor } from '../activity/remedies'
import { stateOf } from '../problems/words'
import type { AdminContext } from '../shell/context'
import { replyBadQuery, replyRefusal } from '../shell/problem'
import { searchCall } from './forms'

export async function getSearch(c: AdminContext): Promise<Response> {
  const query = readQuery(searchCall, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const { q, tenant = '' } = query.value
  const home = tenant === '' ? undefined : await findAtHome(c.env, tenant)
  if (home?.ok === false) return replyRefusal(c, home.error)
  const found = await searchAll(c.env, q, tenant)
  return found.ok ? c.json(found.value) : replyRefusal(c, found.error)
}

export async function getProblems(c: AdminContext): Promise<Response> {
  const query = readQuery(problemsCall, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const { tenant } = c.var
  const read = await readProblems(c.env.DB, tenant.id, query.value.before)
  if (!read.ok) return replyRefusal(c, read.error)
  const remedies = await readRemedies(c)
  const { problems, older } = read.value
  return c.json({
    problems: problems.map((problem) => ({
      key: problem.key,
      kind: problem.kind,
      name: problem.name,
      externalId: problem.externalId,
      id: problem.presentId,
      state: stateOf(problem),
      code: problem.code,
      status: problem.status,
      detail: problem.detail,
      remedy: remedyFor(problem, tenant, remedies),
      since: isoOrNull(problem.firstAt),
      lastTried: isoOrNull(problem.lastAt),
      tried: problem.tries,
      method: problem.method,
      path: problem.path,
      ...problem.cause,
    })),
    before: older ? placeText(older) : null,
  })
}
