/** The console as a browser opens it. */
import { expect } from 'vitest'
import { bindings, origin, send } from './gateway'

export const cookieName = '__Host-rollcall_console'

export interface Input {
  readonly method?: string
  readonly cookie?: string
  readonly form?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
  readonly from?: string
}

/** A request as a browser sends it: forms say where they come from. */
export function open(path: string, input: Input = {}): Promise<Response> {
  const method = input.method ?? (input.form ? 'POST' : 'GET')
  const base = input.from ?? origin
  return send(
    new Request(`${base}/admin${path}`, {
      method,
      redirect: 'manual',
      headers: {
        ...(method === 'GET' ? {} : { Origin: base, 'Sec-Fetch-Site': 'same-origin' }),
        ...(input.cookie === undefined ? {} : { Cookie: input.cookie }),
        'CF-Connecting-IP': newAddress(),
        ...input.headers,
      },
      ...(input.form ? { body: new URLSearchParams(input.form) } : {}),
    }),
  )
}

/** Each request from another network, so that no test uses up the attempts of another. */
export function newAddress(): string {
  const [first = '', second = ''] = crypto.randomUUID().split('-')
  return `2001:db8:${first.slice(0, 4)}:${second}::1`
}

export async function signIn(from = origin): Promise<string> {
  const answer = await open('/sign-in', { form: { secret: bindings.ADMIN_TOKEN }, from })
  expect(answer.status).toBe(303)
  return (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
}

/** What a page says, without its markup. */
export function words(html: string): string {
  return html
    .replace(/<[^>]*>/g, ' ')
    .replaceAll('&quot;', '"')
    .replaceAll('&#39;', "'")
    .replaceAll('&lt;', '<')
    .replaceAll('&gt;', '>')
    .replaceAll('&amp;', '&')
    .replace(/\s+/g, ' ')
}

/** What the first form of a page says that it shows of stored values. */
export function shownBy(html: string): string {
  return /name="shown" value="([^"]*)"/.exec(html)?.[1] ?? ''
}

/** The same of the page at a path. */
export async function shownAt(path: string, cookie: string): Promise<string> {
  return shownBy(await (await open(path, { cookie })).text())
}

/** Sends a form that makes a secret, and opens the page that it leads to, which shows the secret once. */
export async function openMade(
  path: string,
  input: Input & Required<Pick<Input, 'cookie' | 'form'>>,
): Promise<string> {
  const answer = await open(path, input)
  expect(answer.status).toBe(303)
  const once = (answer.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  const place = (answer.headers.get('Location') ?? '').replace(/^\/admin/, '')
  const { headers = {} } = input
  const shown = await open(place, { cookie: `${input.cookie}; ${once}`, headers })
  expect(shown.status).toBe(200)
  return shown.text()
}

/** The value of a field, or the text of an element, that can be copied. */
export function valueOf(html: string, id: string): string {
  const text = new RegExp(`<code id="${id}">([^<]*)<`).exec(html)?.[1]
  if (text !== undefined) return text
  const [input = ''] = new RegExp(`<input[^>]*id="${id}"[^>]*>`).exec(html) ?? []
  return /value="([^"]*)"/.exec(input)?.[1] ?? ''
}
