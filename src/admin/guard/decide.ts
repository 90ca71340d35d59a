/** Reads of a hold and decisions on it, for pages and JSON alike. */
import type { Refusal } from '../../database/batch'
import { readChanges, type HeldChange } from '../../guard/changes'
import { readDocuments, withinWeight } from '../../guard/review/documents'
import type { Filter, Place, Selection } from '../../guard/review/selection'
import { discard, type ReleaseRefusal } from '../../guard/commands'
import { findHold, type Decided } from '../../guard/holds'
import { decideRelease, takeBack, type Released } from '../../guard/review/delay'
import { undoTold, type ToldLosses } from '../../guard/review/undo'
import { ok, type Result } from '../../result'
import { wakeDeliveries } from '../../webhooks/wake'
import { authorOf, type AdminContext } from '../shell/context'
import { lastOfFull } from '../shell/forms'

/** The changes that a decision is about. */
export interface Chosen extends Pick<Selection, 'some' | 'filter'> {
  /** Ids of the protected people that may be released. */
  readonly confirmed: readonly string[]
}

export interface ChangesPage {
  readonly changes: readonly HeldChange[]
  /** The place where the next page begins, as `team.person`; null on the last. */
  readonly next: string | null
}

/**
 * Changes that wait in a hold; without a hold, those that were discarded. A page ends before its
 * `limit` where whole documents take more bytes than a page may have.
 */
export async function loadChanges(
  c: AdminContext,
  holdId: string | undefined,
  page: { readonly after: Place; readonly limit: number; readonly filter: Filter },
): Promise<Result<ChangesPage, Refusal>> {
  const selection = { holdId, some: undefined, filter: page.filter }
  const read = await readChanges(c.env.DB, c.var.tenant.id, selection, page)
  if (!read.ok) return read
  const shown = withinWeight(read.value)
  const isCut = shown.length < read.value.length
  const last = isCut ? shown.at(-1) : lastOfFull(read.value, page.limit)
  const whole = await readDocuments(c.env.DB, c.var.tenant.id, shown)
  return whole.ok ? ok({ changes: whole.value, next: last ? placeText(last) : null }) : whole
}

/** A change as addresses and forms name it: `team.person`. */
export function placeText({ teamId, userId }: Place): string {
  return `${teamId}.${userId}`
}

/** Releases changes of a hold; without a hold, changes that were discarded. */
export async function releaseChosen(
  c: AdminContext,
  holdId: string | undefined,
  { some, filter, confirmed }: Chosen,
): Promise<Result<Released, ReleaseRefusal>> {
  const { tenant } = c.var
  const decided = { selection: { holdId, some, filter }, confirmed, author: authorOf(c) }
  const released = await decideRelease(c.env.DB, tenant, decided)
  if (released.ok && !released.value.planned) wake(c)
  return released
}

/** The application keeps what it sees, and is told only that it was decided. */
export async function discardChosen(
  c: AdminContext,
  holdId: string,
  { some, filter }: Pick<Chosen, 'some' | 'filter'>,
): Promise<Result<Decided, Refusal>> {
  const decided = { selection: { holdId, some, filter }, author: authorOf(c) }
  const discarded = await discard(c.env.DB, c.var.tenant, decided)
  if (discarded.ok && discarded.value.decided > 0) wake(c)
  return discarded
}

/** Takes back on the application's side what went through in the hour before a hold. */
export async function undoBefore(
  c: AdminContext,
  holdId: string,
): Promise<Result<ToldLosses, Refusal>> {
  const { id } = c.var.tenant
  const found = await findHold(c.env.DB, id, holdId)
  if (!found.ok) return found
  const undone = await undoTold(c.env.DB, id, found.value, authorOf(c))
  if (undone.ok) wake(c)
  return undone
}

export function takeBackRelease(
  c: AdminContext,
  releaseId: string,
): Promise<Result<undefined, Refusal>> {
  return takeBack(c.env.DB, c.var.tenant, releaseId, authorOf(c))
}

function wake(c: AdminContext) {
  c.executionCtx.waitUntil(wakeDeliveries(c.env, c.var.tenant.id))
}
