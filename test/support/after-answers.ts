/**
 * What the Worker does after its answers (`waitUntil`): the log, the use of tokens, the calls of deliveries.
 * Whoever looks at the administration in a test looks once that is done, however slow the machine is.
 */

/** Milliseconds for which it is waited at most: work that was broken off never ends. */
const longest = 10_000

/** What all copies of this module share: the contexts are those of the process. */
interface Watch {
  readonly pending: Set<object>
  readonly watched: WeakSet<object>
}

const everywhere = globalThis as { afterAnswers?: Watch }
const watch: Watch = (everywhere.afterAnswers ??= { pending: new Set(), watched: new WeakSet() })

/** Notes the work of this context, and of all of its kind. */
export function watchContext(context: unknown): void {
  if (typeof context !== 'object' || context === null) return
  const prototype: object = Object.getPrototypeOf(context)
  const before: unknown = Reflect.get(prototype, 'waitUntil')
  if (typeof before !== 'function' || watch.watched.has(prototype)) return
  watch.watched.add(prototype)
  Object.defineProperty(prototype, 'waitUntil', {
    configurable: true,
    writable: true,
    value: function waitUntil(this: object, work: Promise<unknown>) {
      const mark = {}
      watch.pending.add(mark)
      const end = () => watch.pending.delete(mark)
      void Promise.resolve(work).then(end, end)
      return Reflect.apply(before, this, [work])
    },
  })
}

/** Waits for what was begun until now. */
export async function afterAnswers(): Promise<void> {
  const begun = [...watch.pending]
  for (let waited = 0; waited < longest; waited += 1) {
    if (!begun.some((mark) => watch.pending.has(mark))) return
    await scheduler.wait(1)
  }
  for (const mark of begun) watch.pending.delete(mark)
}
