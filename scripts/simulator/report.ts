/** The report of a run, and its recorder. */
import type { Snapshot } from './model.ts'

export type ProviderName = 'onelogin' | 'okta' | 'entra'

/** Kinds of failures, by the way in which a provider reacts to them. */
export type Kind =
  | 'unreachable'
  | 'timeout'
  | 'unauthorized'
  | 'missing'
  | 'conflict'
  | 'tooMany'
  | 'refused'
  | 'server'
  | 'unusable'

export interface Failure {
  readonly phase: string
  readonly kind: Kind
  readonly request: {
    readonly method: string
    readonly url: string
    readonly headers: Readonly<Record<string, string>>
    readonly body: string | undefined
  }
  /** 0 when there was no answer. */
  readonly status: number
  /** The header `X-Error-Code` of the answer, or its `scimType`. */
  readonly code: string | undefined
  readonly detail: string
  /** Reason why this is a failure, if the status does not say it. */
  readonly problem: string | undefined
  /** Reaction of the provider. */
  readonly reaction: string
  readonly count: number
}

export interface Warning {
  readonly text: string
  /** The first request whose answer was like this. */
  readonly example: string
  readonly count: number
}

export interface Phase {
  readonly name: string
  readonly calls: number
  readonly failures: number
  readonly skipped: number
  readonly milliseconds: number
  readonly slowest: { readonly milliseconds: number; readonly request: string } | undefined
}

export interface Report {
  readonly provider: ProviderName
  readonly url: string
  readonly seed: number
  readonly tag: string
  readonly milliseconds: number
  readonly phases: readonly Phase[]
  readonly failures: readonly Failure[]
  /** Differences between the directory and what the provider believes it to be. */
  readonly differences: readonly string[]
  readonly warnings: readonly Warning[]
  /** Reason why the run ended early; undefined for a whole run. */
  readonly stopped: string | undefined
  readonly model: Snapshot
  readonly isClean: boolean
}

type Changing<Shape> = { -readonly [Key in keyof Shape]: Shape[Key] }

/** Enough to see a pattern; a server that fails everywhere would fill the memory otherwise. */
const mostKept = 200

export class Recorder {
  readonly phases: Changing<Phase>[] = []
  readonly differences: string[] = []
  readonly #failures = new Map<string, Changing<Failure>>()
  readonly #warnings = new Map<string, Changing<Warning>>()

  begin(name: string): Changing<Phase> {
    const phase = { name, calls: 0, failures: 0, skipped: 0, milliseconds: 0, slowest: undefined }
    this.phases.push(phase)
    return phase
  }

  called(request: string, milliseconds: number, failed: boolean): void {
    const phase = this.phases.at(-1)
    if (!phase) return
    phase.calls += 1
    if (failed) phase.failures += 1
    if (!phase.slowest || milliseconds > phase.slowest.milliseconds) {
      phase.slowest = { milliseconds, request }
    }
  }

  /** A request that the provider can't make, because an earlier one went wrong. */
  skipped(): void {
    const phase = this.phases.at(-1)
    if (phase) phase.skipped += 1
  }

  failed(key: string, failure: Omit<Failure, 'phase' | 'count'>): void {
    const known = this.#failures.get(key)
    if (known) known.count += 1
    else if (this.#failures.size < mostKept) {
      this.#failures.set(key, { ...failure, phase: this.phases.at(-1)?.name ?? '', count: 1 })
    }
  }

  warn(text: string, example: string): void {
    const known = this.#warnings.get(text)
    if (known) known.count += 1
    else if (this.#warnings.size < mostKept) this.#warnings.set(text, { text, example, count: 1 })
  }

  get failures(): readonly Failure[] {
    return [...this.#failures.values()]
  }

  get warnings(): readonly Warning[] {
    return [...this.#warnings.values()]
  }
}
