/**
 * Small scripts of suites, run in a context of their own. `node:vm` keeps names apart and is no wall
 * against malice: a suite is a program, and runs with the rights of who starts it.
 */
import { createContext, runInContext } from 'node:vm'
import { shorten } from '../simulator/json.ts'

/** Milliseconds that one script may take. */
const patience = 2_000

/** Runs a script with these names in reach; answers why it did not come to its end. */
export function runScript(
  source: string,
  names: Readonly<Record<string, unknown>>,
): string | undefined {
  return problemOf(() => {
    const context = createContext({ ...names }, { codeGeneration: { strings: false, wasm: false } })
    runInContext(source, context, { timeout: patience })
  })
}

/** Why a call did not come to its end, as one line. */
export function problemOf(call: () => void): string | undefined {
  try {
    call()
    return undefined
  } catch (error) {
    // An error of another context is no instance of this one's Error.
    return shorten(String((error as { message?: unknown } | null)?.message ?? error))
  }
}
