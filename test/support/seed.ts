/**
 * Random tests are the same at each run, so that a red one means a change. `FUZZ_SEED=7 npm test`
 * tries others.
 */
import * as fc from 'fast-check'
import { inject } from 'vitest'

declare module 'vitest' {
  interface ProvidedContext {
    readonly fuzzSeed: number
    readonly fuzzRuns: number
  }
}

fc.configureGlobal({ seed: inject('fuzzSeed') })
