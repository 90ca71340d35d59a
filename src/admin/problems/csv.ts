/** CSV (RFC 4180) that a spreadsheet opens as text alone. Pure. */

/** First characters that make a spreadsheet take a cell for a formula, also after blanks. */
const formula = /^\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20]/

/** A line of cells, each in quotes; what looks like a formula gets an apostrophe before it. */
export function csvLine(cells: readonly (string | number | null)[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(cell: string | number | null): string {
  if (typeof cell === 'number') return String(cell)
  const text = cell ?? ''
  const safe = formula.test(text) ? `'${text}` : text
  return `"${safe.replaceAll('"', '""')}"`
}
