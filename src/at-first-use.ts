/**
 * What is evaluated by the first request or job that needs it, not when an isolate starts: modules by
 * `await import()`, and what is made of them.
 */

/**
 * Gives what `load` makes, which is asked until it has made something. What is remembered is the value, never
 * the promise: that belongs to one request, and another must not wait for it. Throws what `load`
 * throws, and asks it again the next time.
 */
export function atFirstUse<T>(load: () => Promise<T>): () => Promise<T> {
  let made: { readonly value: T } | undefined
  return async function makeOnce() {
    if (made) return made.value
    const value = await load()
    made ??= { value }
    return made.value
  }
}
