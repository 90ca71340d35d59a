/**
 * A map that holds at most so many entries: what an isolate remembers between requests. A new entry
 * beyond them takes the place of the one that was set longest ago.
 */
export class BoundedMap<K, V> extends Map<K, V> {
  readonly #maximum: number

  constructor(maximum: number) {
    super()
    this.#maximum = maximum
  }

  override set(key: K, entry: V): this {
    this.delete(key)
    const oldest = this.size >= this.#maximum ? this.keys().next() : undefined
    if (oldest && !oldest.done) this.delete(oldest.value)
    return super.set(key, entry)
  }
}
