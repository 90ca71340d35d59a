/** Files for a spreadsheet as answers. */
import type { AdminContext } from '../shell/context'
import { csvLine, type Cell } from './csv'

/** Answers lines as a file, which begins with a mark by which spreadsheets know that it is UTF-8. */
export function downloadCsv(c: AdminContext, name: string, lines: readonly (readonly Cell[])[]) {
  return c.body(`\uFEFF${lines.map(csvLine).join('')}`, 200, csvHeaders(name))
}

/** The last line of a file that ends early: where the next one goes on, under the same filter. */
export function notAll(before: string | number): readonly Cell[] {
  return [`Not all. The next file begins with ?before=${before}`]
}

export function csvHeaders(name: string) {
  return {
    'Content-Type': 'text/csv; charset=utf-8',
    'Content-Disposition': `attachment; filename="${name}.csv"`,
  }
}
