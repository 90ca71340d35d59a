/** The queries of the search and of a person in time. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'

const text = z.string().check(z.trim(), z.maxLength(200))
const slug = z.string().check(z.trim(), z.regex(/^[a-z0-9-]{0,63}$/))

/** A query that is invalid counts as absent. */
export const searchQuery = z.object({ q: z.catch(text, ''), tenant: z.catch(slug, '') })

/** The same for programs, which are told what is wrong. */
export const searchCall = exactly({
  q: text.check(z.minLength(1)),
  tenant: z._default(slug, ''),
})

export const personQuery = z.object({
  id: z.catch(z.string().check(z.maxLength(200)), ''),
  name: z.catch(z.string().check(z.maxLength(320)), ''),
})
