/** Faults that are planted between the proof kit and a server that has none. */
import type { Fetch } from '../../../scripts/prove/connection.ts'

/** Stands before the server, and spoils what passes. */
export type Fault = (send: Fetch) => Fetch

/** Which requests a fault is about: a method, or any by `*`, and a pattern of the address behind the base. */
type Where = readonly [method: string, pattern: RegExp]

function isMeant([method, pattern]: Where, url: string, init: RequestInit): boolean {
  const path = url.replace(/^.*?\/(?:scim\/v2|oauth)\/[^/]+/, '')
  return (method === '*' || init.method === method) && pattern.test(path)
}

function on(
  where: Where,
  spoil: (send: Fetch, url: string, init: RequestInit) => Promise<Response>,
) {
  return (send: Fetch): Fetch =>
    (url, init) =>
      isMeant(where, url, init) ? spoil(send, url, init) : send(url, init)
}

const scimJson = { 'Content-Type': 'application/scim+json' }

/** An answer of a server that does not do what it is asked to. */
export function answers(method: string, pattern: RegExp, status: number, body?: unknown): Fault {
  return on([method, pattern], () => {
    const text = body === undefined ? null : JSON.stringify(body)
    return Promise.resolve(new Response(text, { status, headers: scimJson }))
  })
}

/** The refusal of a request with a SCIM Error, which may say something else than it ought to. */
export function refuses(method: string, pattern: RegExp, status: number, more: object = {}): Fault {
  const schemas = ['urn:ietf:params:scim:api:messages:2.0:Error']
  const body = { schemas, status: String(status), detail: 'No.', ...more }
  return answers(method, pattern, status, body)
}

/** Says 204 and does nothing. */
export const ignores = (method: string, pattern: RegExp): Fault => answers(method, pattern, 204)

/** Carries a request out and shows something else; `edit` changes the body in place or gives another. */
export function shows(method: string, pattern: RegExp, edit: (body: any) => unknown): Fault {
  return on([method, pattern], async (send, url, init) => {
    const response = await send(url, init)
    const text = await response.text()
    if (text === '') return new Response(null, response)
    const body = JSON.parse(text)
    return new Response(JSON.stringify(edit(body) ?? body), response)
  })
}

/** Says another status than it ought to, of a request that it has carried out. */
export function says(method: string, pattern: RegExp, status: number): Fault {
  return on([method, pattern], async (send, url, init) => {
    const response = await send(url, init)
    const text = await response.text()
    return new Response(status === 204 || text === '' ? null : text, {
      status,
      headers: response.headers,
    })
  })
}

export function heads(method: string, pattern: RegExp, name: string, value?: string): Fault {
  return on([method, pattern], async (send, url, init) => {
    const response = await send(url, init)
    const headers = new Headers(response.headers)
    if (value === undefined) headers.delete(name)
    else headers.set(name, value)
    return new Response(response.body, { status: response.status, headers })
  })
}

/** Takes a request for another one; `edit` changes the body in place or gives another. */
export function takes(method: string, pattern: RegExp, edit: (body: any) => unknown): Fault {
  return on([method, pattern], (send, url, init) => {
    const body = JSON.parse(String(init.body))
    return send(url, { ...init, body: JSON.stringify(edit(body) ?? body) })
  })
}

/** Takes an address for another one. */
export function reads(pattern: RegExp, edit: (url: string) => string): Fault {
  return on(['GET', pattern], (send, url, init) => send(edit(url), init))
}

/** Does not look at the filter of a list. */
export const unfiltered = (pattern = /\?.*filter=/): Fault =>
  reads(pattern, (url) => url.replace(/([?&])filter=[^&]*/, '$1'))

/** A fault from the second request on of those that it is about. */
export function later(method: string, pattern: RegExp, fault: Fault, good = 1): Fault {
  return (send) => {
    const spoiled = fault(send)
    let seen = 0
    return (url, init) => {
      if (!isMeant([method, pattern], url, init)) return send(url, init)
      seen += 1
      return seen > good ? spoiled(url, init) : send(url, init)
    }
  }
}

/** Edits each operation of a PATCH. */
export const operations = (edit: (operation: any) => unknown): Fault =>
  takes('PATCH', /./, (body) => {
    body.Operations = body.Operations.map((one: any) => edit(one) ?? one)
  })
