/** JSON bodies of the API: read by a schema, or answered with a problem that says what is wrong. */
import { zValidator } from '@hono/zod-validator'
import type { Context } from 'hono'
import type * as z from 'zod/mini'
import { err, ok, type Result } from '../../result'
import { problems, replyInvalid, replyProblem } from './problem'

/** Validates a body of the media type `application/json`; one of another type counts as `{}`. */
export function body<T extends z.ZodMiniType>(schema: T) {
  return zValidator('json', schema, (result, c: Context) => {
    return result.success ? undefined : replyInvalid(c, result.error)
  })
}

/** Reads a body of any media type; `empty` stands for one without any text. */
export async function readBody<T extends z.ZodMiniType>(
  c: Context,
  schema: T,
  empty?: z.input<T>,
): Promise<Result<z.output<T>, Response>> {
  const text = await c.req.text()
  let given: unknown = empty
  try {
    if (text !== '' || empty === undefined) given = JSON.parse(text)
  } catch {
    return err(replyProblem(c, problems.malformedJson))
  }
  const read = schema.safeParse(given)
  return read.success ? ok(read.data) : err(replyInvalid(c, read.error))
}
