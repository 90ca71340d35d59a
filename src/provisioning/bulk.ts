/**
 * `/Bulk` (RFC 7644 section 3.7). Operations of one kind that follow each other are done together,
 * in few D1 batches: Workers may ask D1 a limited number of times per request.
 */
import { messageRefusal, withCredential } from './handler'
import { readBodyBeside } from './body'
import type { RefusedOperation, ScimContext } from './context'
import { notePassedOver } from './record'
import { reply, replyError } from './reply'
import { logFailure } from '../failure'
import { groupCharacters } from '../limits'
import { err, ok, type Result } from '../result'
import type { BulkOperation, PlannedOperation } from '../scim/bulk/operation'
import { planBulk } from '../scim/bulk/plan'
import { quote, scimError, type ScimError } from '../scim/error'
import { errorBody, statusOf } from '../scim/error-body'
import { groupType } from '../scim/group'
import { textOf } from '../scim/json'
import { messageUrns } from '../scim/profile'
import { nothingPassed, passedLate, type Passed } from '../scim/passed-over/notes'
import { passedByTeam } from '../teams/passed'
import { locationOf, teamTag, userTag } from '../scim/representation'
import type { SeenSchema } from '../scim/schema'
import { withoutSecrets } from '../scim/text/secrets'
import { userType } from '../scim/user'
import type { TeamAnswer } from '../teams/commands'
import { changeUsers } from '../users/change'
import { createUsers } from '../users/create'
import { deleteUsers } from '../users/delete'
import type { UserAnswer } from '../users/shared'
import { isPossibleId } from '../scim/notation/id'
import { callTeam, teamRequest } from './team-call'
import { directoryRequest } from './request'
import { takesEndpoint } from './tolerate'
import { noteObserved } from './show'

interface Done {
  /** The entity tag of the resource, if there is one now. */
  readonly tag: string | undefined
  readonly passed: Passed
  readonly observed?: readonly SeenSchema[] | undefined
}

/** The outcome of an operation. */
type Outcome = Result<Done, ScimError>

/** Answers a Bulk request (RFC 7644 section 3.7): 200 with the outcome of each operation. */
export async function postBulk(c: ScimContext): Promise<Response> {
  const read = await readBodyBeside(c)
  if (!read.ok) return replyError(c, read.error)
  const { body, problem } = read.value
  const checked = await withCredential(c, () => {
    const refused = messageRefusal(c, body, messageUrns.bulk)
    return Promise.resolve(refused ? err(refused) : ok(undefined))
  })
  if (!checked.ok) return replyError(c, checked.error)
  // No batch of D1 was part of this.
  c.set('isConfirmed', false)
  const plan = planBulk(body, () => crypto.randomUUID(), {
    takesOtherCase: (endpoint) => takesEndpoint(c, endpoint),
    inexact: problem,
  })
  if (!plan.ok) return replyError(c, plan.error)
  const { failOnErrors, operations } = plan.value
  c.set('mayHaveChanged', true)
  const outcomes = new Map<number, Outcome>()
  let errors = 0
  for (let next = 0; next < operations.length;) {
    if (failOnErrors !== undefined && errors >= failOnErrors) break
    const broken = brokenReference(operations, next, outcomes)
    const group = broken
      ? operations.slice(next, next + 1)
      : groupAt(operations, next, failOnErrors !== undefined, outcomes)
    const left = failOnErrors === undefined ? undefined : failOnErrors - errors
    const run = broken ? ok([broken]) : await withCredential(c, () => runGroup(c, group, left))
    const results =
      !run.ok && run.error.code === 'tenantFull' ? ok(group.slice(0, left).map(() => run)) : run
    const isAnswered = [...outcomes.values()].some((outcome) => outcome.ok)
    // Whoever has been told nothing yet is told that the token does not hold.
    if (!results.ok && !isAnswered) return replyError(c, results.error)
    if (!results.ok) {
      for (const { index } of operations.slice(next)) outcomes.set(index, results)
      break
    }
    results.value.forEach((outcome, index) => {
      const operation = group[index]
      if (operation) outcomes.set(operation.index, outcome)
      if (outcome.ok) {
        noteObserved(c, outcome.value.observed)
        notePassedOver(c, outcome.value.passed)
      } else errors += 1
    })
    next += group.length
    // A group stops after the last error that `failOnErrors` accepts (RFC 7644 section 3.7.3).
    if (results.value.length < group.length) break
  }
  for (const passed of danglingIn(operations, outcomes)) notePassedOver(c, passed)
  // Refusals alone may have needed no batch that would have checked the token.
  if ([...outcomes.values()].every((outcome) => !outcome.ok)) c.set('isConfirmed', false)
  const answered = operations
    .toSorted((left, right) => left.index - right.index)
    .flatMap((operation) => {
      const outcome = outcomes.get(operation.index)
      return outcome ? [{ operation, outcome }] : []
    })
  c.set(
    'refusedOperations',
    answered.flatMap(({ operation, outcome }) =>
      outcome.ok ? [] : [refusedOperation(operation, outcome.error)],
    ),
  )
  return reply(c, 200, {
    schemas: ['urn:ietf:params:scim:api:messages:2.0:BulkResponse'],
    Operations: answered.map(({ operation, outcome }) => show(c, operation, outcome)),
  })
}

