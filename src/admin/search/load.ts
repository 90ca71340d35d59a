/** All that is known of one person of a tenant, for the page in time. */
import { readActivityPage, type ActivityPage } from '../../activity/browse'
import { readProblemsAbout, type Problem } from '../../activity/problems'
import type { Activity } from '../../activity/rows'
import { readUser, type Entry } from '../../directory/browse'
import type { HeldChange } from '../../guard/changes'
import { readAbout } from '../../guard/review/views'
import { allOk, ok } from '../../result'
import { readNamesake, type Namesake } from '../../search/again'
import { fold } from '../../scim/filter/match'
import { textOf } from '../../scim/json'
import { readLastCall } from '../../tokens/last-call'
import { callerOf } from '../guide/caller'
import type { AdminContext } from '../shell/context'
import { aboutLimit } from '../guard/both-views'
import { readReceivers } from './receivers'
import type { Receiver } from './told'

/** Lines of the page. */
const maximumLines = 60

const last = Number.MAX_SAFE_INTEGER
const start = { event: last, refusal: last, passedOver: last }

export interface Person {
  readonly id: string
  readonly user: Entry | undefined
  readonly teams: number
  readonly userName: string
  /** Whoever has the user name of a person who is not here; undefined for nobody. */
  readonly namesake: Namesake | undefined
  readonly problems: readonly Problem[]
  readonly held: readonly HeldChange[]
  /** Requests about the person, the latest first. */
  readonly activity: readonly Activity[]
  readonly receivers: readonly Receiver[]
  readonly provider: string
}

/** A person by id, and by the user name of requests that were refused; one of them may be empty, and the two may differ. */
export async function loadPerson(c: AdminContext, id: string, name: string) {
  const { tenant } = c.var
  const database = c.env.DB
  const first = await allOk([
    readUser(database, tenant, id),
    readAbout(database, tenant.id, id || '-', aboutLimit),
    readLastCall(database, tenant.id),
    activityOf(id),
  ])
  if (!first.ok) return first
  const [found, held, lastCall, byId] = first.value
  const own = held.find(({ kind }) => kind === 'user')
  const attributes = found?.user.attributes ?? own?.released ?? {}
  const changes = byId.activity.flatMap((activity) => activity.changes ?? [])
  const named = changes.find((change) => change.resourceId === id && change.name !== '')
  const userName = textOf(attributes['userName']) || named?.name || name
  const externalId = textOf(attributes['externalId'])
  const second = await allOk([
    readProblemsAbout(database, tenant.id, { id, userName, externalId }),
    activityOf(userName),
    activityOf(fold(name) === fold(userName) ? '' : name),
    readNamesake(database, tenant.id, userName),
  ])
  if (!second.ok) return second
  const [problems, byName, byOther, sameName] = second.value
  const activity = merged([...byId.activity, ...byName.activity, ...byOther.activity], id, [
    userName,
    name,
  ]).slice(0, maximumLines)
  const events = activity.flatMap(({ at, changes: own = [] }) =>
    own.map(({ seq, type }) => ({ seq, type, at })),
  )
  const receivers = await readReceivers(c.env, tenant, events)
  if (!receivers.ok) return receivers
  const namesake = found || sameName?.id === id ? undefined : sameName
  return ok<Person>({
    id,
    user: found?.user,
    teams: found?.teams.length ?? 0,
    userName,
    namesake,
    problems,
    held,
    activity,
    receivers: receivers.value,
    provider: callerOf(tenant, lastCall),
  })

  /** An empty search would find everybody. */
  async function activityOf(search: string) {
    if (search === '') return ok<ActivityPage>({ activity: [], older: undefined })
    const query = { tenantId: tenant.id, before: start, limit: maximumLines, code: '', search }
    return readActivityPage(database, query)
  }
}

/** Each request once, about this person alone: a search finds parts of names as well. */
function merged(list: readonly Activity[], id: string, names: readonly string[]): Activity[] {
  const known = new Map<string, Activity>()
  const wanted = new Set(names.map(fold))
  for (const activity of list) {
    const { failure, request, changes = [], cause, at } = activity
    const own = changes.filter(
      (change) =>
        change.resourceId === id || change.memberId === id || (id === '' && isNamed(change.name)),
    )
    const path = failure?.path ?? request?.path ?? ''
    const isOwnPath = id !== '' && path === `/Users/${id}`
    // A request about somebody who is there under another id wanted this name.
    const isOthers = id !== '' && path.startsWith('/Users/') && failure?.code !== 'resourceNotFound'
    const isCalled = !isOthers && isNamed(failure?.subject ?? request?.subject)
    const isOwn = own.length > 0 || isOwnPath || isCalled
    const key = `${cause.requestId} ${activity.outcome} ${own[0]?.seq ?? at}`
    if (isOwn) known.set(key, own.length > 0 ? { ...activity, changes: own } : activity)
  }
  return [...known.values()].toSorted((left, right) => right.at - left.at)

  function isNamed(name: string | null | undefined): boolean {
    return Boolean(name) && wanted.has(fold(name ?? ''))
  }
}
