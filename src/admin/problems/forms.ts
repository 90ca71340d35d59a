/** The queries of the problems. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import type { ProblemPlace } from '../../activity/problems'

/** `time.key`: a place in the list. */
const place = z.pipe(
  z.string().check(z.regex(/^\d{1,16}\..{1,400}$/)),
  z.transform((text: string): ProblemPlace => {
    const dot = text.indexOf('.')
    return { lastAt: Number(text.slice(0, dot)), key: text.slice(dot + 1) }
  }),
)

export function placeText({ lastAt, key }: ProblemPlace): string {
  return `${lastAt}.${key}`
}

const rules = {
  name: z.catch(z.optional(z.enum(['reject', 'allow'])), undefined),
  email: z.catch(z.optional(z.enum(['reject', 'lowercase', 'allow'])), undefined),
}

/** A query that is invalid counts as absent. */
export const problemsQuery = z.object({
  before: z.catch(z.optional(place), undefined),
  ...rules,
})

/** The same for programs, which are told what is wrong. */
export const problemsCall = exactly({ before: z.optional(place) })

export const problemQuery = z.object({
  key: z.catch(z.string().check(z.maxLength(500)), ''),
})
