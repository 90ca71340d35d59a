/** The percentile of a list for a `share` from 0 to 1; 0 for an empty list. */
export function percentile(list: readonly number[], share: number): number {
  const sorted = list.toSorted((left, right) => left - right)
  return sorted[Math.min(Math.floor(sorted.length * share), sorted.length - 1)] ?? 0
}

export function median(list: readonly number[]): number {
  return percentile(list, 0.5)
}
