/** One endpoint as a page: reading it, and the commands of its buttons and forms. */
import { readQuery } from '../../http/query'
import { idOf } from '../../http/id'
import {
  editWebhook,
  removeWebhook,
  replayEvents,
  rotateSecret,
  sendTest,
  setWebhookState,
} from '../../webhooks/commands'
import { resendEvent, skipEvent } from '../../webhooks/one-event'
import { findWebhook } from '../../webhooks/store'
import { replaySince } from './replay'
import { webhookPath } from './path'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Deletion, Skip } from './confirm'
import { Page, type Shown } from './endpoint'
import { submitChange } from './endpoint-form'
import {
  eventForm,
  logQuery,
  nothingSinceText,
  notNextText,
  replayForm,
  replayText,
  sinceForm,
} from './forms'
import { operatorContextOf, loadPage } from './load'
import { sentQuery, sentShown } from './sent'

/** Attempts on one page of the log. */
const limit = 50

const notices = new Map([
  ['saved', 'The endpoint is saved.'],
  ['paused', 'Delivery is paused. Events wait until it is resumed.'],
  ['resumed', 'Delivery goes on where it stopped.'],
  ['retried', 'Delivery is tried again now.'],
  ['skipped', 'The event is left out. Delivery goes on behind it, once the endpoint is active.'],
  ['replayed', 'Events are delivered again from there on.'],
])

export async function showWebhook(c: AdminContext) {
  const secret = await takeOnce(c)
  return showPage(c, 200, {
    notice: notices.get(c.req.query('done') ?? ''),
    ...sentShown(c.req.query()),
    ...(secret === undefined ? {} : { secret }),
  })
}

export function receiveWebhookChange(c: AdminContext) {
  return submitChange(
    c,
    () => findWebhook(c.env.DB, c.var.tenant.id, idOf(c)),
    (input, isAsSeen) => editWebhook(operatorContextOf(c), idOf(c), input, isAsSeen),
    () => done(c, 'saved'),
    (entered, status) => showPage(c, status, entered),
  )
}

export async function receiveRotation(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const given = await secretOfForm(c, number, fields)
  if (!given.ok) return showRefusal(c, given.error)
  const rotated = await rotateSecret(operatorContextOf(c), idOf(c), given.value)
  if (!rotated.ok) return showRefusal(c, rotated.error)
  return redirectWith(c, webhookPath(c.var.tenant, idOf(c)), rotated.value.secret)
}

/** The handler of one button; `notice` names the sentence that the page then shows. */
export function receiveState(kind: 'pause' | 'resume' | 'retry', notice: string) {
  return async function changeState(c: AdminContext) {
    const changed = await setWebhookState(operatorContextOf(c), idOf(c), kind)
    return changed.ok ? done(c, notice) : showRefusal(c, changed.error)
  }
}

export async function receiveReplay(c: AdminContext) {
  const form = replayForm.safeParse(await formOf(c))
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const replayed = await replayEvents(operatorContextOf(c), idOf(c), form.data.after)
  if (replayed.ok) return done(c, 'replayed')
  const { error } = replayed
  if (error.kind !== 'notDelivered') return showRefusal(c, error)
  return showPage(c, 422, { errors: new Map([['after', replayText(error.deliveredUpTo)]]) })
}

/** Delivers again what happened from a time on. */
export async function receiveReplaySince(c: AdminContext) {
  const form = sinceForm.safeParse(await formOf(c))
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const { since } = form.data
  const replayed = await replaySince(operatorContextOf(c), idOf(c), since)
  if (replayed.ok) return done(c, 'replayed')
  if (replayed.error.kind !== 'nothingSince') return showRefusal(c, replayed.error)
  return showPage(c, 422, { errors: new Map([['since', nothingSinceText]]), since })
}

export async function receiveResend(c: AdminContext) {
  const form = eventForm.safeParse(await formOf(c))
  if (!form.success) return showNotFound(c)
  const { seq } = form.data
  const sent = await resendEvent(operatorContextOf(c), idOf(c), seq)
  if (!sent.ok) return sent.error.kind === 'noEvent' ? showNotFound(c) : showRefusal(c, sent.error)
  return showSent(c, sentQuery(sent.value, seq))
}

export async function showSkip(c: AdminContext) {
  const query = readQuery(eventForm, c.req.url)
  const found = await findWebhook(c.env.DB, c.var.tenant.id, idOf(c))
  if (!found.ok) return showRefusal(c, found.error)
  const { place, lastSeq } = found.value
  const next = place + 1
  if (!query.ok || query.value.seq > Math.min(next, lastSeq)) return showNotFound(c)
  if (query.value.seq < next) return showPage(c, 200, { problem: notNextText })
  return show(c, <Skip tenant={c.var.tenant} webhook={found.value} seq={next} />)
}

export async function receiveSkip(c: AdminContext) {
  const form = eventForm.safeParse(await formOf(c))
  if (!form.success) return showNotFound(c)
  const skipped = await skipEvent(operatorContextOf(c), idOf(c), form.data.seq)
  if (skipped.ok) return done(c, 'skipped')
  if (skipped.error.kind !== 'notNext') return showRefusal(c, skipped.error)
  return showPage(c, 200, { problem: notNextText })
}

export async function receiveTest(c: AdminContext) {
  const sent = await sendTest(operatorContextOf(c), idOf(c))
  if (!sent.ok) return showRefusal(c, sent.error)
  return showSent(c, sentQuery(sent.value))
}

export async function showWebhookDeletion(c: AdminContext) {
  const { tenant } = c.var
  const found = await findWebhook(c.env.DB, tenant.id, idOf(c))
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Deletion tenant={tenant} webhook={found.value} />)
}

export async function receiveWebhookDeletion(c: AdminContext) {
  const deleted = await removeWebhook(operatorContextOf(c), idOf(c))
  if (!deleted.ok) return showRefusal(c, deleted.error)
  return c.redirect(tenantPath(c.var.tenant, '/webhooks?done=deleted'), 303)
}

function showSent(c: AdminContext, query: string) {
  return c.redirect(`${webhookPath(c.var.tenant, idOf(c))}?${query}`, 303)
}

function done(c: AdminContext, notice: string) {
  return c.redirect(`${webhookPath(c.var.tenant, idOf(c))}?done=${notice}`, 303)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, shown: Shown) {
  const loaded = await loadPage(c, { ...logQuery.parse(c.req.query()), limit })
  if (!loaded.ok) return showRefusal(c, loaded.error)
  return show(c, <Page tenant={c.var.tenant} {...loaded.value} {...shown} />, status)
}
