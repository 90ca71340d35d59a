/**
 * Notices on their way out: each target is told of a notice once. A run reads what needs somebody,
 * sends each target one message about what it has not been told, and notes that.
 */
import { checkTarget, isLoopbackAllowed, type LoopbackVariables } from '../public-address'
import { demandDone } from '../database/batch'
import type { Databases } from '../database/placement'
import { postMessage } from '../webhooks/post'
import { signedHeaders } from '../webhooks/signature'
import { noticeOrder, readNotices, type Notice } from './notices'
import { listTargets, noteSent, openTargetSecret, readSent, type NoticeTarget } from './targets'
import { noticePath, noticeText, noticeTitles } from './words'

export interface NoticeEnvironment extends Databases, LoopbackVariables {
  /** Mixed into the key of signing secrets. */
  readonly WEBHOOK_KEY?: string
  /** Binding `send_email`; absent for no e-mail. */
  readonly EMAIL?: SendEmail
  /** Sender and receiver of e-mail, and the address of the console, for links. */
  readonly NOTICES_FROM?: string
  readonly NOTICES_TO?: string
  readonly CONSOLE?: string
}

/** Notices of one message; how many more there are is said. */
const maximumTold = 50

/** Milliseconds after which a notice may be told again, once it was over in between. */
const repeatGap = 6 * 60 * 60_000

const timeout = 10_000

/** One message, and `error` for one that was not received. */
type Sending = (told: readonly Notice[], more: number) => Promise<string | null>

/** Sends what is new to each target; called every few minutes. */
export async function sendNotices(environment: NoticeEnvironment, now: number): Promise<void> {
  const targets = demandDone(await listTargets(environment.DB))
  const ways: [id: string, send: Sending][] = targets.map((target) => [
    target.id,
    (told, more) => sendTo(environment, target, told, more, now),
  ])
  const mail = mailOf(environment, now)
  if (mail) ways.push(['email', mail])
  if (ways.length === 0) return
  const notices = demandDone(await readNotices(environment, now))
  for (const [id, send] of ways) await tell(environment.DB, { id, send, notices, now })
}

async function tell(
  database: D1Database,
  way: {
    readonly id: string
    readonly send: Sending
    readonly notices: readonly Notice[]
    readonly now: number
  },
): Promise<void> {
  const { id, send, notices, now } = way
  const known = new Set(demandDone(await readSent(database, id)))
  const fresh = notices.filter((notice) => !known.has(keyOf(notice)))
  const error =
    fresh.length === 0 ? undefined : await send(fresh.slice(0, maximumTold), fresh.length)
  demandDone(
    await noteSent(database, id, {
      present: notices.map(keyOf),
      sent: error === null ? fresh.map(keyOf) : [],
      ...(error === undefined ? {} : { outcome: error }),
      before: now - repeatGap,
      now,
    }),
  )
}

/** A message to one target that tells of nothing, to see whether it arrives. */
export function sendTrial(
  environment: NoticeEnvironment,
  target: NoticeTarget,
  now: number,
): Promise<string | null> {
  return sendTo(environment, target, [], 0, now)
}

function keyOf({ kind, tenantId, subject }: Notice): string {
  return `${kind} ${tenantId} ${subject}`
}

async function sendTo(
  environment: NoticeEnvironment,
  target: NoticeTarget,
  told: readonly Notice[],
  count: number,
  now: number,
): Promise<string | null> {
  const address = checkTarget(target.url, isLoopbackAllowed(environment))
  if (!address.ok) return 'address'
  const id = `ntc_${crypto.randomUUID()}`
  if (target.kind === 'slack') {
    const body = JSON.stringify({ text: textOf(environment, told, count, now) })
    return errorOf(await postMessage(address.value, {}, body, timeout))
  }
  const secret = await openTargetSecret(environment, target)
  if (secret === undefined) return 'secret'
  const body = JSON.stringify({
    type: told.length === 0 ? 'notices.test' : 'notices',
    id,
    time: new Date(now).toISOString(),
    count,
    notices: told.map((notice) => shownNotice(notice, now)),
  })
  const headers = await signedHeaders([secret], { id, timestamp: Math.floor(now / 1000), body })
  return errorOf(await postMessage(address.value, headers, body, timeout))
}

/** A notice as programs read it. */
export function shownNotice(notice: Notice, now: number) {
  const { kind, slug, name, at, count } = notice
  const time = new Date(at).toISOString()
  return { kind, tenant: slug || null, name, time, count, text: noticeText(notice, now) }
}

function errorOf(answer: Awaited<ReturnType<typeof postMessage>>): string | null {
  return answer.error === 'status' ? `status ${answer.status}` : answer.error
}

/** The notices as lines, with links where the address of the console is known. */
function textOf(
  { CONSOLE }: NoticeEnvironment,
  told: readonly Notice[],
  count: number,
  now: number,
): string {
  if (told.length === 0) return 'Rollcall: a test. Notices arrive here.'
  const lines = told.map((notice) => {
    const { kind, name } = notice
    const link = CONSOLE ? ` ${CONSOLE}/admin${noticePath(notice)}` : ''
    return `• ${plain(name)}: ${noticeTitles[kind]}. ${noticeText(notice, now)}${link}`
  })
  const more = count - told.length
  return [
    `Rollcall: ${count === 1 ? 'something needs' : `${count} things need`} somebody.`,
    ...lines,
    ...(more > 0 ? [`… and ${more} more.`] : []),
  ].join('\n')
}

/** A name without what Slack reads as a mention or a link. */
function plain(name: string): string {
  return name.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;')
}

function mailOf(environment: NoticeEnvironment, now: number): Sending | undefined {
  const { EMAIL, NOTICES_FROM: from, NOTICES_TO: to } = environment
  if (!EMAIL || !from || !to) return undefined
  return async function sendMail(told, count) {
    const worst = noticeOrder.find((kind) => told.some((notice) => notice.kind === kind)) ?? 'hold'
    const subject = `Rollcall: ${noticeTitles[worst].toLowerCase()}${count > 1 ? ` and ${count - 1} more` : ''}`
    try {
      await EMAIL.send({ from, to, subject, text: textOf(environment, told, count, now) })
      return null
    } catch {
      return 'connection'
    }
  }
}
