/** A published suite of requests and claims about their answers, whatever format it is written in. */

/** Values that stand for `{{name}}`; steps add to them. */
export type Variables = Map<string, string>

export interface SuiteAnswer {
  readonly status: number
  readonly text: string
  /** Undefined when the text is no JSON. */
  readonly body: unknown
  readonly milliseconds: number
}

/** What a suite says of an answer; `problem` is absent where it holds. */
export interface Claim {
  readonly name: string
  readonly problem?: string
}

export interface SuiteRequest {
  readonly method: string
  readonly url: string
  readonly headers: Readonly<Record<string, string>>
  readonly body?: string
}

export interface Step {
  readonly name: string
  /** The request with `{{name}}` unfilled. */
  readonly request: SuiteRequest
  /** Judges the answer, and notes in `variables` what later steps need. */
  judge(answer: SuiteAnswer, variables: Variables): readonly Claim[]
}

export interface Suite {
  readonly name: string
  readonly variables: Variables
  readonly steps: readonly Step[]
  /** Names of steps that are left out, each with the reason. */
  readonly skipped: readonly string[]
}

/** The text with each `{{name}}` filled; a name that nobody has set stays as it is. */
export function fill(text: string, variables: ReadonlyMap<string, string>): string {
  return text.replaceAll(
    /\{\{([^{}]+)\}\}/g,
    (whole, name: string) => variables.get(name.trim()) ?? whole,
  )
}
