import type { ScimContext } from './context'
import type { DirectoryRequest } from '../directory/request'

/** The request as commands on the directory take it. */
export function directoryRequest(c: ScimContext): DirectoryRequest {
  const credential = c.get('credential')
  return {
    credential,
    operation: crypto.randomUUID(),
    requestId: c.get('requestId'),
    userAgent: c.req.header('User-Agent'),
    ifMatch: c.req.header('If-Match'),
  }
}
