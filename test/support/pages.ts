/** A bound for tests that read on until there is no more: an answer that never ends is a failure, not a hang. */

const mostPages = 1_000

/** Of `for (let page = 1; ; page = nextPage(page))`: the number of the next page, or a failure. */
export function nextPage(page: number): number {
  if (page >= mostPages) throw new Error(`There is no end after ${page} pages.`)
  return page + 1
}
