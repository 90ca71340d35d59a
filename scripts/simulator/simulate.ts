/** Plays one provider's whole life cycle against a server and says how it went. */
import { entra } from './entra.ts'
import { shorten } from './json.ts'
import { stagesOf } from './life.ts'
import { newDirectory, randomFrom, snapshot } from './model.ts'
import { okta } from './okta.ts'
import { onelogin } from './onelogin.ts'
import type { Provider } from './provider.ts'
import { Recorder, type Phase, type ProviderName, type Report } from './report.ts'
import { Session, Stopped } from './session.ts'

export interface SimulateOptions {
  /** The SCIM base URL; a slash at its end makes no difference. */
  readonly url: string
  readonly token: string
  readonly people?: number
  readonly teams?: number
  /** Calls a second; 0 sends as fast as the server answers. */
  readonly rate?: number
  /** Seed of the story; equal seeds play equal stories. */
  readonly seed?: number
  /** Letters in all names; random when absent, so that no run meets the leftovers of another. */
  readonly tag?: string
  /** Milliseconds that an answer may take. */
  readonly timeout?: number
  /** Called at the beginning and the end of each phase, and at every call. */
  readonly onStep?: (step: Step) => void
}

export interface Step {
  readonly phase: Phase
  /** Counted from 1. */
  readonly number: number
  readonly of: number
  readonly isOver: boolean
}

/** A program without a rate of its own must not look like an attack. */
const politeRate = 25

export const providers: Readonly<Record<ProviderName, Provider>> = { onelogin, okta, entra }

export async function simulate(profile: ProviderName, options: SimulateOptions): Promise<Report> {
  const start = performance.now()
  const provider = providers[profile]
  const seed = options.seed ?? Math.floor(Math.random() * 1_000_000)
  const tag = options.tag ?? crypto.randomUUID().slice(0, 6)
  const recorder = new Recorder()
  const random = randomFrom(seed)
  const size = { people: options.people ?? 30, teams: options.teams ?? 5 }
  const directory = newDirectory(random, tag, size)
  let tell = (): void => undefined
  const url = options.url.replace(/\/+$/, '')
  const session = new Session(provider, recorder, {
    url,
    token: options.token,
    rate: options.rate ?? politeRate,
    timeout: options.timeout ?? 60_000,
    onCall: () => tell(),
  })
  const stages = stagesOf({ provider, session, directory, random, tag })
  let stopped: string | undefined
  for (const [index, stage] of stages.entries()) {
    const phase = recorder.begin(stage.name)
    const began = performance.now()
    const step = (isOver: boolean): void =>
      options.onStep?.({ phase, number: index + 1, of: stages.length, isOver })
    tell = () => step(false)
    tell()
    stopped = await reasonToStop(stage.run)
    phase.milliseconds = performance.now() - began
    step(true)
    if (stopped !== undefined) break
  }
  return {
    provider: profile,
    url,
    seed,
    tag,
    milliseconds: performance.now() - start,
    phases: recorder.phases,
    failures: recorder.failures,
    differences: recorder.differences,
    warnings: recorder.warnings,
    stopped,
    model: snapshot(directory),
    isClean:
      stopped === undefined && recorder.failures.length === 0 && recorder.differences.length === 0,
  }
}

/** The reason to end a run early; no answer of a server keeps the report from being printed. */
async function reasonToStop(run: () => Promise<void>): Promise<string | undefined> {
  try {
    await run()
    return undefined
  } catch (error) {
    if (error instanceof Stopped) return error.message
    return `The simulator itself failed: ${shorten(String(error))}`
  }
}