/** The refusal of an operation that refers to what could not be created. */
function brokenReference(
  operations: readonly PlannedOperation[],
  place: number,
  outcomes: ReadonlyMap<number, Outcome>,
): Outcome | undefined {
  const operation = operations[place]
  const failed = operation?.needs.find((creator) => outcomes.get(creator)?.ok === false)
  if (failed === undefined || !operation?.ok) return undefined
  const { bulkId = '' } = operations.find(({ index }) => index === failed) ?? {}
  return err(scimError('failedReference', { bulkId: quote(bulkId) }))
}

/** Of operations that refer to each other the first is done before it is known what becomes of the others. */
function danglingIn(
  operations: readonly PlannedOperation[],
  outcomes: ReadonlyMap<number, Outcome>,
): readonly Passed[] {
  return operations.flatMap((operation) => {
    const isDone = operation.ok && outcomes.get(operation.index)?.ok
    const failed = operation.needs.filter((creator) => !outcomes.get(creator)?.ok)
    return isDone
      ? failed.map((creator) => {
          const { bulkId = '' } = operations.find(({ index }) => index === creator) ?? {}
          const why = 'It was not created: the reference to it names nobody.'
          return passedLate('brokenReference', `bulkId:${bulkId}`, why, operation.value.id)
        })
      : []
  })
}

/**
 * Operations that are done together: of one kind, on users each named once, not too large, and none
 * that refers to another: it waits to see what becomes of that.
 */
function groupAt(
  operations: readonly PlannedOperation[],
  start: number,
  isCautious: boolean,
  outcomes: ReadonlyMap<number, Outcome>,
): PlannedOperation[] {
  const first = operations[start]
  if (!first) return []
  const kind = kindOf(first)
  const group = [first]
  if (kind === 'alone' || (isCautious && kind !== 'create')) return group
  const ids = new Set(first.ok ? [first.value.id] : [])
  let size = sizeOf(first)
  for (const operation of operations.slice(start + 1)) {
    size += sizeOf(operation)
    const isFitting = kindOf(operation) === kind && size <= groupCharacters && operation.ok
    if (!isFitting || ids.has(operation.value.id)) break
    if (!operation.needs.every((creator) => outcomes.get(creator)?.ok)) break
    ids.add(operation.value.id)
    group.push(operation)
  }
  return group
}

function kindOf(operation: PlannedOperation): 'create' | 'change' | 'delete' | 'alone' {
  if (!operation.ok || operation.value.endpoint === '/Groups') return 'alone'
  switch (operation.value.method) {
    case 'POST':
      return 'create'
    case 'PUT':
    case 'PATCH':
      return 'change'
    case 'DELETE':
      return 'delete'
  }
}

function sizeOf(operation: PlannedOperation): number {
  return operation.ok ? JSON.stringify(operation.value.data).length : 0
}

/**
 * A refused credential, and a tenant that is full, fails the group as a whole, so that it can be run again. A group that throws
 * fails alone: the operations before it have been done, and those after it will be.
 */
async function runGroup(
  c: ScimContext,
  group: readonly PlannedOperation[],
  maximumErrors: number | undefined,
): Promise<Result<Outcome[], ScimError>> {
  const outcomes = await runOperations(c, group, maximumErrors).catch((error: unknown) => {
    logFailure('A part of a Bulk failed', c.get('requestId'), error)
    return group.map((): Outcome => err(scimError('unforeseen')))
  })
  const isFull = outcomes.every((outcome) => !outcome.ok && outcome.error.code === 'tenantFull')
  const refused = isFull
    ? outcomes[0]
    : outcomes.find((outcome) => !outcome.ok && outcome.error.code === 'unauthorized')
  return refused && !refused.ok ? refused : ok(outcomes)
}

