/** Tolerances of a request as a whole, beside those of its query and its body. */
import { createMiddleware } from 'hono/factory'
import { writtenEndpoint } from '../http/path'
import type { ScimError } from '../scim/error'
import { passOver } from '../scim/passed-over/notes'
import { refusedTolerance } from '../scim/profile'
import { tolerances, type ToleranceName } from '../scim/tolerance/names'
import { startReading } from '../scim/tolerance/reading'
import { endpointInOtherCase } from '../scim/tolerance/requests'
import { userType } from '../scim/user'
import type { ScimContext, ScimTypes } from './context'
import { noteReading } from './record'
import { replyNotFound } from './reply'

/** Notes a deviation; answers the refusal where the profile of the tenant does not allow it. */
export function tolerate(c: ScimContext, name: ToleranceName, what: string): ScimError | undefined {
  const reading = startReading(userType, c.get('credential').settings.profile)
  passOver(reading, name, what, `The request holds ${tolerances[name]}.`)
  const refused = refusedTolerance(reading)
  if (!refused) noteReading(c, reading, what)
  return refused
}

/** Lets an address in another case through: `/users`. It leads nowhere where the profile is strict. */
export const tolerateAddress = createMiddleware<ScimTypes>(async function tolerateAddress(c, next) {
  const written = writtenEndpoint(c.req.raw, c.env)
  const isOther = written !== undefined && endpointInOtherCase(written) !== undefined
  if (isOther && tolerate(c, 'endpointInOtherCase', `/${written}`)) return replyNotFound(c)
  return next()
})
