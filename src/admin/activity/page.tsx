/** The provisioning log of a tenant as a page: requests and their outcome, and one of them in full. */
import { readQuery } from '../../http/query'
import { readActivityPage, type ActivityPage } from '../../activity/browse'
import { readLine } from '../../activity/one-line'
import { readExchanges } from '../../activity/problems'
import type { ActivityPlace, LineKey } from '../../activity/rows'
import type { Child } from 'hono/jsx'
import type { HeldChange } from '../../guard/changes'
import { readLatest } from '../../guard/review/views'
import { allOk, ok } from '../../result'
import type { Tenant } from '../../tenants/tenant'
import { listTokens } from '../../tokens/store'
import { Beside, wantsPanelAlone } from '../logs/panel'
import { Way } from '../logs/range'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { showBadQuery, showRefusal } from '../shell/refusal'
import { exportedLines } from './export'
import { Filters, isFiltered, pathOf, type View } from './filters'
import { activityPageQuery, lineText, placeText } from './forms'
import { groupEqual } from './group'
import { ActivityTable, HeldTable } from './line'
import { ActivityPanel, type Detail } from './panel'
import { readRemedies } from './remedies'
import { beginOf, since } from './range'

/** Rows of a page; a request that changed several things has several rows. */
const pageRows = 100

/** Changes on hold that the newest page shows. */
const heldRows = 20

export async function showActivity(c: AdminContext) {
  const query = readQuery(activityPageQuery, c.req.url)
  if (!query.ok) return showBadQuery(c, query.error)
  const { before, follow, line, ...view } = query.value
  const { tenant } = c.var
  const found = await allOk([beginOf(c, { before, to: view.to }), readDetail(c, line)])
  if (!found.ok) return showRefusal(c, found.error)
  const [begin, detail] = found.value
  const isAlone = line !== undefined && wantsPanelAlone(c)
  const loaded = await load(c, view, begin, isAlone)
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [all, tokens, held] = loaded.value
  const isNewest = before === undefined && view.to === undefined
  const place: Record<string, string> = {
    ...(before ? { before: placeText(before) } : {}),
    ...(follow === 'on' && isNewest ? { follow } : {}),
  }
  const remedies = detail?.activity.failure ? await readRemedies(c) : {}
  const labels = new Map(tokens.map(({ id, label }) => [id, label || 'unnamed']))
  const panel = line ? (
    <ActivityPanel {...{ tenant, detail, labels, remedies }} close={pathOf(tenant, view, place)} />
  ) : null
  if (isAlone) return show(c, panel)
  return show(
    c,
    <Log
      {...{ tenant, view, place, isNewest }}
      page={since(all, view.from)}
      held={isNewest ? held : []}
      shown={line && lineText(line)}
      panel={panel}
    />,
  )
}

/** What a page shows; the panel alone needs the labels of the tokens. */
function load(c: AdminContext, view: View, before: ActivityPlace, isAlone: boolean) {
  const { tenant } = c.var
  const query = { ...view, tenantId: tenant.id, before, limit: pageRows }
  return allOk([
    isAlone
      ? Promise.resolve(ok<ActivityPage>({ activity: [], older: undefined }))
      : readActivityPage(c.env.DB, query),
    listTokens(c.env.DB, tenant),
    isAlone || tenant.openHold === null
      ? Promise.resolve(ok<readonly HeldChange[]>([]))
      : readLatest(c.env.DB, tenant.id, heldRows),
  ])
}

/** The line that the address names, with what was sent and answered; undefined for none. */
async function readDetail(c: AdminContext, key: LineKey | undefined) {
  if (!key) return ok(undefined)
  const { tenant } = c.var
  const found = await allOk([
    readLine(c.env.DB, tenant.id, key),
    readExchanges(c.env.DB, tenant.id, key.kind === 'refusal' ? [key.seq] : []),
  ])
  if (!found.ok) return found
  const [activity, exchanges] = found.value
  return ok<Detail | undefined>(activity && { activity, exchange: exchanges.get(key.seq) })
}

interface LogProps {
  readonly tenant: Tenant
  readonly view: View
  /** Where the page begins, and whether it follows what comes, as the address has it. */
  readonly place: Readonly<Record<string, string>>
  readonly page: ActivityPage
  readonly isNewest: boolean
  /** The latest changes on hold: no event tells of them yet. */
  readonly held: readonly HeldChange[]
  /** Name of the line in the panel. */
  readonly shown: string | undefined
  readonly panel: Child
}

function Log(props: LogProps) {
  const { tenant, view, place, held } = props
  const { older } = props.page
  const isFollowing = place['follow'] === 'on'
  return (
    <TenantLayout tenant={tenant} section="activity">
      <h1>Activity</h1>
      <Beside panel={props.panel}>
        <p>
          Every request and its outcome. Who is missing or out of date now is on{' '}
          <a href={tenantPath(tenant, '/problems')}>Problems</a>.
        </p>
        {held.length === 0 ? null : (
          <section class="card" aria-labelledby="held">
            <h2 id="held">Done and held</h2>
            <HeldTable tenant={tenant} held={held} />
            <p class="after">
              <a href={tenantPath(tenant, '/holds')}>All that is on hold</a>
            </p>
          </section>
        )}
        <section class="card" aria-labelledby="requests">
          <h2 id="requests">Requests</h2>
          <Filters tenant={tenant} view={view} />
          <p class="hint">
            {isFollowing ? (
              <>
                Follows what comes. <a href={pathOf(tenant, view)}>Stop</a>
              </>
            ) : (
              <a href={pathOf(tenant, { ...view, to: undefined }, { follow: 'on' })}>Follow</a>
            )}
            {' · '}
            <a href={pathOf(tenant, view, {}, '/activity.csv')} download>
              Download as CSV
            </a>{' '}
            (at most {exportedLines.toLocaleString('en')} lines)
          </p>
          <div id="lines" {...(isFollowing ? { 'data-live': pathOf(tenant, view, place) } : {})}>
            <Lines {...props} />
          </div>
          <Way
            newest={props.isNewest ? undefined : pathOf(tenant, { ...view, to: undefined })}
            older={older && pathOf(tenant, view, { before: placeText(older) })}
          />
        </section>
      </Beside>
    </TenantLayout>
  )
}

function Lines({ tenant, view, place, page, isNewest, shown }: LogProps) {
  if (page.activity.length === 0) {
    return <p class="empty">{emptyText(view, page, isNewest)}</p>
  }
  const path = (line: string) => pathOf(tenant, view, { ...place, line })
  return <ActivityTable {...{ tenant, shown, path }} groups={groupEqual(page.activity)} />
}

function emptyText(view: View, { older }: ActivityPage, isNewest: boolean): string {
  if (older) return 'Nothing among the requests looked through; older ones follow on the next page.'
  if (!isNewest) return 'There is nothing older.'
  return isFiltered(view)
    ? 'No request is found.'
    : 'No request has changed anything, or tried to, yet.'
}
