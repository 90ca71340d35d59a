/** Parts of many answers of the administration. */
import * as z from 'zod'

export const time = z.iso.datetime()
export const timeOrNull = time.nullable()
export const count = z.int().min(0)
export const textOrNull = z.string().nullable()

/** A time in milliseconds since 1970. */
export const instant = z.int().min(0).describe('Milliseconds since 1970.')

/** Attributes of SCIM, whatever they are. */
export const attributes = z.record(z.string(), z.unknown())

/** Whose a list is, and since when the entry is valid. */
export const lifetime = { created: time, expires: timeOrNull, revoked: timeOrNull }

export const passedOver = z
  .object({
    name: z.string(),
    what: z.string().describe('Attribute, path or person, as the request names it.'),
    why: z.string(),
    count: z.int().optional(),
    of: z.string().optional().describe('Id of the person or team of the request.'),
  })
  .meta({ id: 'PassedOver', description: 'A part of a request that was passed over.' })

/** The request behind a change or a refusal. */
export const cause = {
  requestId: z.string(),
  tokenId: z.string(),
  provider: z.string().optional(),
  method: z.string().optional(),
  decision: z.string().optional().describe('Decision of an operator.'),
  tolerated: z.array(z.string()).optional().describe('Deviations from SCIM that it needed.'),
  passedOver: z.array(passedOver).optional(),
  taken: z.object({ userName: z.string(), externalId: z.string() }).optional(),
}
