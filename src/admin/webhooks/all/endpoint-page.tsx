/** One endpoint of all tenants as a page: reading it, and the commands of its buttons and forms. */
import { readQuery } from '../../../http/query'
import { idOf } from '../../../http/id'
import { shownTarget } from '../../../public-address'
import type { Result } from '../../../result'
import { findAtHome } from '../../../tenants/locate'
import {
  editFeedWebhook,
  replayFeedSince,
  rotateFeedSecret,
  removeFeedWebhook,
  setFeedWebhookState,
  tryFeedWebhook,
} from '../../../webhooks/all/commands'
import {
  progressOf,
  replayTenantEvents,
  resendTenantEvent,
  skipTenantEvent,
} from '../../../webhooks/all/one-tenant'
import { findFeedWebhook } from '../../../webhooks/all/store'
import type { WebhookRefusal } from '../../../webhooks/endpoint-commands'
import type { Answer } from '../../../webhooks/send'
import { show, type AdminContext } from '../../shell/context'
import { errorsOf, formOf } from '../../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../../shell/once'
import { writeShown } from '../../shell/stale/shown'
import { endpointDigests, seenKeyOf } from '../seen'
import { Question } from '../../shell/question'
import { showNotFound, showRefusal } from '../../shell/refusal'
import type { Shown } from '../endpoint'
import { submitChange } from '../endpoint-form'
import { nothingSinceText, notNextText, replayText, sinceForm } from '../forms'
import { sentQuery, sentShown } from '../sent'
import { Page } from './endpoint'
import { feedPageQuery, tenantForm, tenantReplayForm } from './forms'
import { deploymentContextOf, loadAttempts, loadFeedEndpoint, loadTenantEvents } from './load'
import { feedWebhookPath, feedWebhooksPath } from './path'

/** Attempts on one page of the log, and events of a tenant. */
const limit = 50
const eventsShown = 20

const notices = new Map([
  ['saved', 'The endpoint is saved.'],
  ['paused', 'Delivery is paused. Events wait until it is resumed.'],
  ['resumed', 'Delivery goes on where it stopped.'],
  ['retried', 'Delivery is tried again now.'],
  ['skipped', 'The event is left out. The delivery of this tenant goes on behind it.'],
  ['replayed', 'Events are delivered again from there on.'],
])

export async function showFeedWebhook(c: AdminContext) {
  const secret = await takeOnce(c)
  return showPage(c, 200, {
    notice: notices.get(c.req.query('done') ?? ''),
    ...sentShown(c.req.query()),
    ...(secret === undefined ? {} : { secret }),
  })
}

export function receiveFeedChange(c: AdminContext) {
  return submitChange(
    c,
    () => findFeedWebhook(c.env.DB, idOf(c)),
    (input, isAsSeen) => editFeedWebhook(deploymentContextOf(c), idOf(c), input, isAsSeen),
    () => done(c, 'saved'),
    (entered, status) => showPage(c, status, entered),
  )
}

export async function receiveFeedRotation(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const given = await secretOfForm(c, number, fields)
  if (!given.ok) return showRefusal(c, given.error)
  const rotated = await rotateFeedSecret(deploymentContextOf(c), idOf(c), given.value)
  if (!rotated.ok) return showRefusal(c, rotated.error)
  return redirectWith(c, feedWebhookPath(idOf(c)), rotated.value.secret)
}

/** The handler of one button; `notice` names the sentence that the page then shows. */
export function receiveFeedState(kind: 'pause' | 'resume' | 'retry', notice: string) {
  return async function changeFeedState(c: AdminContext) {
    const changed = await setFeedWebhookState(deploymentContextOf(c), idOf(c), kind)
    return changed.ok ? done(c, notice) : showRefusal(c, changed.error)
  }
}

export async function receiveFeedReplay(c: AdminContext) {
  const form = sinceForm.safeParse(await formOf(c))
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const { since } = form.data
  const replayed = await replayFeedSince(deploymentContextOf(c), idOf(c), since)
  if (replayed.ok) return done(c, 'replayed')
  if (replayed.error.kind !== 'nothingSince') return showRefusal(c, replayed.error)
  return showPage(c, 422, { errors: new Map([['since', nothingSinceText]]), since })
}

const unnumbered = 'Nothing is delivered again: write the number of an event, or 0 for all.'

export async function receiveTenantReplay(c: AdminContext) {
  const form = tenantReplayForm.safeParse(await formOf(c))
  if (!form.success) return showNotFound(c)
  const { tenant, after } = form.data
  if (after === undefined) return showPage(c, 422, { problem: unnumbered }, tenant)
  const whose = await findAtHome(c.env, tenant)
  if (!whose.ok) return showRefusal(c, whose.error)
  const command = deploymentContextOf(c)
  const replayed = await replayTenantEvents(command, idOf(c), whose.value, after)
  if (replayed.ok) return done(c, 'replayed', tenant)
  if (replayed.error.kind !== 'notDelivered') return showRefusal(c, replayed.error)
  return showPage(c, 422, { problem: replayText(replayed.error.deliveredUpTo) }, tenant)
}

export async function receiveFeedResend(c: AdminContext) {
  const form = tenantForm.safeParse(await formOf(c))
  if (!form.success) return showNotFound(c)
  const { tenant, seq } = form.data
  const whose = await findAtHome(c.env, tenant)
  if (!whose.ok) return showRefusal(c, whose.error)
  const sent = await resendTenantEvent(deploymentContextOf(c), idOf(c), whose.value, seq)
  if (!sent.ok && sent.error.kind === 'noEvent') return showNotFound(c)
  return showSent(c, sent, { tenant, seq })
}

