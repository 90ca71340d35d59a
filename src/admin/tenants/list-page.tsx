/** The list of all tenants, with the form of a new one. */
import { readTenantActivity, type TenantActivity } from '../../activity/counts'
import { databaseNames, mainName } from '../../database/placement'
import { listTenants } from '../../tenants/store'
import { makeTenant } from '../../tenants/commands'
import { allOk } from '../../result'
import { authorOf, root, show, tenantPath, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import {
  ago,
  Badge,
  Field,
  Notice,
  plural,
  Select,
  Table,
  type FieldErrors,
} from '../shell/components'
import { day } from '../../time'
import type { ListedTenant, Tenant } from '../../tenants/tenant'
import { newTenant } from './forms'
import { profileOptions } from './profile-options'

interface Draft {
  readonly name: string
  readonly slug: string
  readonly profile?: string | undefined
  readonly database?: string | undefined
  readonly errors: FieldErrors
}

const emptyDraft: Draft = { name: '', slug: '', errors: new Map() }

export async function showTenants(c: AdminContext) {
  return showList(c, emptyDraft, 200)
}

export async function receiveTenant(c: AdminContext) {
  const fields = await formOf(c)
  const form = newTenant.safeParse(fields)
  const { name = '', slug = '', profile, database } = fields
  const again = (errors: FieldErrors) => showList(c, { name, slug, profile, database, errors }, 422)
  if (!form.success) return again(errorsOf(form.error))
  const created = await makeTenant(c.env, form.data, authorOf(c))
  if (created.ok) return c.redirect(tenantPath(created.value, '/connection'), 303)
  if (created.error.kind !== 'taken') return showRefusal(c, created.error)
  return again(new Map([['slug', 'Another tenant has this slug. Choose another one.']]))
}

async function showList(c: AdminContext, draft: Draft, status: 200 | 422) {
  const loaded = await allOk([listTenants(c.env), readTenantActivity(c.env)])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [tenants, activities] = loaded.value
  const isDeleted = c.req.query('done') === 'deleted'
  const databases = databaseNames(c.env)
  const { database = c.env.NEW_TENANTS || mainName } = draft
  const page = { tenants, activities, databases, isDeleted }
  return show(c, <Tenants {...page} draft={{ ...draft, database }} />, status)
}

function Tenants(props: {
  readonly tenants: readonly ListedTenant[]
  readonly databases: readonly string[]
  readonly activities: ReadonlyMap<number, TenantActivity>
  readonly draft: Draft
  readonly isDeleted: boolean
}) {
  const { tenants, activities, draft, databases } = props
  const isSeveral = databases.length > 1
  const now = Date.now()
  return (
    <Layout title="Home" here={{ page: 'Home' }}>
      <h1>Tenants</h1>
      {props.isDeleted ? <Notice state="good">The tenant is deleted.</Notice> : null}
      <p class="lead">
        Each customer is a tenant, with an address and tokens of its own.{' '}
        {plural(tenants.length, 'tenant')}.
      </p>
      <section class="card" aria-labelledby="all">
        <h2 id="all" class="unseen">
          All tenants
        </h2>
        {tenants.length === 0 ? (
          <p class="empty">There is no tenant yet. Make the first one below.</p>
        ) : (
          <Table
            caption="Tenants"
            columns={[
              'Name',
              'Slug',
              ...(isSeveral ? ['Database'] : []),
              'Users',
              'Teams',
              'Last request',
              'Errors today',
              'Health',
            ]}
            rows={tenants.map((tenant) => [
              <a href={tenantPath(tenant)}>{tenant.name}</a>,
              <code>{tenant.slug}</code>,
              ...(isSeveral ? [<code>{tenant.database}</code>] : []),
              tenant.userCount.toLocaleString('en'),
              tenant.teamCount.toLocaleString('en'),
              <LastRequest activity={activities.get(tenant.id)} now={now} />,
              <Errors tenant={tenant} activity={activities.get(tenant.id)} />,
              <Health tenant={tenant} activity={activities.get(tenant.id)} now={now} />,
            ])}
          />
        )}
      </section>
      <NewTenant draft={draft} databases={databases} />
    </Layout>
  )
}

/** Milliseconds before the last token expires in which a tenant is not called healthy. */
const expiryWarning = 14 * day

/** The worst of connection, refusals, holds, delivery and expiry, as a badge. */
function Health({
  tenant,
  activity,
  now,
}: {
  readonly tenant: Tenant
  readonly activity: TenantActivity | undefined
  readonly now: number
}) {
  if (tenant.deletingAt !== null) return <Badge state="warn">Being deleted</Badge>
  if (!tenant.enabled) return <Badge state="bad">Disabled</Badge>
  if (tenant.openHold !== null) return <Badge state="warn">On hold</Badge>
  if (activity?.failingWebhooks) return <Badge state="warn">Not delivered</Badge>
  if ((activity?.lastUsedAt ?? null) === null) return <Badge state="idle">Not called yet</Badge>
  if (activity?.failuresToday) return <Badge state="warn">Failures</Badge>
  const expiresAt = activity?.expiresAt ?? null
  if (expiresAt !== null && expiresAt < now + expiryWarning) {
    return <Badge state="warn">{expiresAt === 0 ? 'No token' : 'Token expires'}</Badge>
  }
  return <Badge state="good">Working</Badge>
}

function LastRequest(props: {
  readonly activity: TenantActivity | undefined
  readonly now: number
}) {
  const at = props.activity?.lastUsedAt ?? null
  return at === null ? <span class="hint">Never</span> : <span>{ago(at, props.now)}</span>
}

function Errors({
  tenant,
  activity,
}: {
  readonly tenant: Tenant
  readonly activity: TenantActivity | undefined
}) {
  const count = activity?.failuresToday ?? 0
  if (count === 0) return <span>0</span>
  return (
    <a href={tenantPath(tenant, '/activity?outcome=failed')}>
      <Badge state="bad">{count.toLocaleString('en')}</Badge>
      <span class="unseen"> errors of {tenant.name}</span>
    </a>
  )
}

function NewTenant(props: { readonly draft: Draft; readonly databases: readonly string[] }) {
  const { draft, databases } = props
  return (
    <section class="card" aria-labelledby="new">
      <h2 id="new">New tenant</h2>
      <form
        method="post"
        action={`${root}/tenants`}
        class="columns"
        data-fields={databases.length > 1 ? 4 : 3}
      >
        <Field
          name="name"
          label="Name"
          hint="As your customer is called, for example Acme Corp."
          value={draft.name}
          errors={draft.errors}
          isRequired
          more={{ maxlength: 200, autocomplete: 'off' }}
        />
        <Field
          name="slug"
          label="Slug"
          hint="In the address: a-z, 0-9 and -, for example acme."
          value={draft.slug}
          errors={draft.errors}
          isRequired
          more={{ maxlength: 63, autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
        />
        <Select
          name="profile"
          label="Identity provider"
          hint="Okta and Entra ID: e-mail addresses are written in lower case. Others: capitals are refused."
          value={draft.profile ?? 'auto'}
          options={profileOptions.map(([value, label]) => [value, label] as const)}
        />
        {databases.length > 1 ? (
          <Select
            name="database"
            label="Database"
            hint="Where the tenant lives. It stays there."
            value={draft.database}
            options={databases.map((name) => [name, name] as const)}
          />
        ) : null}
        <button type="submit">Create tenant</button>
      </form>
    </section>
  )
}