async function runOperations(
  c: ScimContext,
  group: readonly PlannedOperation[],
  maximumErrors: number | undefined,
): Promise<Outcome[]> {
  const [first] = group
  if (first && !first.ok) return [first]
  const operations = group.flatMap((operation) => (operation.ok ? [operation.value] : []))
  const [only] = operations
  if (!first || !only) return []
  const { DB } = c.env
  const request = directoryRequest(c)
  switch (kindOf(first)) {
    case 'create': {
      const list = operations.map(({ id, data }) => ({ id, body: data }))
      return (await createUsers(DB, request, list, maximumErrors)).map((result) =>
        result.ok ? ok(doneToUser(result.value)) : result,
      )
    }
    case 'change': {
      const list = operations.map(({ id, version, method, data, problem }) => ({
        id,
        ifMatch: version,
        method: method === 'PUT' ? ('PUT' as const) : ('PATCH' as const),
        body: data,
        problem,
      }))
      return changeUsers(DB, request, list, doneToUser)
    }
    case 'delete': {
      const list = operations.map(({ id, version }) => ({ id, ifMatch: version }))
      return (await deleteUsers(DB, request, list)).map(deleted)
    }
    case 'alone':
      return [await runOnTeam(c, only)]
  }
}

async function runOnTeam(c: ScimContext, operation: BulkOperation): Promise<Outcome> {
  const { id, method, version, data } = operation
  if (!isPossibleId(id)) {
    return err(scimError('resourceNotFound', { resourceType: groupType.name }))
  }
  const request = { ...teamRequest(c, id, 'none'), ifMatch: version }
  switch (method) {
    case 'POST':
      return doneToTeam(await callTeam(c, request, (team, call) => team.create(call, data)))
    case 'PUT':
      return doneToTeam(await callTeam(c, request, (team, call) => team.replace(call, data)))
    case 'PATCH':
      return doneToTeam(await callTeam(c, request, (team, call) => team.patch(call, data)))
    case 'DELETE':
      return deleted(await callTeam(c, request, (team, call) => team.delete(call)))
  }
}

function doneToUser({ user, passed, observed }: UserAnswer): Done {
  return { tag: userTag(user), passed, observed }
}

function doneToTeam(result: Result<TeamAnswer, ScimError>): Outcome {
  if (!result.ok) return result
  const { team, observed } = result.value
  return ok({ tag: teamTag(team), passed: passedByTeam(result.value), observed })
}

function deleted(result: Result<undefined, ScimError>): Outcome {
  return result.ok ? ok({ tag: undefined, passed: nothingPassed }) : result
}

/** For the log: the code of its refusal stands nowhere in the answer. */
function refusedOperation(operation: PlannedOperation, error: ScimError): RefusedOperation {
  const subject = operation.ok
    ? textOf(operation.value.data['userName']) || textOf(operation.value.data['displayName'])
    : ''
  return {
    method: operation.method.toUpperCase().slice(0, 10),
    path: withoutSecrets(operation.path.slice(0, 200)),
    subject: subject === '' ? undefined : subject.slice(0, 200),
    data: operation.ok ? operation.value.data : undefined,
    error,
  }
}

/** One operation of the answer (RFC 7644 section 3.7.3). */
function show(c: ScimContext, operation: PlannedOperation, outcome: Outcome) {
  const { method, bulkId } = operation
  const isNew = method.toUpperCase() === 'POST'
  const type = operation.ok && operation.value.endpoint === '/Users' ? userType : groupType
  const hasLocation = operation.ok && (outcome.ok || !isNew)
  const location = hasLocation
    ? { location: locationOf(type, operation.value.id, c.get('baseUrl')) }
    : {}
  const shown = { method, ...(bulkId === undefined ? {} : { bulkId }), ...location }
  if (!outcome.ok) {
    const { error } = outcome
    return { ...shown, status: String(statusOf(error)), response: errorBody(error) }
  }
  const { tag } = outcome.value
  const status = isNew ? '201' : tag === undefined ? '204' : '200'
  return { ...shown, ...(tag === undefined ? {} : { version: tag }), status }
}
