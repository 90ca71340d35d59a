/** The bodies, forms and queries of holds. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { orders } from '../../guard/review/people'
import { filterKinds, noFilter, start } from '../../guard/review/selection'
import { limit, position, search } from '../shell/forms'

/** A place in a hold: `team.person`. */
const holdPlace = z.pipe(
  z.string().check(z.regex(/^[\w-]{0,100}\.[\w-]{0,100}$/)),
  z.transform((text: string) => {
    const [teamId = '', userId = ''] = text.split('.')
    return { teamId, userId }
  }),
)

const kind = z.enum(filterKinds)
const searched = z.string().check(z.trim(), z.maxLength(200))

/** A call that names an empty text has lost its filter: all that waits would be meant. */
const wanted = searched.check(z.minLength(1))

const cursor = z._default(holdPlace, start)

export const driftQuery = z.pipe(
  exactly({ limit, cursor }),
  z.transform(({ limit, cursor }) => ({ limit, after: cursor, filter: noFilter })),
)

export const changesQuery = z.pipe(
  exactly({
    limit,
    cursor,
    search: z.optional(wanted),
    kind: z._default(kind, 'all'),
  }),
  z.transform(({ limit, cursor, search = '', kind }) => ({
    limit,
    after: cursor,
    filter: { search, kind },
  })),
)

/** The address of the page. What is invalid counts as absent. */
export const holdsPageQuery = z.pipe(
  z.object({
    search,
    kind: z.catch(kind, 'all'),
    order: z.catch(z.enum(orders), 'name'),
    page: z.catch(position, 1),
    drift: z.catch(position, 1),
  }),
  z.transform(({ search, kind, ...rest }) => ({ ...rest, filter: { search, kind } })),
)

export type HoldsPageQuery = z.output<typeof holdsPageQuery>

const id = z.string().check(z.minLength(1), z.maxLength(100))
const ids = z.array(id).check(z.maxLength(5_000))

/** A decision about the whole hold, unless it names changes, people or teams, or has a filter. */
export const decision = z.pipe(
  exactly({
    changes: z.optional(z.array(holdPlace).check(z.maxLength(5_000))),
    people: z.optional(ids),
    teams: z.optional(ids),
    search: z.optional(wanted),
    kind: z._default(kind, 'all'),
    /** Protected people that are released knowingly. */
    confirm: z._default(ids, []),
  }),
  z.transform(({ changes, people, teams, search = '', kind, confirm }) => ({
    some:
      changes || people || teams
        ? { people: people ?? [], teams: teams ?? [], changes: changes ?? [] }
        : undefined,
    filter: { search, kind },
    confirmed: confirm,
  })),
)

/**
 * A decision from the lists of a form: the changes that are ticked, or all that fit a filter. One
 * without either is invalid.
 */
export const decisionForm = z.pipe(
  z
    .object({
      whole: z._default(z.tuple([z.enum(['true', 'false'])]), ['false']),
      changes: z._default(z.array(holdPlace).check(z.maxLength(5_000)), []),
      search: z._default(z.tuple([searched]), ['']),
      kind: z._default(z.tuple([kind]), ['all']),
      /** Number that was typed to confirm; empty before it was asked for. */
      typed: z._default(z.tuple([z.string().check(z.trim())]), ['']),
      /** Numbers of people and changes that the question named; empty before it. */
      asked: z._default(z.tuple([z.string().check(z.maxLength(40))]), ['']),
    })
    .check(z.refine(({ whole, changes }) => whole[0] === 'true' || changes.length > 0)),
  z.transform(({ whole, changes, search, kind, typed, asked }) => ({
    some: whole[0] === 'true' ? undefined : { people: [], teams: [], changes },
    filter: { search: search[0], kind: kind[0] },
    typed: typed[0],
    asked: asked[0],
  })),
)

export type DecisionForm = z.output<typeof decisionForm>