export async function showFeedSkip(c: AdminContext) {
  const query = readQuery(tenantForm, c.req.url)
  const found = await findFeedWebhook(c.env.DB, idOf(c))
  if (!found.ok) return showRefusal(c, found.error)
  if (!query.ok) return showNotFound(c)
  const { tenant, seq } = query.value
  const whose = await findAtHome(c.env, tenant)
  if (!whose.ok) return showRefusal(c, whose.error)
  const progress = await progressOf(c.env.DB, idOf(c), whose.value)
  if (!progress.ok) return showRefusal(c, progress.error)
  const { lane } = progress.value
  if (lane && lane.place < seq - 1) return showNotFound(c)
  if (lane?.place !== seq - 1) return showPage(c, 200, { problem: notNextText }, tenant)
  const fields = { tenant, seq: String(seq) }
  return show(
    c,
    <Question
      page="Webhooks"
      title="Skip an event"
      question={`Skip event ${seq} of ${tenant}?`}
      action={feedWebhookPath(idOf(c), '/skip')}
      button="Skip event"
      back={`${feedWebhookPath(idOf(c))}?tenant=${encodeURIComponent(tenant)}`}
      fields={Object.entries(fields).map(([name, value]) => (
        <input type="hidden" name={name} value={value} />
      ))}
    >
      <p class="wrap">
        <code>{shownTarget(found.value.webhook.url)}</code>
      </p>
      <p>
        The receiver does not get it, and does not know what changed, unless it is replayed later.
        The tenant's events behind it are delivered.
      </p>
    </Question>,
  )
}

export async function receiveFeedSkip(c: AdminContext) {
  const form = tenantForm.safeParse(await formOf(c))
  if (!form.success) return showNotFound(c)
  const { tenant, seq } = form.data
  const whose = await findAtHome(c.env, tenant)
  if (!whose.ok) return showRefusal(c, whose.error)
  const skipped = await skipTenantEvent(deploymentContextOf(c), idOf(c), whose.value, seq)
  if (skipped.ok) return done(c, 'skipped', tenant)
  if (skipped.error.kind !== 'notNext') return showRefusal(c, skipped.error)
  return showPage(c, 200, { problem: notNextText }, tenant)
}

export async function receiveFeedTest(c: AdminContext) {
  return showSent(c, await tryFeedWebhook(deploymentContextOf(c), idOf(c)))
}

export async function showFeedDeletion(c: AdminContext) {
  const found = await findFeedWebhook(c.env.DB, idOf(c))
  if (!found.ok) return showRefusal(c, found.error)
  const path = feedWebhookPath(idOf(c))
  return show(
    c,
    <Question
      page="Webhooks"
      title="Delete a webhook"
      question="Delete this webhook of all tenants?"
      action={`${path}/delete`}
      button="Delete webhook"
      back={path}
    >
      <p class="wrap">
        <code>{shownTarget(found.value.webhook.url)}</code>
      </p>
      <p>Nothing of any tenant is sent there any more, and its log goes. It can't be undone.</p>
    </Question>,
  )
}

export async function receiveFeedDeletion(c: AdminContext) {
  const deleted = await removeFeedWebhook(deploymentContextOf(c), idOf(c))
  if (!deleted.ok) return showRefusal(c, deleted.error)
  return c.redirect(`${feedWebhooksPath}?done=deleted`, 303)
}

/** The page of the endpoint, with what became of an event of a tenant or of the test. */
function showSent(
  c: AdminContext,
  sent: Result<Answer, WebhookRefusal>,
  event: { readonly tenant?: string; readonly seq?: number } = {},
) {
  if (!sent.ok) return showRefusal(c, sent.error)
  return goTo(c, sentQuery(sent.value, event.seq), event.tenant)
}

function done(c: AdminContext, notice: string, tenant?: string) {
  return goTo(c, `done=${notice}`, tenant)
}

function goTo(c: AdminContext, query: string, tenant: string | undefined) {
  const more = tenant === undefined ? '' : `&tenant=${encodeURIComponent(tenant)}`
  return c.redirect(`${feedWebhookPath(idOf(c))}?${query}${more}`, 303)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, shown: Shown, tenant?: string) {
  const query = feedPageQuery.parse(c.req.query())
  const slug = tenant ?? query.tenant
  const endpoint = await loadFeedEndpoint(c.env, idOf(c))
  if (!endpoint.ok) return showRefusal(c, endpoint.error)
  const key = await seenKeyOf(c, endpoint)
  if (!key.ok) return showRefusal(c, key.error)
  const seen = writeShown(await endpointDigests(key.value, endpoint.value.webhook))
  const attempts = await loadAttempts(c.env.DB, idOf(c), query.before, limit)
  if (!attempts.ok) return showRefusal(c, attempts.error)
  const events = slug && (await loadTenantEvents(c, slug, query.events, eventsShown))
  if (events && !events.ok && events.error.kind !== 'target') return showRefusal(c, events.error)
  const found = events && events.ok ? events.value : undefined
  return show(
    c,
    <Page
      {...endpoint.value}
      {...attempts.value}
      {...shown}
      seen={seen}
      tenant={slug ? { slug, found } : undefined}
    />,
    status,
  )
}
