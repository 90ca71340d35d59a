/** Requests to the Worker whose cost is counted. */
import { createExecutionContext, waitOnExecutionContext } from 'cloudflare:test'
import { app } from '../../src/app'
import { countBindings, newCounts, type Counts } from './counting'
import { bindings } from './gateway'
import type { ScimClient } from './tenant'

export interface CountedAnswer {
  readonly status: number
  readonly headers: Headers
  /** Undefined for an answer without a body. */
  readonly body: any
  /** What was asked of the platform until the answer was there. */
  readonly before: Counts
  /** The same with the work after the answer. */
  readonly whole: Counts
}

/** Sends a request, and waits for the work after its answer. */
export async function sendCounted(request: Request): Promise<CountedAnswer> {
  const counts = newCounts()
  const context = createExecutionContext()
  const response = await app.fetch(request, countBindings(bindings, counts), context)
  const text = await response.text()
  const before = { ...counts }
  await waitOnExecutionContext(context)
  const { status, headers } = response
  const body = text === '' ? undefined : JSON.parse(text)
  return { status, headers, body, before, whole: counts }
}

/** Calls SCIM as a tenant's provider. */
export function callCounted(
  scim: ScimClient,
  method: string,
  path: string,
  body?: unknown,
  headers: Readonly<Record<string, string>> = {},
): Promise<CountedAnswer> {
  return sendCounted(
    new Request(`${scim.baseUrl}${path}`, {
      method,
      headers: {
        Authorization: `Bearer ${scim.token}`,
        'Content-Type': 'application/json',
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    }),
  )
}
