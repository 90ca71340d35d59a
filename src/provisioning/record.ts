/**
 * Records of a request that are written after its answer: the use of its token, and its refusal.
 */
import { errorBody, statusOf } from '../scim/error-body'
import { recordRefusal } from '../activity/log'
import { causeOf } from '../directory/request'
import { pathBelow } from '../http/path'
import { recordUse, useInterval, type Credential } from '../tokens/credential'
import { afterResponse, type ScimContext } from './context'
import { directoryRequest } from './request'

/** Requests of each token that its row in D1 does not count yet. */
const unwritten = new Map<string, { at: number; requests: number }>()

/** Counts the request; the counts of a token are written at most once in `useInterval`. */
export function noteUse(c: ScimContext, { tokenId }: Credential): void {
  const now = Date.now()
  const known = unwritten.get(tokenId) ?? { at: 0, requests: 0 }
  const requests = known.requests + 1
  if (now - known.at < useInterval) {
    unwritten.set(tokenId, { at: known.at, requests })
    return
  }
  unwritten.set(tokenId, { at: now, requests: 0 })
  const address = c.req.header('CF-Connecting-IP') ?? null
  const agent = c.req.header('User-Agent')?.slice(0, 200) ?? null
  afterResponse(c, recordUse(c.env.DB, { tokenId, requests, address, agent }))
}

/** A refused change, kept for the provisioning log. A change that succeeded has its events. */
export function noteRefusal(c: ScimContext, credential: Credential): void {
  const [refused, subject] = [c.get('refused'), c.get('subject')]
  if (!refused || c.req.method === 'GET' || c.req.method === 'HEAD') return
  const { detail, code } = errorBody(refused)
  const record = {
    tenantId: credential.tenantId,
    method: c.req.method,
    path: pathBelow(c.req.path).slice(0, 200),
    status: statusOf(refused),
    code,
    detail: detail.slice(0, 1_000),
    subject: subject ?? null,
    cause: causeOf({ ...directoryRequest(c), credential }),
  }
  afterResponse(c, recordRefusal(c.env.DB, record))
}
