/** One person in time: what the provider said, what Rollcall did, and what the product knows. */
import { readExchanges, type Exchange } from '../../activity/problems'
import type { Activity, LineKey } from '../../activity/rows'
import type { HeldChange } from '../../guard/changes'
import { isObject, textOf, type Json } from '../../scim/json'
import type { Tenant } from '../../tenants/tenant'
import { ExchangeTexts } from '../activity/exchange'
import { titleOf } from '../activity/failures'
import { lineText } from '../activity/forms'
import { sentenceOf } from '../guard/sentences'
import { problemPath } from '../problems/page'
import { readRemedies, remedyFor } from '../activity/remedies'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { Badge, CopyButton, Table } from '../shell/components'
import { Time } from '../shell/time'
import { personQuery } from './forms'
import { loadPerson, type Person } from './load'
import { sentenceAbout } from './sentence'
import { toldOf, type Receiver, type Told } from './told'

export async function showPerson(c: AdminContext) {
  const { tenant } = c.var
  const { id, name } = personQuery.parse(c.req.query())
  const loaded = await loadPerson(c, id, name)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const person = loaded.value
  const { user, held, activity, problems } = person
  if (!user && held.length + activity.length + problems.length === 0) return showNotFound(c)
  const come = id === '' ? problems.find(({ isOver, presentId }) => isOver && presentId) : undefined
  if (come?.presentId) {
    // Whoever was refused under this name has come, maybe under another.
    const there = new URLSearchParams({ id: come.presentId, name })
    return c.redirect(tenantPath(tenant, `/person?${there.toString()}`), 303)
  }
  const open = problems.find(({ isOver }) => !isOver)
  const exchanges = await readExchanges(c.env.DB, tenant.id, open ? [open.seq] : [])
  if (!exchanges.ok) return showRefusal(c, exchanges.error)
  const remedy = open ? remedyFor(open, tenant, await readRemedies(c)) : ''
  const exchange = open && exchanges.value.get(open.seq)
  return show(c, <PersonInTime {...{ tenant, person, remedy, exchange }} />)
}

function PersonInTime(props: {
  readonly tenant: Tenant
  readonly person: Person
  readonly remedy: string
  readonly exchange: Exchange | undefined
}) {
  const { tenant, person, remedy, exchange } = props
  const { id, user, teams, userName, namesake, problems, held, activity, receivers, provider } =
    person
  const open = problems.find(({ isOver }) => !isOver)
  const changes = activity.flatMap(({ at, changes = [] }) =>
    changes.toReversed().map((change) => ({ ...change, at })),
  )
  const [latest] = changes
  // The state of a person is told by events of the person, not by those of teams.
  const own = changes.find(({ type }) => type.startsWith('user.'))
  const name = (!user && open?.name) || userName || id
  const sentence = sentenceAbout({
    name,
    tenantName: tenant.name,
    provider,
    present: user && { isActive: user.attributes['active'] !== false, teams },
    namesake,
    held: held.find(({ kind }) => kind === 'user') ?? held[0],
    problem: open,
    last: own &&
      latest && {
        type: own.type,
        at: own.at,
        told: toldOf(latest, receivers).text,
      },
    remedy,
  })
  const lines = [
    ...held.map((change) => lineOfHeld(change)),
    ...activity.map((entry) => lineOf(entry, receivers)),
  ].toSorted((left, right) => right.at - left.at)
  return (
    <TenantLayout tenant={tenant} section="users" title={name}>
      <h1>{name}</h1>
      <section class="card" aria-labelledby="sentence-title">
        <h2 id="sentence-title">For the ticket</h2>
        <p id="sentence">{sentence}</p>
        <p class="actions after">
          <CopyButton of="sentence" what="the sentence" />
          {user || held.length > 0 ? (
            <a href={tenantPath(tenant, `/users/${encodeURIComponent(id)}`)}>All attributes</a>
          ) : null}
          {open ? <a href={problemPath(tenant, open)}>The problem</a> : null}
        </p>
      </section>
      <section class="card" aria-labelledby="time">
        <h2 id="time">In time, the latest first</h2>
        {lines.length === 0 ? (
          <p class="empty">The log has nothing of this person any more.</p>
        ) : (
          <Table
            caption="What was said, done and told"
            columns={['When', `${provider} said`, 'Rollcall did', 'The product knows']}
            rows={lines.map(({ at, said, did, told, requestId, key }) => [
              <Time at={at} />,
              said,
              <div>
                <Badge state={did.state}>{did.text}</Badge>
                {did.more ? ` ${did.more}` : ''}
                <div class="hint">
                  request{' '}
                  {key ? (
                    <a href={tenantPath(tenant, `/activity?line=${lineText(key)}`)}>
                      <code>{requestId}</code>
                    </a>
                  ) : (
                    <code>{requestId}</code>
                  )}
                </div>
              </div>,
              told ? (
                <div>
                  <Badge state={told.state}>{toldWords[told.state]}</Badge> {told.text}
                </div>
              ) : (
                'Nothing to know.'
              ),
            ])}
          />
        )}
      </section>
      {open ? (
        <section class="card" aria-labelledby="exchange">
          <h2 id="exchange">The latest refused request</h2>
          <ExchangeTexts exchange={exchange} days={tenant.settings.retention.exchanges} />
        </section>
      ) : null}
    </TenantLayout>
  )
}

