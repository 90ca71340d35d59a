/** One millisecond, in which a busy object receives one or two more changes. */
const moment = () => scheduler.wait(1)

/**
 * One task at a time, in the order of arrival. A Durable Object does not give that by itself: while
 * a call awaits D1, other calls run. Items that wait next to each other share one turn.
 */
export class Turns<Item, Outcome> {
  readonly #runTogether: (items: readonly Item[]) => Promise<readonly Outcome[]>
  readonly #pause: () => Promise<void>
  #last: Promise<unknown> = Promise.resolve()
  /** True while items arrive faster than turns end: an answered caller soon sends the next. */
  #isCrowded = false
  /** The turn at the end of the line, while it has not begun and others may still join it. */
  #open: { readonly items: Item[]; readonly outcomes: Promise<readonly Outcome[]> } | undefined

  /**
   * `runTogether` answers one outcome for each item, in their order. A turn of a crowded line
   * begins when no item has joined it for the time of `pause`.
   */
  constructor(
    runTogether: (items: readonly Item[]) => Promise<readonly Outcome[]>,
    pause: () => Promise<void> = moment,
  ) {
    this.#runTogether = runTogether
    this.#pause = pause
  }

  /** Runs a task alone. */
  take<T>(task: () => Promise<T>): Promise<T> {
    this.#open = undefined
    return this.#queue(task)
  }

  /** Runs an item, together with its neighbours in the line; at most `most` at once. */
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
      return this.#runTogether(items)
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
