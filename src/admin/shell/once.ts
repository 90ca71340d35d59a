/**
 * Secrets that a page shows once. A form that makes one is answered with a redirect, so that reloading
 * makes no second one; the secret travels in a cookie, sealed for a minute, and is in no table. A form
 * that is sent twice, as by a double click, makes the same secret twice: it follows from the number
 * of the form, what was filled in, and a key of the tenant, or of the deployment for what has no tenant.
 */
import { getCookie, setCookie } from 'hono/cookie'
import { fromBase64, toBase64 } from '../../bytes'
import type { Refusal } from '../../database/batch'
import { err, ok, type Result } from '../../result'
import { noTenant, readKeys } from '../../sealing/keys'
import { open, seal } from '../../sealing/seal'
import { secretOf } from '../../tokens/secret'
import type { AdminContext } from './context'
import { ageOfForm } from './stale/form-number'
import { isEmbedded } from './headers'
import { showRefusal } from './refusal'

const cookie = 'rollcall_once'
const lifetime = 60

/** Goes to a page, which can show the text with `takeOnce`, once and for a minute. */
export async function redirectWith(c: AdminContext, path: string, text: string): Promise<Response> {
  const key = await keyOf(c)
  if (!key.ok) return showRefusal(c, key.error)
  const until = Date.now() + lifetime * 1000
  const [context = ''] = path.split('?')
  const sealed = await seal(key.value, context, `${until} ${text}`)
  setCookie(c, cookie, toBase64(sealed), optionsOf(c, lifetime))
  return c.redirect(path, 303)
}

/**
 * The text that the redirect to this page brought; undefined without one, the second time, and without
 * the database, where it stays for the next try. It stays as well for a script, which takes parts of the page
 * alone, and for the page of another tab.
 */
export async function takeOnce(c: AdminContext): Promise<string | undefined> {
  const kept = getCookie(c, cookie)
  if (kept === undefined || c.req.header('Sec-Fetch-Dest') === 'empty') return undefined
  const key = await keyOf(c)
  if (!key.ok) return undefined
  const bytes = fromBase64(kept)
  const opened = bytes && (await open(key.value, c.req.path, bytes))
  if (opened === undefined) return undefined
  setCookie(c, cookie, '', optionsOf(c, 0))
  const [, until = 0, text] = /^(\d+) (.*)$/s.exec(opened) ?? []
  return Number(until) > Date.now() ? text : undefined
}

/** A form of a page that was made too long ago to know what became of what it may have made. */
export interface OldForm {
  readonly kind: 'oldForm'
}

/** The secret of a form by its number and its fields, or undefined for a form without a number. */
export async function secretOfForm(
  c: AdminContext,
  number: string | undefined,
  fields: Readonly<Record<string, string>>,
): Promise<Result<string | undefined, Refusal | OldForm>> {
  const age = ageOfForm(number)
  if (age === undefined) return ok(undefined)
  if (age === 'old') return err({ kind: 'oldForm' })
  const key = await keyOf(c)
  if (!key.ok) return key
  const sent = Object.entries(fields).toSorted(([left], [right]) => (left < right ? -1 : 1))
  return ok(await secretOf(key.value, JSON.stringify([number, sent])))
}

async function keyOf(c: AdminContext): Promise<Result<string, Refusal>> {
  const tenantId = c.req.param('slug') === undefined ? noTenant : c.var.tenant.id
  const keys = await readKeys(c.env.DB, tenantId, 'cursors')
  return keys.ok ? ok(`once ${keys.value[0].key}`) : keys
}

function optionsOf(c: AdminContext, maxAge: number) {
  if (isEmbedded(c)) {
    const framed = { sameSite: 'None', secure: true, partitioned: true } as const
    return { path: '/admin', httpOnly: true, maxAge, ...framed }
  }
  const secure = new URL(c.req.url).protocol === 'https:'
  return { path: '/admin', httpOnly: true, sameSite: 'Strict', secure, maxAge } as const
}