const toldWords = { good: 'Told', warn: 'Waiting', idle: 'Not told' } as const

interface Line {
  readonly at: number
  readonly requestId: string
  /** Its line in the log; what is held has none. */
  readonly key?: LineKey
  readonly said: string
  readonly did: {
    readonly state: 'good' | 'bad' | 'warn' | 'idle'
    readonly text: string
    readonly more?: string
  }
  /** Undefined for what the product has no part in. */
  readonly told: Told | undefined
}

const wishes = new Map([
  ['user.created', 'Create the person'],
  ['user.updated', 'Change the person'],
  ['user.deactivated', 'Suspend the person'],
  ['user.reactivated', 'Bring the person back'],
  ['user.deleted', 'Delete the person'],
])

function lineOf(activity: Activity, receivers: readonly Receiver[]): Line {
  const { at, key, cause, failure, request, changes = [] } = activity
  const common = { at, key, requestId: cause.requestId }
  if (failure) {
    const { method, path, code, status } = failure
    const more = `${titleOf(code)} (${code}, status ${status})`
    const did = { state: 'bad' as const, text: 'Refused', more }
    return { ...common, said: `${method} ${path}`, did, told: undefined }
  }
  if (request) {
    const did = { state: 'warn' as const, text: 'Passed over', more: passedText(activity) }
    return { ...common, said: `${request.method} ${request.path}`, did, told: undefined }
  }
  const said = changes.map((change) => {
    const { type, name, changes: values } = change
    if (type === 'team.member_added') return `Put into the team ${name}`
    if (type === 'team.member_removed') return `Take out of the team ${name}`
    const isOfPerson = type.startsWith('user.') && type !== 'user.created'
    const attributes = isOfPerson && isObject(values) ? Object.entries(values) : []
    const shown = attributes.filter(([name]) => type === 'user.updated' || name !== 'active')
    const wish = wishes.get(type) ?? type
    return shown.length === 0 ? wish : `${wish}: ${shown.map(changeText).join(', ')}`
  })
  const last = changes.at(-1)
  const told = last && toldOf({ ...last, at }, receivers)
  const all = said.join('; ')
  const { decision } = cause
  if (decision !== undefined) {
    // What the provider had said came before, and was held.
    const did = { state: 'good' as const, text: 'Decided', more: `${all}: ${decision}` }
    return { ...common, said: 'Nothing at this time', did, told }
  }
  return {
    ...common,
    said: all,
    did: { state: 'good', text: 'Stored', more: passedText(activity) },
    told,
  }
}

/** An attribute that changed: with both values where they are short texts, such as names. */
function changeText([name, change]: readonly [string, Json | undefined]): string {
  const { before, after } = isObject(change) ? change : {}
  const isShort = [before, after].every((value) => textOf(value) !== '')
  return isShort ? `${name} from ${textOf(before)} to ${textOf(after)}` : name
}

function passedText({ cause }: Activity): string {
  const passed = cause.passedOver ?? []
  return passed.length === 0 ? '' : `without ${passed.map(({ what }) => what).join(', ')}`
}

function lineOfHeld(change: HeldChange): Line {
  const isPending = change.state === 'held'
  return {
    at: change.at,
    requestId: change.cause.requestId,
    said: sentenceOf(change),
    did: { state: 'warn', text: isPending ? 'Stored and held' : 'Stored and discarded' },
    told: isPending
      ? { state: 'warn', text: 'The product is not told before somebody decides.' }
      : { state: 'idle', text: 'It is never told.' },
  }
}
