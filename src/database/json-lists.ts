/** Lists as values of statements: D1 takes 2,000,000 bytes for one, so that long ones are several. */
import { batchBytes, bytesAtMost, listBytes } from '../limits'

/** JSON texts of at most 1,900,000 bytes that hold the items in their order; `[]` for none. */
export function jsonLists(items: readonly unknown[]): string[] {
  const lists: string[] = []
  let list: string[] = []
  let bytes = 2
  for (const item of items) {
    const text = JSON.stringify(item)
    const size = bytesAtMost(text) + 1
    if (list.length > 0 && bytes + size > listBytes) {
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

/** A list in parts whose items are bound together, in one batch if no bound is given; no item is divided. */
export function partsOf<T>(
  items: readonly T[],
  bytesOf: (item: T) => number,
  most: number = batchBytes,
): T[][] {
  // A part of one is as long as it is: most requests are about one person, who need not be measured.
  if (items.length === 1) return [[...items]]
  const parts: T[][] = []
  let left = 0
  for (const item of items) {
    const bytes = bytesOf(item)
    const part = bytes <= left ? parts.at(-1) : undefined
    if (part) part.push(item)
    else parts.push([item])
    left = (part ? left : most) - bytes
  }
  return parts
}
