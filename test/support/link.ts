/** A browser of the customer's administrator, who came through a link. */
import { createExecutionContext } from 'cloudflare:test'
import { expect } from 'vitest'
import { app } from '../../src/app'
import { admin, bindings, origin, send } from './gateway'
import { newAddress } from './console'
import type { ScimClient } from './tenant'

export interface Input {
  readonly cookie?: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  /** Variables of the deployment. */
  readonly variables?: Readonly<Record<string, unknown>>
}

/** A request as a browser sends it, from a network of its own. */
export function open(path: string, input: Input = {}): Promise<Response> {
  const { cookie, form, headers, variables } = input
  const request = new Request(`${origin}/admin${path}`, {
    method: form ? 'POST' : 'GET',
    redirect: 'manual',
    headers: {
      ...(form ? { Origin: origin, 'Sec-Fetch-Site': 'same-origin' } : {}),
      ...(cookie === undefined ? {} : { Cookie: cookie }),
      'CF-Connecting-IP': newAddress(),
      ...headers,
    },
    ...(form ? { body: new URLSearchParams(form) } : {}),
  })
  if (variables === undefined) return send(request)
  return Promise.resolve(
    app.fetch(request, { ...bindings, ...variables }, createExecutionContext()),
  )
}

export async function makeLink(scim: ScimClient, more: Readonly<Record<string, unknown>> = {}) {
  const expiresAt = new Date(Date.now() + 86_400_000).toISOString()
  const link = { role: 'setup', label: 'Ann', expiresAt, ...more }
  return admin.call('POST', `/tenants/${scim.slug}/links`, link)
}

export async function enter(url: string, headers: Input['headers'] = {}): Promise<string> {
  const answer = await open('/open', { form: { code: new URL(url).hash.slice(1) }, headers })
  expect(answer.status).toBe(303)
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

/** The cookie of a link that was opened. */
export async function opened(scim: ScimClient, more: Readonly<Record<string, unknown>> = {}) {
  return enter((await makeLink(scim, more)).body.url)
}
