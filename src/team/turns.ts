/**
 * One task at a time. A Durable Object does not give that by itself: while a call awaits D1, other
 * calls run.
 */
export class Turns {
  #last: Promise<unknown> = Promise.resolve()

  take<T>(task: () => Promise<T>): Promise<T> {
    const turn = this.#last.then(task, task)
    this.#last = turn.catch(() => undefined)
    return turn
  }
}
