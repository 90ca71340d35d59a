/** An operator who is signed in to the console. */
import { open as ask, signIn } from './console'

let cookie = ''

/** A page; with a form, what the form answers. Another test may have ended all sessions. */
export async function open(
  path: string,
  form?: Readonly<Record<string, string>>,
  headers: Readonly<Record<string, string>> = {},
) {
  const input = form === undefined ? { headers } : { form, headers }
  const first = await ask(path, { cookie, ...input })
  if (!(first.headers.get('Location') ?? '').startsWith('/admin/sign-in')) return first
  cookie = await signIn()
  return ask(path, { cookie, ...input })
}
