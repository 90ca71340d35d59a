/** The query of the first page. What is invalid counts as absent. */
import * as z from 'zod/mini'
import { wholeNumber } from '../../http/query'
import { search } from '../shell/forms'

export const healths = ['attention', 'working', 'waiting', 'disabled'] as const
export const sorts = ['name', 'people', 'call', 'worst'] as const

export const homeQuery = z.object({
  search,
  health: z.catch(z.enum(['', ...healths]), ''),
  sort: z.catch(z.enum(sorts), 'name'),
  page: z.catch(wholeNumber(1, 100_000), 1),
  inbox: z.catch(z.enum(['', 'all']), ''),
})

export type HomeQuery = z.output<typeof homeQuery>
