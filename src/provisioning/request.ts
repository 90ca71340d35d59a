import type { ScimContext } from './context'
import { conditionOf } from '../scim/version'
import type { DirectoryRequest } from '../directory/request'

/**
 * Milliseconds in which a request may change something. It is answered with 503 when they are over,
 * and `answerTime` later at the latest.
 */
const changeTime = 24_000

/** Milliseconds for an answer to come back from where the change was made. */
export const answerTime = 1_000

/** The request as commands on the directory take it. */
export function directoryRequest(c: ScimContext): DirectoryRequest {
  const rewritten = c.get('rewritten')
  return {
    credential: { ...c.get('credential'), until: Date.now() + changeTime },
    operation: crypto.randomUUID(),
    requestId: c.get('requestId'),
    userAgent: c.req.header('User-Agent'),
    ifMatch: conditionOf(c.req.raw.headers),
    ...(rewritten ? { rewritten } : {}),
  }
}
