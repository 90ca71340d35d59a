/** The result of a check, with the text that it printed. */
export interface Outcome {
  readonly isPassed: boolean
  readonly output: string
}
