/** The provisioning log as a file for a spreadsheet. */
import { readQuery } from '../../http/query'
import { readActivityPage } from '../../activity/browse'
import type { Activity } from '../../activity/rows'
import { type AdminContext } from '../shell/context'
import { downloadCsv, notAll } from '../logs/download'
import { showBadQuery, showRefusal } from '../shell/refusal'
import { memberName, providerNames } from '../shell/values'
import { activityPageQuery, placeText } from './forms'
import { beginOf, since } from './range'

/** Lines of one file. */
export const exportedLines = 2_000

const columns = ['time', 'outcome', 'what', 'who', 'code', 'reason', 'provider', 'request'] as const

/** Answers the latest lines that fit the filter, as CSV (RFC 4180). A file that ends early says so in its last line. */
export async function downloadActivity(c: AdminContext) {
  const read = readQuery(activityPageQuery, c.req.url)
  if (!read.ok) return showBadQuery(c, read.error)
  const query = read.value
  const begin = await beginOf(c, query)
  if (!begin.ok) return showRefusal(c, begin.error)
  const { tenant } = c.var
  const page = await readActivityPage(c.env.DB, {
    ...query,
    tenantId: tenant.id,
    before: begin.value,
    limit: exportedLines,
  })
  if (!page.ok) return showRefusal(c, page.error)
  const { activity, older } = since(page.value, query.from)
  const rest = older ? [notAll(c, placeText(older))] : []
  return downloadCsv(c, `${tenant.slug}-activity`, [columns, ...activity.map(cellsOf), ...rest])
}

function cellsOf({ at, outcome, cause, failure, request, changes = [] }: Activity): string[] {
  const { method = '', path = '' } = failure ?? request ?? {}
  const what = changes.map(({ type }) => type).join(' ') || `${method} ${path}`
  const names = changes.map(({ name, resourceId, changes: values }) =>
    [memberName(values), name || resourceId].filter(Boolean).join(' in '),
  )
  const who = failure?.subject ?? request?.subject ?? names.join('; ')
  return [
    new Date(at).toISOString(),
    outcome,
    what,
    who,
    failure?.code ?? '',
    failure?.detail ?? (cause.passedOver ?? []).map((entry) => entry.why).join(' '),
    cause.provider ? providerNames[cause.provider] : '',
    cause.requestId,
  ]
}
