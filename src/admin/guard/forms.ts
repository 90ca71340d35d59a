/** The bodies, forms and queries of holds. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { start } from '../../guard/changes'
import { limit } from '../shell/forms'

/** A place in a hold: `team.person`. */
const holdPlace = z.pipe(
  z.string().check(z.regex(/^[\w-]{0,100}\.[\w-]{0,100}$/)),
  z.transform((text: string) => {
    const [teamId = '', userId = ''] = text.split('.')
    return { teamId, userId }
  }),
)

export const changesQuery = z.pipe(
  exactly({ limit, cursor: z._default(holdPlace, start) }),
  z.transform(({ limit, cursor }) => ({ limit, after: cursor })),
)

/** A query that is invalid counts as absent. */
export const changesPageQuery = z.object({ after: z.catch(holdPlace, start) })

const ids = z.array(z.string().check(z.minLength(1), z.maxLength(100))).check(z.maxLength(5_000))

/** A decision about the whole hold, unless it names people or teams. */
export const decision = z.pipe(
  exactly({
    people: z.optional(ids),
    teams: z.optional(ids),
    /** Protected people that are released knowingly. */
    confirm: z._default(ids, []),
  }),
  z.transform(({ people, teams, confirm }) => ({
    some: people || teams ? { people: people ?? [], teams: teams ?? [] } : undefined,
    confirmed: confirm,
  })),
)

const ticked = z._default(z.array(z.string().check(z.maxLength(100))).check(z.maxLength(1_000)), [])

/** A selection from the lists of a form; undefined for the whole hold. An empty one is invalid. */
export const decisionForm = z.pipe(
  z
    .object({
      whole: z._default(z.tuple([z.enum(['true', 'false'])]), ['false']),
      people: ticked,
      teams: ticked,
    })
    .check(
      z.refine(
        ({ whole, people, teams }) => whole[0] === 'true' || people.length + teams.length > 0,
      ),
    ),
  z.transform(({ whole, people, teams }) => (whole[0] === 'true' ? undefined : { people, teams })),
)
