/** The settings of a tenant, its schemas included: showing them, and the forms that replace them. */
import type * as z from 'zod/mini'
import { changeTenant, type TenantChange } from '../../tenants/commands'
import type { Tenant } from '../../tenants/tenant'
import { authorOf, show, tenantPath, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { showRefusal } from '../shell/refusal'
import { compare, readShown, shownName, writeShown } from '../shell/stale/shown'
import { declarationOf, schemasForm } from './extension-form'
import { settingsForm } from './forms'
import { withDeclared } from './observed'
import {
  declaredText,
  digestOf,
  fieldNamed,
  meaningOf,
  settingDigests,
  settingTexts,
} from './setting-fields'
import { Settings, type SettingsForm } from './settings-form'

export function showSettings(c: AdminContext) {
  const { tenant } = c.var
  return showForm(c, tenant, { isSaved: c.req.query('done') === 'saved' })
}

export async function receiveSettings(c: AdminContext) {
  const { [shownName]: shown, ...fields } = await formOf(c)
  return save(c, { shown, fields }, settingsForm.safeParse(fields))
}

/** Declares the schemas of one text, which has the form that the API takes and answers. */
export async function receiveSchemas(c: AdminContext) {
  const { [shownName]: shown, schemas = '' } = await formOf(c)
  return save(c, { shown, fields: { schemas } }, schemasForm.safeParse(schemas))
}

/** Tries to declare what was observed, each beside what others have declared by then. */
const attempts = 5

/** Declares what was observed under a URN, beside what is declared already. */
export async function receiveObserved(c: AdminContext) {
  const wanted = await formOf(c)
  let present = c.var.tenant
  for (let attempt = 1; ; attempt += 1) {
    const extensions = withDeclared(present, wanted)
    if (!extensions) return c.redirect(tenantPath(present, '/settings'), 303)
    const schemas = JSON.stringify(extensions.map(declarationOf), null, 2)
    const form = schemasForm.safeParse(schemas)
    if (!form.success) return save(c, { shown: undefined, fields: { schemas } }, form)
    const before = declaredText(present)
    const isSame = (tenant: Tenant) => {
      present = tenant
      return declaredText(tenant) === before
    }
    const changed = await changeTenant(c.env.DB, present, form.data, authorOf(c), isSame)
    if (changed.ok) return c.redirect(tenantPath(present, '/settings?done=saved'), 303)
    if (changed.error.kind !== 'stale' || attempt === attempts) {
      return showRefusal(c, changed.error)
    }
  }
}

/** A form as it was sent. */
interface Sent {
  /** What the form says that it showed. */
  readonly shown: string | undefined
  readonly fields: Readonly<Record<string, string>>
}

/** Saves what a form says, unless what it showed was changed meanwhile. */
async function save(
  c: AdminContext,
  sent: Sent,
  form: z.core.util.SafeParseResult<TenantChange>,
): Promise<Response> {
  const shown = readShown(sent.shown)
  const digests = new Map(Object.entries(sent.fields).map(([name, text]) => [name, digestOf(text)]))
  let present = c.var.tenant
  if (!form.success) {
    const texts = new Map([...settingTexts(present), ...Object.entries(sent.fields)])
    const stored = settingDigests(present)
    const showed = new Map([...stored, ...[...shown].filter(([name]) => stored.has(name))])
    const more = { texts, shown: writeShown(showed), errors: errorsOf(form.error), sent }
    return showForm(c, present, more, 422)
  }
  const isAsShown = (tenant: Tenant) => {
    present = tenant
    return compare(shown, settingDigests(tenant), digests).meanwhile.length === 0
  }
  const changed = await changeTenant(c.env.DB, present, form.data, authorOf(c), isAsShown)
  if (changed.ok) return c.redirect(tenantPath(present, '/settings?done=saved'), 303)
  if (changed.error.kind !== 'stale') return showRefusal(c, changed.error)
  const { meanwhile, typed } = compare(shown, settingDigests(present), digests)
  const texts = settingTexts(present)
  const kept = Object.entries(sent.fields).filter(([name]) => typed.has(name))
  const fields = meanwhile.map((name) => ({
    label: fieldNamed(name).label,
    now: meaningOf(name, texts.get(name) ?? ''),
    isTyped: typed.has(name),
  }))
  const more = { texts: new Map([...texts, ...kept]), changed: fields, sent }
  return showForm(c, present, more, 409)
}

/** The page with what is stored, but for what `more` has. */
function showForm(
  c: AdminContext,
  tenant: Tenant,
  more: Partial<SettingsForm>,
  status: 200 | 409 | 422 = 200,
) {
  const stored = { texts: settingTexts(tenant), shown: writeShown(settingDigests(tenant)) }
  const form = { ...stored, errors: new Map(), ...more }
  return show(c, <Settings tenant={tenant} form={form} />, status)
}
