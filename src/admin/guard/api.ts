/** Holds as JSON: the changes that wait in each, and the operator's decisions. */
import { readQuery } from '../../http/query'
import type * as z from 'zod/mini'
import { isoOrNull } from '../../time'
import type { HeldChange } from '../../guard/changes'
import { findHold, listHolds, type Hold } from '../../guard/holds'
import type { Released } from '../../guard/review/delay'
import { listReleases } from '../../guard/review/release-schedule'
import { readToldLosses } from '../../guard/review/undo'
import { idOf } from '../../http/id'
import type { AdminContext } from '../shell/context'
import { problems, replyBadQuery, replyProblem, replyRefusal } from '../shell/problem'
import {
  discardChosen,
  loadChanges,
  placeText,
  releaseChosen,
  takeBackRelease,
  undoBefore,
} from './decide'
import { accessOf, effectOf } from './effect'
import { changesQuery, driftQuery, type decision } from './forms'

export async function getHolds(c: AdminContext): Promise<Response> {
  const found = await listHolds(c.env.DB, c.var.tenant.id)
  return found.ok ? c.json({ holds: found.value.map(showHold) }) : replyRefusal(c, found.error)
}

export async function getHold(c: AdminContext): Promise<Response> {
  const found = await findHold(c.env.DB, c.var.tenant.id, idOf(c))
  return found.ok ? replyChanges(c, found.value) : replyRefusal(c, found.error)
}

export function getDrift(c: AdminContext): Promise<Response> {
  return replyChanges(c, undefined)
}

async function replyChanges(c: AdminContext, hold: Hold | undefined): Promise<Response> {
  const query = readQuery(hold ? changesQuery : driftQuery, c.req.url)
  if (!query.ok) return replyBadQuery(c, query.error)
  const page = await loadChanges(c, hold?.id, query.value)
  if (!page.ok) return replyRefusal(c, page.error)
  const { changes, next } = page.value
  const head = hold ? showHold(hold) : {}
  return c.json({ ...head, changes: changes.map(showChange), cursor: next })
}

type Decision = z.output<typeof decision>

export function postRelease(c: AdminContext, input: Decision): Promise<Response> {
  return replyReleased(c, idOf(c), input)
}

/** Lets discarded changes reach the application after all. */
export function postDriftRelease(c: AdminContext, input: Decision): Promise<Response> {
  return replyReleased(c, undefined, input)
}

async function replyReleased(
  c: AdminContext,
  holdId: string | undefined,
  input: Decision,
): Promise<Response> {
  const released = await releaseChosen(c, holdId, input)
  if (released.ok) return replyDone(c, released.value)
  const { error } = released
  return error.kind === 'unconfirmed'
    ? replyProblem(c, problems.unconfirmed, { people: error.people })
    : replyRefusal(c, error)
}

function replyDone(c: AdminContext, { hold, decided, planned }: Released): Response {
  const plan = planned ? { release: planned.id, tellAt: isoOrNull(planned.tellAt) } : {}
  return c.json({ ...(hold ? showHold(hold) : {}), decided, ...plan })
}

export async function getReleases(c: AdminContext): Promise<Response> {
  const found = await listReleases(c.env.DB, c.var.tenant.id)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({
    releases: found.value.map(({ id, holdId, at, tellAt, author, changes, people }) => ({
      id,
      hold: holdId,
      decided: isoOrNull(at),
      tellAt: isoOrNull(tellAt),
      by: author.actor,
      changes,
      people,
    })),
  })
}

/** Takes back a release that is not told yet. */
export async function deleteRelease(c: AdminContext): Promise<Response> {
  const done = await takeBackRelease(c, idOf(c))
  return done.ok ? c.body(null, 204) : replyRefusal(c, done.error)
}

/** What went through in the hour before a hold. */
export async function getBefore(c: AdminContext): Promise<Response> {
  const { id } = c.var.tenant
  const found = await findHold(c.env.DB, id, idOf(c))
  const told = found.ok ? await readToldLosses(c.env.DB, id, found.value) : found
  return told.ok ? c.json(told.value) : replyRefusal(c, told.error)
}

export async function postUndo(c: AdminContext): Promise<Response> {
  const undone = await undoBefore(c, idOf(c))
  return undone.ok ? c.json({ undone: undone.value.undoable }) : replyRefusal(c, undone.error)
}

export async function postDiscard(c: AdminContext, input: Decision): Promise<Response> {
  const discarded = await discardChosen(c, idOf(c), input)
  if (!discarded.ok) return replyRefusal(c, discarded.error)
  const { hold, decided } = discarded.value
  return hold ? c.json({ ...showHold(hold), decided }) : replyProblem(c, problems.notFound)
}

function showHold(hold: Hold) {
  const { openedAt, closedAt, lossesAt: _, lossesSeq: __, lost, base, allowed, ...shown } = hold
  return {
    ...shown,
    threshold: allowed === null ? null : { lost, active: base, allowed },
    state: closedAt === null ? 'open' : 'closed',
    opened: isoOrNull(openedAt),
    closed: isoOrNull(closedAt),
  }
}

function showChange(change: HeldChange) {
  const { teamId, userId, userName, teamName, released, directory, at, cause, reason } = change
  return {
    change: placeText(change),
    effect: effectOf(change),
    access: accessOf(change),
    ...(userId === '' ? {} : { person: { id: userId, userName } }),
    ...(teamId === '' ? {} : { team: { id: teamId, displayName: teamName } }),
    ...(change.kind === 'member' ? {} : { application: released, provider: directory }),
    reason,
    since: new Date(at).toISOString(),
    ...(change.tellAt === null ? {} : { tellAt: isoOrNull(change.tellAt) }),
    cause,
  }
}
