/** Reading of a change of a person: what it states, and the person after it. */
import { err, ok, type Result } from '../result'
import { applyChanges } from '../scim/patch/apply'
import { scimError, type ScimError } from '../scim/error'
import { reasonOf } from '../scim/error-body'
import type { Json, JsonObject } from '../scim/json'
import { seenIn } from '../scim/observed/observe'
import { readBeside } from '../scim/passed-over/beside'
import { passOver, remark } from '../scim/passed-over/notes'
import { remarkStated } from '../scim/passed-over/stated'
import { readPatch } from '../scim/patch/parse'
import { resolvePath } from '../scim/path'
import { isTolerated, notePatchSchemas, refusedTolerance } from '../scim/profile'
import { representUser, type StoredUser } from '../scim/representation'
import { withKept, type Resource } from '../scim/resource'
import { forkReading, startReading, type Reading } from '../scim/tolerance/reading'
import type { DirectoryRequest } from '../directory/request'
import type { Checked } from '../directory/validate'
import type { ResourceType } from '../scim/schema'
import type { Condition } from '../scim/version'
import { userTypeOf, type TenantSettings } from '../tenants/settings'
import { keep, readBody, startUserReading, withActive } from './shared'

export interface UserChange {
  readonly id: string
  readonly ifMatch: Condition | undefined
  /** PUT: what the body leaves out is cleared, but nobody is switched on or off by silence. */
  readonly method: 'PUT' | 'PATCH'
  readonly body: JsonObject
  /** Refusal of a body that can be read: numbers that cannot be kept. */
  readonly problem?: ScimError | undefined
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
  /**
   * Answers the person after the change; may be called again for another version. `keepsName` when
   * the userName that it gives is known to be taken.
   */
  readonly apply: (before: StoredUser, keepsName: boolean) => Result<Changed, ScimError>
  /** True when the userName may stay as it is, for a person who is switched off. */
  readonly mayKeepName: boolean
}

/** One reading of a change. */
interface Way {
  readonly reading: Reading
  /** The value of `active`, if stated; the last one counts. */
  readonly active: Json | undefined
  /** Notes in `reading` what it needs; that is a copy for each version of the person. */
  readonly apply: (reading: Reading, before: StoredUser) => Result<Resource, ScimError>
}

/**
 * Reads a change of a person. One that is refused, and makes the person inactive, is read so that
 * what stands beside that is passed over.
 */
export function readChange(request: DirectoryRequest, change: UserChange): ReadChange {
  const known = userTypeOf(request.credential)
  const first = readWays(request, change, known)
  const apply: ReadChange['apply'] = (before, keepsName) => {
    // What a person holds that was never seen can be changed like all the rest.
    const type = seenIn(known, before.attributes)
    const { strict, beside } = type === known ? first : readWays(request, change, type)
    const taken = strict.ok ? applyWay(request, strict.value, before, keepsName) : strict
    const second = taken.ok ? undefined : beside()
    const changed = second ? applyWay(request, second, before, keepsName) : taken
    return changed.ok && (!second || changed.value.attributes['active'] === false) ? changed : taken
  }
  const { strict, beside, mayBeBeside } = first
  const active = strict.ok ? strict.value.active : beside()?.active
  return {
    ...change,
    statesActive: active !== undefined,
    problem: strict.ok || active === false ? undefined : strict.error,
    apply,
    mayKeepName: active === false && mayBeBeside,
  }
}

/** Readings of a change: as it stands, and, once that is asked for, as a deactivation alone. */
interface Ways {
  readonly strict: Result<Way, ScimError>
  readonly beside: () => Way | undefined
  /** False where the profile refuses what stands beside a deactivation. */
  readonly mayBeBeside: boolean
}

function readWays(request: DirectoryRequest, change: UserChange, type: ResourceType): Ways {
  const strict = change.problem
    ? err(change.problem)
    : readWay(startUserReading(request, type), request, change)
  const mayBeBeside = isTolerated(request.credential.settings, 'besideDeactivation')
  let found: Way | undefined
  let isRead = false
  const beside = () => {
    const reading = isRead ? undefined : readBeside(startUserReading(request, type))
    const read = reading && readWay(reading, request, change)
    isRead = true
    if (read?.ok && read.value.active === false) found = read.value
    return found
  }
  return { strict, beside, mayBeBeside }
}

function readWay(
  reading: Reading,
  { credential }: DirectoryRequest,
  { method, body }: UserChange,
): Result<Way, ScimError> {
  return method === 'PUT'
    ? readReplacement(reading, credential.settings, body)
    : readOperations(reading, body)
}

const staysActive = 'The request came without "active": the person stays active.'

function readReplacement(
  reading: Reading,
  settings: TenantSettings,
  body: JsonObject,
): Result<Way, ScimError> {
  const read = readBody(reading, body)
  if (!read.ok) return read
  const unnamed = reading.beside && unnamedAttribute(reading, body)
  if (unnamed) return err(scimError('missingAttribute', { attribute: unnamed }))
  const resource = withActive(reading, settings, read.value)
  const apply: Way['apply'] = (fork, before) => {
    remarkStated(fork, () => representUser(before, ''))
    const isSilent = resource['active'] === undefined && before.attributes['active'] !== false
    if (isSilent) remark(fork, 'withoutActive', 'active', staysActive)
    return ok(withKept(fork, before.attributes, resource))
  }
  return ok({ reading, active: resource['active'], apply })
}

/**
 * A required attribute that a body does not even name. Such a PUT is no whole person (RFC 7644 section 3.5.1),
 * and nothing in it stands beside a deactivation that could be passed over.
 */
function unnamedAttribute({ type, profile }: Reading, body: JsonObject): string | undefined {
  const reading = startReading(type, profile)
  const named = new Set(Object.keys(body).map((key) => resolvePath(reading, key)?.attribute.name))
  return type.schema.attributes.find(({ name, required }) => required && !named.has(name))?.name
}

function readOperations(reading: Reading, body: JsonObject): Result<Way, ScimError> {
  const read = readPatch(reading, body)
  if (!read.ok) return read
  notePatchSchemas(reading, body)
  const stated = read.value.findLast(
    (one) => one.kind === 'attribute' && one.path.attribute.name === 'active',
  )
  const isStating = read.value.some(({ kind }) => kind === 'stated')
  const apply: Way['apply'] = (fork, before) => {
    const shown = isStating ? representUser(before, '') : {}
    return applyChanges(fork, before.attributes, read.value, shown)
  }
  return ok({ reading, active: stated?.value, apply })
}

function applyWay(
  request: DirectoryRequest,
  way: Way,
  before: StoredUser,
  keepsName: boolean,
): Result<Changed, ScimError> {
  const reading = forkReading(way.reading)
  const changed = way.apply(reading, before)
  const refused = refusedTolerance(reading)
  if (!changed.ok) return changed
  if (refused) return err(refused)
  const after = keepsName ? withOldName(reading, before, changed.value) : changed.value
  const kept = keep(request, reading, before.attributes, after)
  return kept.ok ? ok({ ...kept.value, reading }) : kept
}

/** Another user has the name that a person gets while being switched off. */
function withOldName(reading: Reading, { attributes }: StoredUser, after: Resource): Resource {
  passOver(reading, 'besideDeactivation', 'userName', reasonOf(scimError('userNameTaken')))
  const { userName } = attributes
  return userName === undefined ? after : { ...after, userName }
}
