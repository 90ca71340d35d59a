/** One line of a table: the name, then right-aligned figures. */
export function row(...cells: readonly string[]): string {
  return cells.map((cell, index) => (index === 0 ? cell.padEnd(20) : cell.padStart(11))).join('')
}
