/** The provisioning log as a file for a spreadsheet. */
import { readActivityPage } from '../../activity/browse'
import type { Activity } from '../../activity/rows'
import { type AdminContext } from '../shell/context'
import { showRefusal } from '../shell/refusal'
import { memberName, providerNames } from '../shell/values'
import { activityPageQuery } from './forms'
import { beginOf } from './range'

/** Lines of one file. */
export const exportedLines = 2_000

const columns = ['time', 'outcome', 'what', 'who', 'code', 'reason', 'provider', 'request'] as const

/** Answers the latest lines that fit the filter, as CSV (RFC 4180). */
export async function downloadActivity(c: AdminContext) {
  const query = activityPageQuery.parse(c.req.query())
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
  const { from = 0 } = query
  const lines = page.value.activity.filter(({ at }) => at >= from).map(cellsOf)
  const text = [columns, ...lines].map((cells) => `${cells.map(cell).join(',')}\r\n`).join('')
  return c.body(text, 200, {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${tenant.slug}-activity.csv"`,
  })
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

/** A text that begins like a formula is no formula (OWASP: CSV injection). */
function cell(text: string): string {
  const plain = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text
  return /[",\r\n]/.test(plain) ? `"${plain.replaceAll('"', '""')}"` : plain
}
