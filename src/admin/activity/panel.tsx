/** A line of the log in full. */
import type { Exchange } from '../../activity/problems'
import type { Activity } from '../../activity/rows'
import type { Tenant } from '../../tenants/tenant'
import { Panel, Row } from '../logs/panel'
import { CopyButton, plural } from '../shell/components'
import { For, tenantPath } from '../shell/context'
import { Time } from '../shell/time'
import { Changes } from '../shell/values'
import { ExchangeTexts } from './exchange'
import { titleOf } from './failures'
import { PassedOverList, toleranceText } from './passed-over'
import { remedyFor, type Remedies } from './remedies'
import { Outcome, sentenceOf, sourceOf, Subject, whatOf, Who } from './words'

/** A line, and what is kept of it; undefined for one that is no longer kept. */
export interface Detail {
  readonly activity: Activity
  readonly exchange: Exchange | undefined
}

interface PanelProps {
  readonly tenant: Tenant
  readonly detail: Detail | undefined
  /** Labels of tokens, by their ids. */
  readonly labels: ReadonlyMap<string, string>
  readonly remedies: Remedies
  /** Address of the list without the line. */
  readonly close: string
}

export function ActivityPanel(props: PanelProps) {
  const { detail, close } = props
  const gone = detail ? undefined : 'The log has nothing of this request any more.'
  return (
    <Panel close={close} gone={gone}>
      {detail ? <Line {...props} detail={detail} /> : null}
    </Panel>
  )
}

function Line({ tenant, detail, labels, remedies }: PanelProps & { readonly detail: Detail }) {
  const { activity, exchange } = detail
  const { at, cause, failure, request, changes = [] } = activity
  const { tolerated = [], passedOver = [], tokenId, requestId, decision } = cause
  const label = labels.get(tokenId)
  const tried = failure ?? request
  return (
    <>
      <h2 id="line-title">
        <Outcome activity={activity} /> {whatOf(activity)}
      </h2>
      <dl class="values">
        <Row name="Who">
          <Who {...{ tenant, activity }} /> <InTime {...{ tenant, activity }} />
        </Row>
        <Row name="Time">
          <Time at={at} look="medium" />
        </Row>
        <Row name="By">
          {sourceOf(activity)}
          {label === undefined ? '' : ` · token “${label}”`}
        </Row>
        {tried ? (
          <Row name="Sent">
            <code>
              {tried.method} {tried.path}
            </code>{' '}
            answered {tried.status}
          </Row>
        ) : null}
        <Row name="Request">
          <code id="line-request">{requestId}</code>{' '}
          <CopyButton of="line-request" what={`the request id ${requestId}`} />
        </Row>
        {decision === undefined ? null : <Row name="Decision">By {decision}.</Row>}
      </dl>
      {failure ? (
        <>
          <h3>
            {titleOf(failure.code)} <code class="second">{failure.code}</code>
          </h3>
          <p class="reason" id="line-reason">
            {failure.detail}
          </p>
          <Remedy reason={failure.detail}>
            {remedyFor({ ...failure, cause }, tenant, remedies)}
          </Remedy>
          <p>
            <CopyButton of="line-reason" what="the reason" />
          </p>
        </>
      ) : null}
      {changes.length === 0 ? null : (
        <Events {...{ tenant, changes }} isPart={activity.isPart === true} />
      )}
      <PassedOverList entries={passedOver} />
      {tolerated.length === 0 ? null : (
        <p class="hint">
          Tolerated:{' '}
          {tolerated.map((name, index) => (
            <>
              {index === 0 ? '' : '; '}
              {toleranceText(name)} (<code>{name}</code>)
            </>
          ))}
        </p>
      )}
      {failure ? (
        <ExchangeTexts exchange={exchange} days={tenant.settings.retention.exchanges} />
      ) : null}
    </>
  )
}

/** The remedy, unless the reason says it already. */
function Remedy({ reason, children }: { readonly reason: string; readonly children: string }) {
  return reason.includes(children) ? null : <p>What to do: {children}</p>
}

/** The way to the person in time, who may have been refused and be nowhere else. */
function InTime({ tenant, activity }: { readonly tenant: Tenant; readonly activity: Activity }) {
  const query = personOf(activity)
  if (!query) return null
  return (
    <For least="support">
      <a href={tenantPath(tenant, `/person?${new URLSearchParams(query).toString()}`)}>In time</a>
    </For>
  )
}

function personOf({
  failure,
  request,
  changes = [],
}: Activity): Record<string, string> | undefined {
  const tried = failure ?? request
  if (tried) {
    const [, id] = /^\/Users(?:\/([^/?]+))?$/.exec(tried.path) ?? [undefined, undefined]
    if (!tried.path.startsWith('/Users')) return undefined
    if (id !== undefined) return { id }
    return tried.subject === null ? undefined : { name: tried.subject }
  }
  const [first] = changes
  if (!first) return undefined
  if (first.memberId !== null) return { id: first.memberId }
  return first.type.startsWith('user.') ? { id: first.resourceId } : undefined
}

/** Changes of the request, each with its event. */
function Events(props: {
  readonly tenant: Tenant
  readonly changes: NonNullable<Activity['changes']>
  readonly isPart: boolean
}) {
  const { tenant, changes, isPart } = props
  return (
    <>
      <h3>{plural(changes.length, 'event')}</h3>
      {isPart ? <p class="hint">The request made more; these are beside the one chosen.</p> : null}
      <ol class="history">
        {changes.map((change) => (
          <li>
            <p>
              {sentenceOf(change)} <Subject tenant={tenant} change={change} />
              {change.memberId === null ? null : (
                <>
                  {' · '}
                  <a href={tenantPath(tenant, `/teams/${encodeURIComponent(change.resourceId)}`)}>
                    the team
                  </a>
                </>
              )}
              <span class="second">
                Event {change.seq} · <code>{change.type}</code>
              </span>
            </p>
            {change.memberId === null ? <Changes changes={change.changes} /> : null}
          </li>
        ))}
      </ol>
    </>
  )
}
