/** The navigation at the left of each page; on a narrow screen a menu, which needs no script. */
import type { Child } from 'hono/jsx'
import type { TenantCounts } from '../../attention/tenant-counts'
import { For, mayAct, root, tenantPath, useCounts, useViewer } from './context'
import type { Tenant } from '../../tenants/tenant'

const sections = [
  { name: 'overview', title: 'Overview', page: '', least: 'view' },
  { name: 'trends', title: 'Trends', page: '/trends', least: 'view' },
  { name: 'activity', title: 'Activity', page: '/activity', least: 'view' },
  { name: 'problems', title: 'Problems', page: '/problems', least: 'view' },
  { name: 'users', title: 'Users', page: '/users', least: 'view' },
  { name: 'teams', title: 'Teams', page: '/teams', least: 'view' },
  { name: 'holds', title: 'Holds', page: '/holds', least: 'view' },
  { name: 'connection', title: 'Security → SCIM', page: '/connection', least: 'view' },
  { name: 'clients', title: 'OAuth clients', page: '/clients', least: 'view' },
  { name: 'keys', title: 'Application', page: '/keys', least: 'view' },
  { name: 'webhooks', title: 'Webhooks', page: '/webhooks', least: 'view' },
  { name: 'settings', title: 'Settings', page: '/settings', least: 'view' },
  { name: 'share', title: 'Share', page: '/links', least: 'operator' },
  { name: 'audit', title: 'Audit', page: '/audit', least: 'view' },
] as const

export type Section = (typeof sections)[number]['name']

/** Pages about no tenant. */
const pages = [
  { title: 'Home', path: root, least: 'support' },
  { title: 'Trends', path: `${root}/trends`, least: 'support' },
  { title: 'Webhooks', path: `${root}/webhooks`, least: 'support' },
  { title: 'Notices', path: `${root}/notices`, least: 'operator' },
  { title: 'Audit', path: `${root}/audit`, least: 'support' },
  { title: 'Operators', path: `${root}/staff`, least: 'owner' },
  { title: 'Sessions', path: `${root}/sessions`, least: 'owner' },
  { title: 'Tokens', path: `${root}/operator-tokens`, least: 'owner' },
] as const

/**
 * The page that is shown: one of a tenant, with its counts if they are read already, or one about none by its
 * title in the navigation.
 */
export type Here =
  | { readonly tenant: Tenant; readonly section: Section; readonly counts?: TenantCounts }
  | { readonly page: (typeof pages)[number]['title'] }

export function titleOf(section: Section): string {
  return sections.find(({ name }) => name === section)?.title ?? ''
}

export function Navigation({ here }: { readonly here: Here | undefined }) {
  return (
    <div class="side" id="menu" popover="auto">
      <For least="support">
        <nav aria-label="Console">
          {pages.map(({ title, path, least }) => (
            <For least={least}>
              <Place
                path={path}
                isHere={here !== undefined && 'page' in here && here.page === title}
              >
                {title}
                {title === 'Webhooks' ? <FailingWebhooks /> : null}
              </Place>
            </For>
          ))}
        </nav>
      </For>
      {here && 'tenant' in here ? <TenantNavigation {...here} /> : null}
      <form method="post" action={`${root}/sign-out`}>
        <button type="submit" data-kind="plain">
          Sign out
        </button>
      </form>
    </div>
  )
}

async function TenantNavigation(props: Extract<Here, { readonly tenant: Tenant }>) {
  const { tenant, section } = props
  const viewer = useViewer()
  const countsOf = useCounts()
  // A link has pages of its own; whoever approves sees what waits.
  const isCustomer = viewer?.tenant !== undefined
  const open = sections.filter(
    ({ name, least }) =>
      (mayAct(viewer, least) && !isCustomer) || (name === 'holds' && mayAct(viewer, 'approve')),
  )
  const counts = props.counts ?? (await countsOf(tenant))
  return (
    <nav aria-label="Tenant">
      <p class="hint">{tenant.name}</p>
      {open.map(({ name, title, page }) => (
        <Place path={tenantPath(tenant, page)} isHere={name === section}>
          {title}
          <Count of={tenant} counts={counts} section={name} />
        </Place>
      ))}
    </nav>
  )
}

function Place(props: {
  readonly path: string
  readonly isHere: boolean
  readonly children?: Child
}) {
  return (
    <a href={props.path} {...(props.isHere ? { 'aria-current': 'page' } : {})}>
      {props.children}
    </a>
  )
}

/** A count beside the name of a page, with what it counts for those who only hear it. */
function Count(props: {
  readonly of: Tenant
  readonly counts: TenantCounts | undefined
  readonly section: Section
}) {
  const { of, counts, section } = props
  if (section === 'users') return <Plain count={of.userCount} />
  if (section === 'teams') return <Plain count={of.teamCount} />
  if (counts === undefined) return null
  if (section === 'activity') return <Urgent count={counts.refused} of="refused today" />
  if (section === 'problems') return <Urgent count={counts.problems} of="open" />
  if (section === 'holds') return <Urgent count={counts.held} of="waiting" />
  if (section === 'webhooks') return <Urgent count={counts.failingWebhooks} of="failing" />
  return null
}

/** Webhooks of all tenants that fail, as the session has told. */
function FailingWebhooks() {
  return <Urgent count={useViewer()?.failingWebhooks ?? 0} of="failing" />
}

function Plain({ count }: { readonly count: number }) {
  return <span class="count"> {count.toLocaleString('en')}</span>
}

/** Counted up to a hundred. */
function Urgent({ count, of }: { readonly count: number; readonly of: string }) {
  if (count === 0) return null
  return (
    <span class="count" data-state="bad">
      {' '}
      {count > 99 ? '99+' : count}
      <span class="unseen"> {of}</span>
    </span>
  )
}
