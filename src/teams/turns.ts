/** A millisecond, in which a busy object hears of one more change or two. */
const moment = () => scheduler.wait(1)

/**
 * One task at a time, in the order of arrival. A Durable Object does not give that by itself: while
 * a call awaits D1, other calls run. Items that wait next to each other share one turn.
 */
export class Turns<Item, Outcome> {
  readonly #together: (items: readonly Item[]) => Promise<readonly Outcome[]>
  readonly #pause: () => Promise<void>
  #last: Promise<unknown> = Promise.resolve()
  /** True while items come faster than turns end: those who were just answered are back soon. */
  #isCrowded = false
  /** The turn at the end of the line, while it has not begun and others may still join it. */
  #open: { readonly items: Item[]; readonly outcomes: Promise<readonly Outcome[]> } | undefined

  /**
   * `together` answers one outcome for each item, in their order. `pause` is how long nobody comes
   * to a crowded line before its turn begins.
   */
  constructor(
    together: (items: readonly Item[]) => Promise<readonly Outcome[]>,
    pause: () => Promise<void> = moment,
  ) {
    this.#together = together
    this.#pause = pause
  }

  /** Runs a task alone. */
  take<T>(task: () => Promise<T>): Promise<T> {
    this.#open = undefined
    return this.#queue(task)
  }

  /** Runs an item, together with its neighbours in the line; at most so many at once. */
  async join(item: Item, most: number): Promise<Outcome> {
    const open = this.#open
    const turn = open && open.items.length < most ? open : this.#openTurn()
    const index = turn.items.push(item) - 1
    const outcome = (await turn.outcomes)[index]
    if (outcome === undefined) throw new Error('A turn ended without an outcome')
    return outcome
  }

  #openTurn() {
    const items: Item[] = []
    const outcomes = this.#queue(async () => {
      if (this.#isCrowded) await this.#gather(items)
      if (this.#open?.items === items) this.#open = undefined
      this.#isCrowded = items.length > 1
      return this.#together(items)
    })
    this.#open = { items, outcomes }
    return this.#open
  }

  /** Leaves the turn open for as long as one more joins it in each pause, until it is full. */
  async #gather(items: readonly Item[]): Promise<void> {
    for (let known = 0; known < items.length && this.#open?.items === items;) {
      known = items.length
      await this.#pause()
    }
  }

  #queue<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
