/** What a change of a person says, and what it makes of the person. */
import { ok, type Result } from '../result'
import { applyChanges } from '../scim/patch/apply'
import type { ScimError } from '../scim/error'
import type { JsonObject } from '../scim/json'
import { readPatch } from '../scim/patch/parse'
import { messageUrns, noteSchemas, refusedTolerance } from '../scim/profile'
import { representUser, type StoredUser } from '../scim/representation'
import type { Resource } from '../scim/resource'
import { forkReading, type Reading } from '../scim/tolerance'
import type { DirectoryRequest } from '../directory/request'
import type { Checked } from '../directory/validate'
import { keep, readBody, startUserReading } from './shared'
import { err } from '../result'

export interface UserChange {
  readonly id: string
  readonly ifMatch: string | undefined
  /** PUT: what the body leaves out is cleared, but nobody is switched on or off by silence. */
  readonly method: 'PUT' | 'PATCH'
  readonly body: JsonObject
}

/** A person after a change, with what the change needed. */
interface Changed extends Checked {
  readonly reading: Reading
}

/** A change that was read. */
export interface ReadChange extends UserChange {
  /** True when it says whether the person is active. */
  readonly statesActive: boolean
  /** Set when it is refused, whomever it is about. */
  readonly problem: ScimError | undefined
  /** Answers the person after the change; may be called again for another version. */
  readonly apply: (before: StoredUser) => Result<Changed, ScimError>
}

/** One reading of a change. */
interface Way {
  readonly reading: Reading
  readonly statesActive: boolean
  /** Notes in `reading` what it needs; that is a copy for each version of the person. */
  readonly apply: (reading: Reading, before: StoredUser) => Result<Resource, ScimError>
}

/** Reads a change of a person. */
export function readChange(request: DirectoryRequest, change: UserChange): ReadChange {
  const way = readWay(request, change)
  if (!way.ok) return { ...change, statesActive: false, problem: way.error, apply: () => way }
  return {
    ...change,
    statesActive: way.value.statesActive,
    problem: undefined,
    apply: (before) => applyWay(request, way.value, before),
  }
}

function readWay(request: DirectoryRequest, change: UserChange): Result<Way, ScimError> {
  const reading = startUserReading(request)
  return change.method === 'PUT'
    ? readReplacement(reading, change.body)
    : readOperations(reading, change.body)
}

function readReplacement(reading: Reading, body: JsonObject): Result<Way, ScimError> {
  const read = readBody(reading, body)
  if (!read.ok) return read
  const statesActive = read.value['active'] !== undefined
  return ok({ reading, statesActive, apply: () => read })
}

function readOperations(reading: Reading, body: JsonObject): Result<Way, ScimError> {
  noteSchemas(reading, body, messageUrns.patch)
  const read = readPatch(reading, body)
  if (!read.ok) return read
  const statesActive = read.value.some(
    (one) => one.kind === 'attribute' && one.path.attribute.name === 'active',
  )
  const apply: Way['apply'] = (fork, before) =>
    applyChanges(fork, before.attributes, read.value, representUser(before, ''))
  return ok({ reading, statesActive, apply })
}

function applyWay(
  request: DirectoryRequest,
  way: Way,
  before: StoredUser,
): Result<Changed, ScimError> {
  const reading = forkReading(way.reading)
  const changed = way.apply(reading, before)
  const refused = refusedTolerance(reading)
  if (!changed.ok) return changed
  if (refused) return err(refused)
  const kept = keep(request, before.attributes, changed.value)
  return kept.ok ? ok({ ...kept.value, reading }) : kept
}
