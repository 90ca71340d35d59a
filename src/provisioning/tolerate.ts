/** Tolerances of a request as a whole, beside those of its query and what its body says. */
import { writtenEndpoint } from '../http/path'
import { scimError, type ScimError } from '../scim/error'
import { passOver } from '../scim/passed-over/notes'
import { isTolerated, refusedTolerance } from '../scim/profile'
import { tolerances, type ToleranceName } from '../scim/tolerance/names'
import { startReading, type Reading } from '../scim/tolerance/reading'
import { endpointInOtherCase, formerEndpoint } from '../scim/tolerance/requests'
import { userType } from '../scim/user'
import type { ScimContext } from './context'
import { noteReading } from './record'

/** Notes a deviation that was found before the settings of the tenant are known for certain. */
export function noteDeviation(c: ScimContext, name: ToleranceName, what: string): void {
  c.set('deviations', [...(c.get('deviations') ?? []), { name, what }])
}

/**
 * The refusal of a request for its address or its headers, by the present settings; undefined where the profile
 * takes it as it is, which is noted.
 */
export function requestRefusal(c: ScimContext): ScimError | undefined {
  const written = writtenEndpoint(c.req.raw, c.env) ?? ''
  const needed = endpointTolerances.filter(([, read]) => read(written) !== undefined)
  const deviations = c.get('deviations') ?? []
  if (needed.length === 0 && deviations.length === 0) return undefined
  const reading = startReading(userType, c.get('credential').settings.profile)
  for (const [name] of needed) {
    // Strictly read, such an address leads nowhere.
    if (!isTolerated(reading, name)) return scimError('routeNotFound')
    tell(reading, name, `/${written}`)
  }
  for (const { name, what } of deviations) tell(reading, name, what)
  const refused = refusedTolerance(reading)
  if (!refused) noteReading(c, reading, 'request')
  return refused
}

/** Ways in which an address may be written, each with what it then means. */
const endpointTolerances = [
  ['endpointInOtherCase', endpointInOtherCase],
  ['formerEndpoint', formerEndpoint],
] as const

function tell(reading: Reading, name: ToleranceName, what: string): void {
  passOver(reading, name, what, `The request holds ${tolerances[name]}.`)
}

/** True when the operations of a Bulk may name an endpoint so; it is noted then. */
export function takesEndpoint(c: ScimContext, written: string): boolean {
  const reading = startReading(userType, c.get('credential').settings.profile)
  if (!isTolerated(reading, 'endpointInOtherCase')) return false
  tell(reading, 'endpointInOtherCase', `/${written}`)
  noteReading(c, reading, 'request')
  return true
}
