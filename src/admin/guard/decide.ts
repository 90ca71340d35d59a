/** Reads of a hold and decisions on it, for pages and JSON alike. */
import type { Refusal } from '../../database/batch'
import { readChanges, type HeldChange, type Place, type Selection } from '../../guard/changes'
import { discard, release, type ReleaseRefusal } from '../../guard/commands'
import type { Hold } from '../../guard/holds'
import { ok, type Result } from '../../result'
import { wakeDeliveries } from '../../webhooks/wake'
import { authorOf, type AdminContext } from '../shell/context'
import { lastOfFull } from '../shell/forms'

/** The changes that a decision is about. */
export interface Chosen {
  /** The chosen people and teams; undefined for all. */
  readonly some: Selection['some']
  /** Ids of the protected people that may be released. */
  readonly confirmed: readonly string[]
}

export interface ChangesPage {
  readonly changes: readonly HeldChange[]
  /** The place where the next page begins, as `team.person`; null on the last. */
  readonly next: string | null
}

/** Changes that wait in a hold; without a hold, those that were discarded. */
export async function loadChanges(
  c: AdminContext,
  holdId: string | undefined,
  page: {
    readonly after: Place
    readonly limit: number
  },
): Promise<Result<ChangesPage, Refusal>> {
  const selection = { holdId, some: undefined }
  const read = await readChanges(c.env.DB, c.var.tenant.id, selection, { ...page, isWhole: false })
  if (!read.ok) return read
  const last = lastOfFull(read.value, page.limit)
  return ok({ changes: read.value, next: last ? `${last.teamId}.${last.userId}` : null })
}

/** Releases changes of a hold; without a hold, changes that were discarded. */
export async function releaseChosen(
  c: AdminContext,
  holdId: string | undefined,
  { some, confirmed }: Chosen,
): Promise<Result<Hold | undefined, ReleaseRefusal>> {
  const { tenant } = c.var
  const decided = { selection: { holdId, some }, confirmed, author: authorOf(c) }
  const released = await release(c.env.DB, tenant, decided)
  if (released.ok) c.executionCtx.waitUntil(wakeDeliveries(c.env, tenant.id))
  return released
}

export function discardChosen(
  c: AdminContext,
  holdId: string,
  { some }: Pick<Chosen, 'some'>,
): Promise<Result<Hold | undefined, Refusal>> {
  const decided = { selection: { holdId, some }, author: authorOf(c) }
  return discard(c.env.DB, c.var.tenant, decided)
}
