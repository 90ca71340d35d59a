/**
 * How far a command is. On a terminal it is one line that changes; elsewhere a plain line now and then. It
 * goes to standard error, so that what a command prints for programs holds none of it.
 */

/** Standard error, or what stands in for it. */
export interface Terminal {
  readonly isTTY?: boolean | undefined
  readonly columns?: number | undefined
  write(text: string): unknown
}

/** Milliseconds between two lines where there is no terminal. */
const quietInterval = 10_000
/** Milliseconds between two looks of `follow` on a terminal. */
const lookInterval = 500
const eraseLine = '\r\u001B[2K'

export class Progress {
  readonly #terminal: Terminal
  readonly #now: () => number
  #toldAt: number
  #isShown = false

  constructor(terminal: Terminal = process.stderr, now: () => number = () => performance.now()) {
    this.#terminal = terminal
    this.#now = now
    this.#toldAt = now()
  }

  /** Replaces the line. Without a terminal it is written once the last one is ten seconds old. */
  tell(line: string): void {
    if (this.#terminal.isTTY) {
      // A line that breaks could not be taken back.
      this.#terminal.write(eraseLine + line.slice(0, (this.#terminal.columns || 80) - 1))
      this.#isShown = true
    } else if (this.#now() - this.#toldAt >= quietInterval) this.note(line)
  }

  /** Writes a line that stays, in place of the one that changes. */
  note(line: string): void {
    this.clear()
    this.#terminal.write(`${line}\n`)
    this.#toldAt = this.#now()
  }

  /** Takes the line away: before anything else is printed. */
  clear(): void {
    if (this.#isShown) this.#terminal.write(eraseLine)
    this.#isShown = false
  }

  /** Tells a line again and again while something takes its time, and takes it away in the end. */
  async follow<T>(line: () => string, work: Promise<T>): Promise<T> {
    const timer = setInterval(() => this.tell(line()), lookInterval)
    try {
      return await work
    } finally {
      clearInterval(timer)
      this.clear()
    }
  }
}

/**
 * `300 of 1,000, 25/s, about 28 s to go`: the rate is the mean since the start, and there is none while
 * nothing is done. `elapsed` is in milliseconds.
 */
export function howFar(done: number, total: number, elapsed: number): string {
  const far = `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`
  if (done === 0 || elapsed <= 0) return far
  const rate = done / (elapsed / 1000)
  const left = (total - done) / rate
  const time = left < 90 ? `${Math.ceil(left)} s` : `${Math.ceil(left / 60)} min`
  const shown = rate < 10 ? rate.toFixed(1) : rate.toFixed(0)
  return `${far}, ${shown}/s${done < total ? `, about ${time} to go` : ''}`
}

/** Whole seconds since an instant of `performance.now()`. */
export function secondsSince(start: number): string {
  return `${Math.round((performance.now() - start) / 1000)} s`
}
