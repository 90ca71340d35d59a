/** Characters of a key that is remembered: what a caller sends as a name may be as long as its request. */
const longestKey = 512

/** What all entries of a map may weigh together. */
interface Weight<V> {
  readonly most: number
  readonly of: (entry: V) => number
}

/**
 * A map of what an isolate remembers between requests: it holds at most so many entries, which together
 * weigh so much at most. A new entry beyond them takes the place of those that were set longest ago. What has
 * a long key, or is too heavy alone, is not remembered.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maximum: number
  readonly #weight: Weight<V> | undefined
  readonly #weights = new Map<K, number>()
  #total = 0

  constructor(maximum: number, weight?: Weight<V>) {
    super()
    this.#maximum = maximum
    this.#weight = weight
  }

  override set(key: K, entry: V): this {
    this.delete(key)
    if (typeof key === 'string' && key.length > longestKey) return this
    const weight = this.#weight?.of(entry) ?? 0
    const most = this.#weight?.most ?? 0
    if (weight > most) return this
    for (const oldest of this.keys()) {
      if (this.size < this.#maximum && this.#total + weight <= most) break
      this.delete(oldest)
    }
    if (weight > 0) this.#weights.set(key, weight)
    this.#total += weight
    return super.set(key, entry)
  }

  override delete(key: K): boolean {
    this.#total -= this.#weights.get(key) ?? 0
    this.#weights.delete(key)
    return super.delete(key)
  }
}
