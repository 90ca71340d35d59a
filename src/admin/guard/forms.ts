/** The forms and queries of what waits. */
import * as z from 'zod/mini'
import { otherwise } from '../shell/forms'

const chosen = z.array(z.string().check(z.maxLength(100))).check(z.maxLength(1_000))

/** What is chosen of a hold; with names typed to confirm protected people. */
export const holdForm = z.object({
  whole: z.pipe(
    z.enum(['true', 'false']),
    z.transform((text) => text === 'true'),
  ),
  people: chosen,
  teams: chosen,
})

/** `team.person`: a place in a hold. */
export const holdPlace = z.pipe(
  z.string().check(z.regex(/^[\w-]{0,100}\.[\w-]{0,100}$/)),
  z.transform((text: string) => {
    const [teamId = '', userId = ''] = text.split('.')
    return { teamId, userId }
  }),
)

/** Where a page of a hold begins. */
export const holdQuery = z.object({ after: otherwise(holdPlace, { teamId: '', userId: '' }) })
