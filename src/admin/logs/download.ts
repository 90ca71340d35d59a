/** Files for a spreadsheet as answers. */
import type { AdminContext } from '../shell/context'
import { csvLine, type Cell } from './csv'

/** Answers lines as a file, which begins with a mark by which spreadsheets know that it is UTF-8. */
export function downloadCsv(c: AdminContext, name: string, lines: readonly (readonly Cell[])[]) {
  return c.body(`\uFEFF${lines.map(csvLine).join('')}`, 200, csvHeaders(name))
}

/** The last line of a file that ends early: the address of the next one, which begins there and has the same filter. */
export function notAll(c: AdminContext, before: string | number): readonly Cell[] {
  const next = new URL(c.req.url)
  next.searchParams.set('before', String(before))
  return [`Not all. The next file is ${next.href}`]
}

export function csvHeaders(name: string) {
  return {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${name}.csv"`,
  }
}
