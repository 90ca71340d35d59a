import type { Context } from 'hono'

/** The id in the address. Whatever it is, it is only ever compared with stored ids. */
export function idOf(c: Context): string {
  return c.req.param('id') ?? ''
}
