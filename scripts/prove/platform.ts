/** What the kit needs of its platform: it runs in Node, and in the page of the console that shows it. */

export function pause(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds))
}

/** Small letters of the alphabet, by chance. */
export function randomLetters(count: number): string {
  const bytes = crypto.getRandomValues(new Uint8Array(count))
  return Array.from(bytes, (byte) => String.fromCodePoint(97 + (byte % 26))).join('')
}

/** True for values that are the same as JSON; the order of members means nothing. */
export function isSame(left: unknown, right: unknown): boolean {
  if (Array.isArray(left) && Array.isArray(right)) {
    return left.length === right.length && left.every((one, index) => isSame(one, right[index]))
  }
  if (typeof left !== 'object' || typeof right !== 'object' || !left || !right)
    return left === right
  if (Array.isArray(left) !== Array.isArray(right)) return false
  const [one, other] = [new Map(Object.entries(left)), new Map(Object.entries(right))]
  return (
    one.size === other.size &&
    [...one].every(([name, value]) => other.has(name) && isSame(value, other.get(name)))
  )
}
