import type { RequestContext } from './request-context'
import { eachDatabase } from '../database/placement'
import { isReady } from '../database/health'

/** 200 when every database can be reached and has its tables. */
export async function getHealth(c: RequestContext): Promise<Response> {
  const ready = await Promise.all(eachDatabase(c.env).map(({ DB }) => isReady(DB)))
  if (ready.every(Boolean)) return c.json({ status: 'ok' })
  return c.json(
    {
      status: 'unavailable',
      remedy: 'Apply the migrations to every D1 database: npm run deploy does it.',
    },
    503,
  )
}
