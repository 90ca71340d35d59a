/** Lists as values of statements: D1 takes 2,000,000 bytes for one, so that long ones are several. */

/** Bytes of one list, brackets and all. */
const maximumBytes = 1_900_000

/** JSON texts of at most 1,900,000 bytes that hold the items in their order; `[]` for none. */
export function jsonLists(items: readonly unknown[]): string[] {
  const lists: string[] = []
  let list: string[] = []
  let bytes = 2
  for (const item of items) {
    const text = JSON.stringify(item)
    const size = bytesOf(text) + 1
    if (list.length > 0 && bytes + size > maximumBytes) {
      lists.push(`[${list.join()}]`)
      list = []
      bytes = 2
    }
    list.push(text)
    bytes += size
  }
  lists.push(`[${list.join()}]`)
  return lists
}

/** An upper bound: a UTF-16 unit takes at most three bytes of UTF-8. */
function bytesOf(text: string): number {
  return /^[\u0020-\u007e]*$/.test(text) ? text.length : 3 * text.length
}
