/** The frame of every page. */
import type { Child } from 'hono/jsx'
import { Notice } from './components'
import { For, homePath, root, tenantPath, useSecretRemedy, useViewer } from './context'
import { Navigation, titleOf, type Here, type Section } from './navigation'
import type { TenantCounts } from '../../attention/tenant-counts'
import type { Tenant } from '../../tenants/tenant'

/** A page; `isOpen` is for those that need no session. */
export function Layout(props: {
  readonly title: string
  readonly isOpen?: boolean
  readonly here?: Here
  readonly children?: Child
}) {
  const { title, isOpen = false, here } = props
  return (
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="color-scheme" content="light dark" />
        <meta name="robots" content="noindex" />
        <title>{title} · Rollcall</title>
        <link rel="icon" href={`${root}/console.svg`} type="image/svg+xml" />
        <link rel="stylesheet" href={`${root}/console.css`} />
        <script src={`${root}/console.js`} defer blocking="render"></script>
      </head>
      <body {...(isOpen ? {} : { class: 'inside' })}>
        <a class="skip" href="#main">
          Skip to content
        </a>
        <header class="top">
          <a class="brand" href={homePath(useViewer())}>
            <img src={`${root}/console.svg`} alt="" width="24" height="24" />
            Rollcall
          </a>
          {isOpen ? null : (
            <>
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
              </For>
              <button type="button" class="menu" popovertarget="menu" data-kind="quiet">
                Menu
              </button>
            </>
          )}
        </header>
        {isOpen ? null : <Navigation here={here} />}
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
  /** What the page has counted for itself. */
  readonly counts?: TenantCounts
  readonly children?: Child
}) {
  const { tenant, section, counts } = props
  const isCustomer = useViewer()?.tenant !== undefined
  return (
    <Layout
      title={`${props.title ?? titleOf(section)} · ${tenant.name}`}
      here={{ section, tenant, ...(counts ? { counts } : {}) }}
    >
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
      {/* The overview says it itself. */}
      {tenant.openHold === null || section === 'overview' ? null : (
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

/** A page that says one thing, such as "Not found". `anew` is the page whose form was refused. */
export function MessagePage(props: {
  readonly title: string
  readonly text: string
  readonly isOpen?: boolean
  readonly anew?: string | undefined
}) {
  return (
    <Layout title={props.title} isOpen={props.isOpen ?? false}>
      <h1>{props.title}</h1>
      <p>{props.text}</p>
      {props.anew === undefined ? null : (
        <p>
          <a class="button" href={props.anew}>
            Open the page anew
          </a>
        </p>
      )}
      <p>
        <a href={homePath(useViewer())}>Home</a>
      </p>
    </Layout>
  )
}
