/** The description of both APIs, as `docs/openapi.json` has it. */
import type { RequestContext } from './request-context'

/** Answers the description with this deployment as its server. Whoever asks may read it. */
export async function getDescription(c: RequestContext): Promise<Response> {
  // Loaded when it is asked for: most isolates never are.
  const { default: description } = await import('#openapi')
  const servers = [{ url: new URL(c.req.url).origin }]
  return c.newResponse(JSON.stringify({ ...description, servers }), 200, {
    'Content-Type': 'application/json',
    'Cache-Control': 'no-cache',
  })
}
