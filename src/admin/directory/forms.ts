/** The queries of lists and histories of users and teams. An invalid query counts as absent. */
import * as z from 'zod/mini'
import { before, position, search } from '../shell/forms'

export const listQuery = z.object({
  search,
  state: z.catch(z.enum(['', 'active', 'inactive', 'empty', 'filled']), ''),
  page: z.catch(position.check(z.maximum(100_000)), 1),
})

export const historyQuery = z.object({ before })
