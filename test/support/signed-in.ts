/** An operator in the console, as a browser without a window. */
import { bindings, origin, send } from './gateway'

let cookie = ''

/** A page; with a form, what the form answers. Another test may have ended all sessions. */
export async function open(path: string, form?: Readonly<Record<string, string>>) {
  const first = await ask(path, form)
  if (!(first.headers.get('Location') ?? '').startsWith('/admin/sign-in')) return first
  const signedIn = await ask('/sign-in', { secret: bindings.ADMIN_TOKEN })
  cookie = (signedIn.headers.get('Set-Cookie') ?? '').split(';')[0] ?? ''
  return ask(path, form)
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

function ask(path: string, form?: Readonly<Record<string, string>>): Promise<Response> {
  return send(
    new Request(`${origin}/admin${path}`, {
      method: form ? 'POST' : 'GET',
      redirect: 'manual',
      headers: {
        Cookie: cookie,
        'CF-Connecting-IP': '2001:db8:c11e:7::1',
        ...(form ? { Origin: origin, 'Sec-Fetch-Site': 'same-origin' } : {}),
      },
      ...(form ? { body: new URLSearchParams(form) } : {}),
    }),
  )
}
