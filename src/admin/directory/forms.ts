/** The queries of lists and histories of users and teams. An invalid query counts as absent. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { wholeNumber } from '../../http/query'
import { before, search } from '../shell/forms'

export const listQuery = z.object({
  search,
  state: z.catch(z.enum(['', 'active', 'inactive', 'empty', 'filled']), ''),
  page: z.catch(wholeNumber(1, 100_000), 1),
})

/** Body or form that hands an account over. */
export const handOverForm = exactly({
  externalId: z.string().check(z.minLength(1), z.maxLength(256)),
})

export const historyQuery = z.object({ before })
