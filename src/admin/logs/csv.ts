/** CSV (RFC 4180) that a spreadsheet opens as text alone. Pure. */

/**
 * Begins of a formula, also after blanks: of a cell, and behind what other settings of a spreadsheet take
 * for the end of one.
 */
const formula = /(^|[;\t\r\n])(?=\s*[=+\-@\t\r\uff1d\uff0b\uff0d\uff20])/g

export type Cell = string | number | null

/** A line of cells, each in quotes; what looks like a formula gets an apostrophe before it. */
export function csvLine(cells: readonly Cell[]): string {
  return `${cells.map(cellOf).join(',')}\r\n`
}

function cellOf(cell: Cell): string {
  if (typeof cell === 'number') return String(cell)
  const text = cell ?? ''
  return `"${text.replaceAll(formula, "$1'").replaceAll('"', '""')}"`
}
