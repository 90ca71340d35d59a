/** The queries of the search and of a person in time. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'

/** Characters of a text that is looked for. */
export const maximumText = 200

/** What the page says of a longer one. */
const anyText = z.string().check(z.trim(), z.maxLength(4_000))
const text = z.string().check(z.trim(), z.maxLength(maximumText))
const slug = z.string().check(z.trim(), z.regex(/^[a-z0-9-]{1,63}$/))

/** As people type one: the page says whether there is such a tenant. */
const anySlug = z.string().check(z.trim(), z.toLowerCase(), z.maxLength(100))

/** A query that is invalid counts as absent. */
export const searchQuery = z.object({ q: z.catch(anyText, ''), tenant: z.catch(anySlug, '') })

/** The same for programs, which are told what is wrong. */
export const searchCall = exactly({
  q: text.check(z.minLength(1)),
  tenant: z.optional(slug),
})

export const personQuery = z.object({
  id: z.catch(z.string().check(z.maxLength(200)), ''),
  name: z.catch(z.string().check(z.maxLength(320)), ''),
})
