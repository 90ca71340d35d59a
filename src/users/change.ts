/** Changes of users: read, apply, write one batch over exactly the versions that were read. */
import { bytesAtMost, listBytes } from '../limits'
import { err, ok, type Result } from '../result'
import { userNameKey } from '../guard/names/keys'
import { findSeenPeople } from '../guard/names/people'
import { settleHeld } from '../guard/names/settle-held'
import type { PersonPlan } from '../guard/plan'
import { scimError, type ScimError } from '../scim/error'
import { passedIn } from '../scim/passed-over/notes'
import type { StoredUser, UserText } from '../scim/representation'
import { userType } from '../scim/user'
import type { Refusal } from '../database/batch'
import { partsOf } from '../database/json-lists'
import { guardedList } from '../guard/guarded-batch'
import { boundOverlay, countAllowedChanges } from '../guard/users'
import { untilNotOvertaken } from '../directory/contention'
import type { Documents } from '../directory/documents'
import { noteResource } from '../directory/growth'
import { newlyObserved } from '../directory/observe'
import { refusedAs } from '../directory/refusal'
import { causeOf, type DirectoryRequest } from '../directory/request'
import { userTypeOf } from '../tenants/settings'
import { stepsByName } from './name-steps'
import { planChanges, type PlannedWrite } from './plan-change'
import { readPeople, type PreparedChange } from './prepare-change'
import { readChange, type ReadChange, type UserChange } from './read-change'
import { rememberUser } from './remembered'
import { gone, type UserAnswer } from './shared'
import { inTurn } from './turns'
import { updateUserList, type Updated } from './write'

/**
 * Changes users, each named once. `show` makes of each what the caller needs of it: the people of a long
 * list are not in memory together.
 */
export async function changeUsers<Shown>(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly UserChange[],
  show: (answer: UserAnswer) => Shown,
): Promise<Result<Shown, ScimError>[]> {
  const results = new Map<string, Result<Shown, ScimError>>()
  const changes = list.map((change) => readChange(request, change))
  for (const { id, problem } of changes) if (problem) results.set(id, err(problem))
  const progress = { results, show, taken: new Set<string>(), lost: new Set<string>() }
  const names = list.map(({ id }) => `${request.credential.tenantId}/${id}`)
  const ids = changes.map(({ id }) => id)
  const { refusal } = await inTurn(names, () =>
    guardedList(
      changes,
      (part, holdsLosses) => changeAll(database, request, part, progress, holdsLosses),
      () => countAllowedChanges(database, request.credential, ids, progress.lost),
    ),
  )
  await settleHeld(database, request.credential, causeOf(request))
  const missing = err(refusal ? refusedAs(refusal, userType) : scimError('unavailable'))
  return list.map(({ id }) => results.get(id) ?? missing)
}

/** Progress of a list of changes. */
interface Progress<Shown> {
  readonly results: Map<string, Result<Shown, ScimError>>
  readonly show: (answer: UserAnswer) => Shown
  /** Ids of those whose new userName is taken, and who keep the old one while being switched off. */
  readonly taken: Set<string>
  /** Ids of those whom the last try would have taken from the application. */
  readonly lost: Set<string>
}

/**
 * Makes the changes that have no result yet, step by step; those whose user another writer has changed
 * meanwhile, anew.
 */
async function changeAll<Shown>(
  database: D1Database,
  request: DirectoryRequest,
  changes: readonly ReadChange[],
  progress: Progress<Shown>,
  holdsLosses: boolean,
): Promise<Result<undefined, Refusal>> {
  const { results } = progress
  const left = () => changes.filter(({ id }) => !results.has(id))
  while (left().length > 0) {
    const changed = await untilNotOvertaken(request, async () => {
      const pending = left()
      const outcome = await changeOnce(database, request, pending, progress, holdsLosses)
      if (!outcome.ok) return outcome.error.kind === 'version' ? undefined : outcome
      return pending.slice(0, outcome.value).every(({ id }) => results.has(id))
        ? ok(undefined)
        : undefined
    })
    if (!changed?.ok) return changed ?? ok(undefined)
  }
  return ok(undefined)
}

/**
 * Adds the results of all but those whose user was changed by another writer meanwhile. Answers how many
 * changes, from the first one on, it was about.
 */
