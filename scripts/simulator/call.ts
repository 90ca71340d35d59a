/** One call to a server and its answer, as all that judge them see them. */
export interface Call {
  readonly method: string
  /** Below the base URL, with the query spelt as the provider spells it. */
  readonly path: string
  readonly body?: unknown
  readonly accepted: readonly number[]
  /** Says what makes an answer with an accepted status unusable. */
  readonly check?: (answer: Answer) => string | undefined
  /** Instead of the session's token. */
  readonly token?: string
}

export interface Answer {
  /** 0 when there was none. */
  readonly status: number
  readonly headers: Headers
  readonly text: string
  readonly body: unknown
  readonly isJson: boolean
  readonly milliseconds: number
  /** The reason why there was no answer. */
  readonly absence: 'unreachable' | 'timeout' | undefined
  /** The status is an accepted one and the check has nothing to say. */
  readonly isGood: boolean
}

export interface Sent {
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly init: RequestInit
}
