/** The variables of a configuration that say where a deployment runs. */
import {
  isJurisdiction,
  isLocationHint,
  jurisdictions,
  locationHints,
  type ObjectLocation,
} from '../../src/object-location.ts'
import { err, ok, type Result } from '../../src/result.ts'
import type { PlannedTarget } from '../deployment.ts'

/**
 * Where the configuration wants the Durable Objects; what is empty is left out. Refused for a name that the
 * platform does not have: objects that are made elsewhere stay there. The error is a sentence for the operator.
 */
export function readLocation({
  config,
  environment,
}: Pick<PlannedTarget, 'config' | 'environment'>): Result<ObjectLocation, string> {
  const part = environment === undefined ? config : config.env?.[environment]
  const { JURISDICTION = '', LOCATION_HINT = '' } = (part?.vars ?? {}) as Record<string, string>
  if (JURISDICTION !== '' && !isJurisdiction(JURISDICTION)) {
    return err(
      `JURISDICTION is "${JURISDICTION}" in [vars]; it may be ${jurisdictions.join(', ')} or empty.`,
    )
  }
  if (LOCATION_HINT !== '' && !isLocationHint(LOCATION_HINT)) {
    return err(
      `LOCATION_HINT is "${LOCATION_HINT}" in [vars]; it may be ${locationHints.join(', ')} or empty.`,
    )
  }
  return ok({
    ...(JURISDICTION === '' ? {} : { JURISDICTION }),
    ...(LOCATION_HINT === '' ? {} : { LOCATION_HINT }),
  })
}
