/** The frame of every page. */
import type { Child } from 'hono/jsx'
import { Notice } from './components'
import { For, homePath, mayAct, root, tenantPath, useSecretRemedy, useViewer } from './context'
import type { Tenant } from '../../tenants/tenant'

const sections = [
  { name: 'overview', title: 'Overview', page: '', least: 'view' },
  { name: 'connection', title: 'Security → SCIM', page: '/connection', least: 'view' },
  { name: 'clients', title: 'OAuth clients', page: '/clients', least: 'view' },
  { name: 'activity', title: 'Activity', page: '/activity', least: 'view' },
  { name: 'problems', title: 'Problems', page: '/problems', least: 'view' },
  { name: 'users', title: 'Users', page: '/users', least: 'view' },
  { name: 'teams', title: 'Teams', page: '/teams', least: 'view' },
  { name: 'keys', title: 'Application', page: '/keys', least: 'view' },
  { name: 'webhooks', title: 'Webhooks', page: '/webhooks', least: 'view' },
  { name: 'holds', title: 'Holds', page: '/holds', least: 'view' },
  { name: 'settings', title: 'Settings', page: '/settings', least: 'view' },
  { name: 'share', title: 'Share', page: '/links', least: 'operator' },
  { name: 'audit', title: 'Audit', page: '/audit', least: 'view' },
] as const

export type Section = (typeof sections)[number]['name']

/** A page; `isOpen` is for those that need no session. */
export function Layout(props: {
  readonly title: string
  readonly isOpen?: boolean
  readonly children?: Child
}) {
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{props.title} · Rollcall</title>
        <link rel="icon" href={`${root}/console.svg`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${root}/console.css`} />
        <script src={`${root}/console.js`} defer></script>
      </head>
      <body>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href={homePath(useViewer())}>
            <img src={`${root}/console.svg`} alt="" width="24" height="24" />
            Rollcall
          </a>
          {props.isOpen ? null : (
            <nav aria-label="Console">
              <For least="support">
                <form method="get" action={`${root}/search`} role="search" class="find">
                  <input
                    type="search"
                    name="q"
                    aria-label="Search everything"
                    placeholder="Where is …?  /"
                    maxlength={200}
                    autocomplete="off"
                    data-find
                  />
                </form>
                <a href={root}>Tenants</a>
              </For>
              <For least="support">
                <a href={`${root}/audit`}>Audit</a>
              </For>
              <For least="owner">
                <a href={`${root}/staff`}>Operators</a>
                <a href={`${root}/sessions`}>Sessions</a>
                <a href={`${root}/operator-tokens`}>Tokens</a>
              </For>
              <form method="post" action={`${root}/sign-out`}>
                <button type="submit" data-kind="plain">
                  Sign out
                </button>
              </form>
            </nav>
          )}
        </header>
        <main id="main" tabindex={-1}>
          <WeakSecret />
          {props.children}
        </main>
      </body>
    </html>
  )
}

function WeakSecret() {
  const remedy = useSecretRemedy()
  if (remedy === undefined) return null
  return (
    <Notice state="bad">
      The operator secret can be guessed: it has fewer than 32 characters, or too few different
      ones. Make a new one: <code>{remedy}</code>
    </Notice>
  )
}

/** A page about one tenant, with links to its other pages. */
export function TenantLayout(props: {
  readonly tenant: Tenant
  readonly section: Section
  readonly title?: string
  readonly children?: Child
}) {
  const { tenant, section } = props
  const viewer = useViewer()
  // A link has pages of its own; of these it opens what is made for customers.
  const isCustomer = viewer?.tenant !== undefined
  const open = sections.filter(
    ({ name, least }) =>
      (mayAct(viewer, least) && (!isCustomer || name === 'clients')) ||
      (name === 'holds' && mayAct(viewer, 'approve')),
  )
  const sectionTitle = sections.find(({ name }) => name === section)?.title ?? ''
  return (
    <Layout title={`${props.title ?? sectionTitle} · ${tenant.name}`}>
      <div class="heading">
        <p class="eyebrow">
          Tenant <code>{tenant.slug}</code>
          {tenant.enabled ? (
            <span class="badge" data-state={tenant.openHold === null ? 'good' : 'idle'}>
              Enabled
            </span>
          ) : (
            <span class="badge" data-state="bad">
              Disabled
            </span>
          )}
        </p>
        <p class="tenant-name">{tenant.name}</p>
      </div>
      <nav class="sections" aria-label="Tenant">
        {open.map(({ name, title, page }) => (
          <a href={tenantPath(tenant, page)} {...(name === section ? current : {})}>
            {title}
          </a>
        ))}
      </nav>
      {tenant.openHold === null ? null : (
        <Notice state="warn">
          Changes are on hold and have not reached the application.{' '}
          {section === 'holds' || isCustomer ? null : (
            <a href={tenantPath(tenant, '/holds')}>Review them</a>
          )}
        </Notice>
      )}
      {props.children}
    </Layout>
  )
}

const current = { 'aria-current': 'page' } as const

/** A page that says one thing, such as "Not found". */
export function MessagePage(props: {
  readonly title: string
  readonly text: string
  readonly isOpen?: boolean
}) {
  return (
    <Layout title={props.title} isOpen={props.isOpen ?? false}>
      <h1>{props.title}</h1>
      <p>{props.text}</p>
      <p>
        <a href={homePath(useViewer())}>Home</a>
      </p>
    </Layout>
  )
}
