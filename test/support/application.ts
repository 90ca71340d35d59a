/** A client of the application API. Works wherever `fetch` does. */
import { sendJson, type Operator, type Send } from './tenant'

export interface ApplicationClient extends Operator {
  readonly key: string
  readonly keyId: string
}

/** A new key, of one tenant or with `owner` empty of all tenants. */
export async function newKey(
  admin: Operator,
  slug: string | undefined,
  wish: unknown = {},
): Promise<{ readonly id: string; readonly key: string }> {
  const path = slug === undefined ? '/keys' : `/tenants/${slug}/keys`
  const made = await admin.call('POST', path, wish)
  if (made.status !== 201) throw new Error(`No key: ${JSON.stringify(made.body)}`)
  return made.body
}

export function application(
  send: Send,
  origin: string,
  slug: string,
  { id, key }: { readonly id: string; readonly key: string },
): ApplicationClient {
  return {
    key,
    keyId: id,
    call: (method, path, body, headers = {}) =>
      sendJson(send, method, `${origin}/api/v1/tenants/${slug}${path}`, body, {
        Authorization: `Bearer ${key}`,
        ...headers,
      }),
  }
}