async function changeOnce<Shown>(
  database: D1Database,
  request: DirectoryRequest,
  list: readonly ReadChange[],
  progress: Progress<Shown>,
  holdsLosses: boolean,
): Promise<Result<number, Refusal>> {
  const { credential } = request
  const { results, show, taken } = progress
  const read = await readPeople(database, credential, list, taken)
  if (!read.ok) return read
  const { count, prepared, refused, type, isUnread } = read.value
  for (const [id, error] of refused) results.set(id, err(error))
  for (const { change, old, documents, reading } of prepared) {
    if (documents) continue
    const user = asText(old, { attributes: JSON.stringify(old.attributes) })
    rememberUser(credential, user)
    results.set(change.id, ok(show({ user, passed: passedIn(reading, change.id, false) })))
  }
  const observed = newlyObserved(userTypeOf(credential), type)
  const steps = stepsByName(prepared)
  for (const step of steps) {
    // What was observed moves the revision that every part requires: it comes last.
    const shown = step === steps.at(-1) ? observed : undefined
    const written = await writeStep(database, request, step, progress, {
      holdsLosses,
      isUnread,
      observed: shown,
    })
    if (!written.ok) return written
    // Who was remembered is another by now, or gone: this time all is read.
    if (written.value === 'stale') return changeOnce(database, request, list, progress, holdsLosses)
  }
  return ok(count)
}

/**
 * Writes people as they were prepared, in as few batches as they fit into. Answers `stale` when the
 * only one was remembered, and was not written.
 */
async function writeStep<Shown>(
  database: D1Database,
  request: DirectoryRequest,
  step: readonly PreparedChange[],
  { results, show, taken, lost }: Progress<Shown>,
  context: Pick<Parameters<typeof updateUserList>[2], 'holdsLosses' | 'isUnread' | 'observed'>,
): Promise<Result<'done' | 'stale', Refusal>> {
  const { credential } = request
  const { holdsLosses, isUnread, observed } = context
  const stored = new Map(step.map((one) => [one.change.id, one.stored]))
  const names = step.map(({ after }) => userNameKey(after))
  const ids = step.map(({ change }) => change.id)
  const seen = await findSeenPeople(database, credential, ids, names)
  if (!seen.ok) return seen
  const { plans, writes, readings } = planChanges(request, step, seen.value, holdsLosses)
  if (plans.length === 0) return ok('done')
  lost.clear()
  for (const { isLost, overlay } of plans) if (isLost) lost.add(overlay.id)
  const applied = new Set(readings.flatMap((reading) => [...reading.applied]))
  const cause = causeOf(request, { applied, passed: [] })
  const now = Date.now()
  const unobserved = { cause, now, holdsLosses, operation: crypto.randomUUID(), isUnread }
  // The rows of the overlay are one value of the batch.
  const parts = partsOf(plans, overlayBytes, listBytes).flatMap((part) =>
    partsOf(part, (plan) => boundBytes(plan, writes.get(plan.overlay.id))),
  )
  for (const part of parts) {
    const isLast = part === parts.at(-1)
    const whole = isLast ? { ...unobserved, observed } : unobserved
    const written = part.flatMap(({ overlay }) => writes.get(overlay.id) ?? [])
    const updated = await updateUserList(database, credential, whole, written, part)
    if (!updated.ok) return updated
    const isStale = isUnread && written.some(({ id }) => !updated.value.written.has(id))
    if (isStale) return ok('stale')
    for (const write of written) {
      const { id, documents, old, reading, events } = write
      if (updated.value.written.has(id)) {
        const groups = updated.value.groups.get(id) ?? old.groups
        const { attributes } = documents
        const version = old.version + 1
        const user = asText(old, { attributes, groups, version, updatedAt: now })
        rememberUser(credential, user)
        noteResource(credential, stored.get(id), attributes)
        const passed = passedIn(reading, id, events.length > 0)
        results.set(id, ok(show({ user, passed, observed })))
        continue
      }
      const refusal = notWritten(write, updated.value, taken)
      if (refusal) results.set(id, err(refusal))
    }
  }
  return ok('done')
}

/** A person with the text of the attributes, and what else is another by now. */
function asText(
  { text: _text, ...old }: StoredUser,
  now: Pick<UserText, 'attributes'> & Partial<UserText>,
): UserText {
  return { ...old, ...now }
}

/** The refusal of a write that D1 passed over; undefined to try again. Notes in `taken` a taken name. */
function notWritten(
  { id, old, mayKeepName }: PlannedWrite,
  { versions }: Updated,
  taken: Set<string>,
): ScimError | undefined {
  const version = versions.get(id)
  if (version === undefined) return gone().error
  if (version !== old.version) return undefined
  if (!mayKeepName || taken.has(id)) return scimError('userNameTaken')
  taken.add(id)
  return undefined
}

function overlayBytes({ overlay }: PersonPlan): number {
  return bytesAtMost(boundOverlay(overlay))
}

/** Bytes of a change as values of its batch, at most: the documents, the events, the overlay. */
function boundBytes(plan: PersonPlan, write: PlannedWrite | undefined): number {
  const { documents, events = [] } = write ?? {}
  return overlayBytes(plan) + documentBytes(documents) + bytesAtMost(JSON.stringify(events))
}

/** Both documents may be bound as a patch that is up to twice as long as the attributes. */
function documentBytes(documents: Documents | undefined): number {
  if (!documents) return 0
  const attributes = bytesAtMost(documents.attributes)
  return attributes + Math.max(attributes, bytesAtMost(JSON.stringify(documents.searchValues)))
}
