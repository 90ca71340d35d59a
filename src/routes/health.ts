import type { AppContext } from '../http/context'
import { isReady } from '../store/health'

/** 200 when the directory can be reached and its tables are there. */
export async function getHealth(c: AppContext): Promise<Response> {
  if (await isReady(c.env.DB)) return c.json({ status: 'ok' })
  return c.json(
    {
      status: 'unavailable',
      remedy: 'Apply the migrations to the D1 database: npm run deploy does it.',
    },
    503,
  )
}
