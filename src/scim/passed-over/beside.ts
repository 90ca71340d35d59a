/**
 * Taking access away never waits for cosmetics. Entra: `[{"op": "Replace", "path": "active", "value":
 * "False"}, {"op": "Replace", "path": "displayName", "value": "Ben | Oak"}]`, again and again; both
 * SCIM extensions of Keycloak: a PUT of the whole person with `"displayName": "Ben Oak@Home"` and
 * `"active": false`. A request that makes a person inactive is read once more when it is refused, and
 * what stands beside the deactivation and cannot be taken is passed over.
 */
import { ok, err, type Result } from '../../result'
import type { ScimError } from '../error'
import { reasonOf } from '../error-body'
import { isTolerated, refusedTolerance } from '../profile'
import type { Reading } from '../tolerance/reading'
import { passOver } from './notes'

/** A reading that passes over what cannot be taken; undefined where the profile does not allow it. */
export function readBeside(reading: Reading): Reading | undefined {
  if (!isTolerated(reading, 'besideDeactivation')) return undefined
  return { ...reading, beside: { kept: [] } }
}

/** Notes a problem that is passed over, and answers true; false where it refuses the request. */
export function isPassedOver(reading: Reading, what: string, problem: ScimError): boolean {
  if (!reading.beside) return false
  passOver(reading, 'besideDeactivation', what, reasonOf(problem))
  return true
}

/**
 * Reads or applies one part of a request, such as an operation. Where problems are passed over,
 * a tolerance that the profile does not allow is a problem of its part alone, and a part with a
 * problem leaves `nothing`.
 */
export function readPart<T>(
  reading: Reading,
  what: string,
  nothing: T,
  read: () => Result<T, ScimError>,
): Result<T, ScimError> {
  if (!reading.beside) return read()
  const applied = new Set(reading.applied)
  const passed = [...reading.passed]
  const outcome = read()
  const refused = outcome.ok ? refusedTolerance(reading) : outcome.error
  if (!refused) return outcome
  reading.applied.clear()
  for (const name of applied) reading.applied.add(name)
  reading.passed.splice(0, reading.passed.length, ...passed)
  return isPassedOver(reading, what, refused) ? ok(nothing) : err(refused)
}
