/** Addresses that notices are sent to, and what each has been told; in the main database. */
import { and, eq, sql } from 'drizzle-orm'
import { auditIfChanged, unmadeStatement, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { deleteFrom, select, update } from '../database/builder'
import type { RowOf } from '../database/field'
import { noticeTargets, sentNotices } from '../database/schema/attention'
import { fromBase64, idWith, toBase64 } from '../bytes'
import { columns, command, query, value } from '../database/statement'
import { checkTarget, shownTarget, type TargetRefusal } from '../public-address'
import { err, ok, type Result } from '../result'
import { noTenant } from '../sealing/keys'
import { makeKey, open, seal } from '../sealing/seal'
import { makeSecret } from '../webhooks/signature'

/** Targets of a deployment. */
export const maximumTargets = 5

const fields = {
  id: noticeTargets.id,
  kind: noticeTargets.kind,
  url: noticeTargets.url,
  key: noticeTargets.key,
  secret: noticeTargets.secret,
  createdAt: noticeTargets.createdAt,
  createdBy: noticeTargets.createdBy,
  lastAt: noticeTargets.lastAt,
  lastError: noticeTargets.lastError,
}

export type NoticeTarget = RowOf<typeof fields>

export type NoticeTargetRefusal =
  | Refusal
  | { readonly kind: 'tooManyTargets' }
  /** What a form made was deleted since. */
  | { readonly kind: 'ended' }
  | { readonly kind: 'badTarget'; readonly reason: TargetRefusal }

const selectTargets = query(fields, (named) =>
  select(named).from(noticeTargets).orderBy(noticeTargets.createdAt, noticeTargets.id),
)

const insertTarget = query(
  { id: noticeTargets.id },
  (named) => sql`
  insert into ${noticeTargets} (${columns(
    noticeTargets.id,
    noticeTargets.kind,
    noticeTargets.url,
    noticeTargets.key,
    noticeTargets.secret,
    noticeTargets.createdAt,
    noticeTargets.createdBy,
  )}) select ${value('id')}, ${value('kind')}, ${value('url')}, ${value('key')}, ${value('secret')},
    ${value('now')}, ${value('author')}
  where (select count(*) from ${noticeTargets}) < ${maximumTargets}
  on conflict do nothing returning ${columns(noticeTargets.id)} as ${sql.identifier(named.id.fieldAlias)}`,
)

const deleteTarget = command(() =>
  deleteFrom(noticeTargets).where(eq(noticeTargets.id, value('id'))),
)

const isOfTarget = eq(sentNotices.target, value('id'))

const forgetSent = command(() => deleteFrom(sentNotices).where(isOfTarget))

const selectSent = query({ notice: sentNotices.notice }, (named) =>
  select(named).from(sentNotices).where(isOfTarget),
)

/** What is over, and was told long enough ago to be told again. */
const deleteOver = command(() =>
  deleteFrom(sentNotices).where(
    and(
      isOfTarget,
      sql`${sentNotices.at} < ${value('before')}
        and ${sentNotices.notice} not in (select entry.value from json_each(${value('present')}) as entry)`,
    ),
  ),
)

const insertSent = command(
  () => sql`
  insert into ${sentNotices} (${columns(sentNotices.target, sentNotices.notice, sentNotices.at)})
  select ${value('id')}, entry.value, ${value('now')} from json_each(${value('sent')}) as entry
  where true on conflict do nothing`,
)

const noteOutcome = command(() =>
  update(noticeTargets)
    .set({ lastAt: value('now'), lastError: value('outcome') })
    .where(eq(noticeTargets.id, value('id'))),
)

export async function listTargets(
  database: D1Database,
): Promise<Result<readonly NoticeTarget[], Refusal>> {
  const read = await readBatch(database, [selectTargets(database, {})])
  return read.ok ? ok(read.value[0]) : read
}

interface KeyVariables {
  readonly WEBHOOK_KEY?: string
}

/** Adds a target; `secret` signs its messages and is answered this once, empty for `slack`. A text that was `given` before adds no second one; refused with `ended` once that was deleted. */
export async function addTarget(
  environment: KeyVariables & { readonly DB: D1Database },
  input: Pick<NoticeTarget, 'kind' | 'url'>,
  author: Author,
  isLoopbackAllowed: boolean,
  given?: string,
): Promise<Result<{ readonly id: string; readonly secret: string }, NoticeTargetRefusal>> {
  const target = checkTarget(input.url, isLoopbackAllowed)
  if (!target.ok) return err({ kind: 'badTarget', reason: target.error })
  const id = await idWith(given)
  const key = makeKey()
  const secret = input.kind === 'slack' ? '' : makeSecret(given)
  const sealed = secret === '' ? '' : toBase64(await seal(mixed(key, environment), id, secret))
  const { DB } = environment
  const { href: url } = target.value
  const values = { id, kind: input.kind, url, key, secret: sealed, now: Date.now() }
  const after = { kind: input.kind, url: shownTarget(url).replace(/(\/services\/).*/, '$1…') }
  const made = { action: 'notices.created', subject: id }
  const added = await runBatch(DB, [
    given === undefined ? undefined : unmadeStatement(DB, { tenantId: noTenant, ...made }),
    insertTarget(DB, { ...values, author: author.actor }),
    auditIfChanged(DB, { tenant: noTenant, author, ...made, after }),
    selectTargets(DB, {}),
  ])
  const isMade = !added.ok && added.error.kind === 'target'
  const listed = isMade ? await listTargets(DB) : added.ok ? ok(added.value[3]) : added
  if (!listed.ok) return listed
  if (listed.value.some((one) => one.id === id)) return ok({ id, secret })
  return err({ kind: isMade ? 'ended' : 'tooManyTargets' })
}

export function removeTarget(
  database: D1Database,
  id: string,
  author: Author,
): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [
    deleteTarget(database, { id }),
    auditIfChanged(database, { tenant: noTenant, author, action: 'notices.deleted', subject: id }),
    forgetSent(database, { id }),
  ])
}

/** Undefined for what another WEBHOOK_KEY has sealed. */
export async function openTargetSecret(
  environment: KeyVariables,
  { id, key, secret }: NoticeTarget,
): Promise<string | undefined> {
  const bytes = fromBase64(secret)
  return bytes && open(mixed(key, environment), id, bytes)
}

/** The notices that a target has been told. */
export async function readSent(
  database: D1Database,
  id: string,
): Promise<Result<readonly string[], Refusal>> {
  const read = await readBatch(database, [selectSent(database, { id })])
  return read.ok ? ok(read.value[0].map(({ notice }) => notice)) : read
}

/** Notes a run of one target: what it was told, and what is over. */
export function noteSent(
  database: D1Database,
  id: string,
  run: {
    readonly present: readonly string[]
    readonly sent: readonly string[]
    /** Error of the message, null for none; absent when there was no message. */
    readonly outcome?: string | null
    readonly before: number
    readonly now: number
  },
): Promise<Result<unknown, Refusal>> {
  const { present, sent, outcome, before, now } = run
  return runBatch(database, [
    deleteOver(database, { id, before, present: JSON.stringify(present) }),
    sent.length === 0 ? undefined : insertSent(database, { id, now, sent: JSON.stringify(sent) }),
    outcome === undefined ? undefined : noteOutcome(database, { id, now, outcome }),
  ])
}

function mixed(key: string, { WEBHOOK_KEY }: KeyVariables): string {
  return WEBHOOK_KEY ? `${key} ${WEBHOOK_KEY}` : key
}
