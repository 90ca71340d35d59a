/** A browser of the customer's administrator, who came through a link. */
import { createExecutionContext } from 'cloudflare:test'
import { expect } from 'vitest'
import { app } from '../../src/app'
import { admin, bindings, origin, send, tenant } from './gateway'
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

/** A browser: it keeps the cookies that it is sent, and sends them back. */
export function browser(headers: Input['headers'] = {}) {
  const kept = new Map<string, string>()
  const ask = async (path: string, form?: Input['form'], more: Input['headers'] = {}) => {
    const cookie = Array.from(kept, ([name, value]) => `${name}=${value}`).join('; ')
    return open(path, { cookie, headers: { ...headers, ...more }, ...(form ? { form } : {}) })
  }
  const keep = (answer: Response) => {
    for (const line of answer.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      if (value === '' || /max-age=0/i.test(line)) kept.delete(name)
      else kept.set(name, value)
    }
    return answer
  }
  return {
    kept,
    keep,
    ask: async (path: string, form?: Input['form'], more?: Input['headers']) =>
      keep(await ask(path, form, more)),
    /** The same, and the answer never arrives. */
    lose: ask,
  }
}

/** A link that opens once. */
export async function onceLink(scim: ScimClient) {
  const { body } = await makeLink(scim, { opensWithin: 60 })
  return { id: body.id, code: new URL(body.url).hash.slice(1) }
}

/** Tenants whose links a browser has opened, in this order. */
export async function visited(ann: ReturnType<typeof browser>, count: number) {
  const tenants: ScimClient[] = []
  for (let index = 0; index < count; index += 1) {
    const scim = await tenant()
    await ann.ask('/open')
    expect((await ann.ask('/open', { code: (await onceLink(scim)).code })).status).toBe(303)
    tenants.push(scim)
  }
  return tenants
}
