/** The application's keys as a page: readers of this tenant, and how far each of them has got. */
import { idOf } from '../../http/id'
import { listReaders, revokeKey, type KeyRecord, type Progress } from '../../application/keys'
import { bindingReader } from '../../application/reader'
import {
  authorOf,
  For,
  mayAct,
  show,
  tenantPath,
  useViewer,
  type AdminContext,
} from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { TenantLayout } from '../shell/layout'
import { Question } from '../shell/question'
import { showNotFound, showRefusal } from '../shell/refusal'
import {
  Badge,
  CopyField,
  Field,
  FormNumber,
  LiveBadge,
  Notice,
  plural,
  Select,
  Table,
  type FieldErrors,
} from '../shell/components'
import { Time } from '../shell/time'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'
import { issueKey } from '../../application/key-commands'
import { keyForm, lifetimes } from './forms'

interface KeysProps {
  readonly tenant: Tenant
  readonly keys: readonly KeyRecord[]
  readonly progress: readonly Progress[]
  /** The key that was just made. */
  readonly issued?: string
  readonly notice?: string
  readonly problem?: string
  readonly errors?: FieldErrors
}

export async function showKeys(c: AdminContext) {
  const issued = await takeOnce(c)
  const isRevoked = c.req.query('done') === 'revoked'
  const notice = 'The key is revoked. Requests that use it are refused from now on.'
  return showPage(c, 200, {
    ...(isRevoked ? { notice } : {}),
    ...(issued === undefined ? {} : { issued }),
  })
}

/** The page that it leads to shows the key once; nobody can read it later. */
export async function receiveKey(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = keyForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showRefusal(c, secret.error)
  const { tenant } = c.var
  const issued = await issueKey(c.env.DB, tenant.id, form.data, authorOf(c), secret.value)
  if (!issued.ok) return showRefusal(c, issued.error)
  if (issued.value) return redirectWith(c, tenantPath(tenant, '/keys'), issued.value.key)
  const problem = 'There are 20 live keys already. Revoke one that is no longer used first.'
  return showPage(c, 409, { problem })
}

export async function showKeyRevocation(c: AdminContext) {
  const { tenant } = c.var
  const found = await listReaders(c.env, tenant.id)
  if (!found.ok) return showRefusal(c, found.error)
  const key = found.value.keys.find(({ id, isForAll }) => id === c.req.param('id') && !isForAll)
  if (!key || !isLive(key, Date.now())) return showNotFound(c)
  return show(c, <Revocation tenant={tenant} record={key} />)
}

export async function receiveKeyRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await revokeKey(c.env.DB, tenant.id, idOf(c), authorOf(c))
  if (!revoked.ok) return showRefusal(c, revoked.error)
  return c.redirect(tenantPath(tenant, '/keys?done=revoked'), 303)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, more: Partial<KeysProps>) {
  const { tenant } = c.var
  const found = await listReaders(c.env, tenant.id)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Keys tenant={tenant} {...found.value} {...more} />, status)
}

function Keys({ tenant, keys, progress, issued, notice, problem, errors }: KeysProps) {
  const binding = progress.find(({ reader }) => reader === bindingReader)
  return (
    <TenantLayout tenant={tenant} section="keys">
      <h1>Application</h1>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      {issued ? <NewKey issued={issued} /> : null}
      <section class="card" aria-labelledby="keys">
        <h2 id="keys">Keys</h2>
        <p>With a key the application reads users, teams and events of this tenant at /api/v1.</p>
        <List tenant={tenant} keys={keys} progress={progress} />
        {binding ? (
          <p>
            Over a service binding: <Lag progress={binding} />
          </p>
        ) : null}
        <For least="operator">
          <h3>Make a key</h3>
          <KeyForm tenant={tenant} errors={errors ?? new Map()} />
        </For>
      </section>
    </TenantLayout>
  )
}

function List({ tenant, keys, progress }: Pick<KeysProps, 'tenant' | 'keys' | 'progress'>) {
  const isRevocable = mayAct(useViewer(), 'operator')
  const now = Date.now()
  if (keys.length === 0) return <p class="empty">There is no key yet.</p>
  return (
    <Table
      caption="Keys"
      columns={[
        'Label',
        'May',
        'State',
        'Last used',
        'Read up to',
        ...(isRevocable ? ['Revoke'] : []),
      ]}
      rows={keys.map((key) => {
        const read = progress.find(({ reader }) => reader === key.id)
        return [
          key.label || <span class="hint">Without a label</span>,
          `${key.scope === 'read' ? 'read' : 'read and acknowledge'}${key.isForAll ? ', all tenants' : ''}`,
          <LiveBadge of={key} now={now} />,
          key.lastUsedAt === null ? 'Never' : <Time at={key.lastUsedAt} />,
          read ? <Lag progress={read} /> : <span class="hint">Not acknowledged</span>,
          ...(isRevocable ? [<Revoke tenant={tenant} record={key} now={now} />] : []),
        ]
      })}
    />
  )
}

function Lag({ progress }: { readonly progress: Progress }) {
  const behind = progress.lastSeq - progress.seq
  return (
    <span>
      event {String(progress.seq)}{' '}
      {behind === 0 ? (
        <Badge state="good">Up to date</Badge>
      ) : (
        <Badge state="warn">{`${plural(behind, 'event')} behind`}</Badge>
      )}{' '}
      <span class="hint">
        since <Time at={progress.at} />
      </span>
    </span>
  )
}

function Revoke(props: {
  readonly tenant: Tenant
  readonly record: KeyRecord
  readonly now: number
}) {
  const { tenant, record, now } = props
  if (record.isForAll || !isLive(record, now)) return <span class="hint">–</span>
  return (
    <a href={tenantPath(tenant, `/keys/${record.id}/revoke`)}>
      Revoke<span class="unseen"> {record.label || 'the key without a label'}</span>
    </a>
  )
}

function NewKey({ issued }: { readonly issued: string }) {
  return (
    <Notice state="good">
      <h2>Copy the new key now</h2>
      <p>It is shown this once. Who has it can read this tenant's users, teams and events.</p>
      <CopyField id="new-key" label="Key" value={issued} />
    </Notice>
  )
}

function KeyForm(props: { readonly tenant: Tenant; readonly errors: FieldErrors }) {
  return (
    <form method="post" action={tenantPath(props.tenant, '/keys')} class="columns" data-fields="3">
      <FormNumber />
      <Field
        name="label"
        label="Label"
        hint="Who will use it, for example Billing."
        errors={props.errors}
        more={{ maxlength: 100, autocomplete: 'off' }}
      />
      <Select
        name="scope"
        label="May"
        hint="Acknowledging shows here how far the application has read."
        options={[
          ['read-ack', 'Read and acknowledge'],
          ['read', 'Read'],
        ]}
      />
      <Select name="days" label="Expires" hint="An expired key is refused." options={lifetimes} />
      <button type="submit">Make key</button>
    </form>
  )
}

function Revocation({ tenant, record }: { readonly tenant: Tenant; readonly record: KeyRecord }) {
  return (
    <Question
      tenant={tenant}
      section="keys"
      title="Revoke a key"
      question="Revoke this key?"
      action={tenantPath(tenant, `/keys/${record.id}/revoke`)}
      button="Revoke key"
      back={tenantPath(tenant, '/keys')}
    >
      <p>
        <strong>{record.label || 'Without a label'}</strong>, made <Time at={record.createdAt} />.
      </p>
      <p>Every request that uses it is refused from then on. It can't be undone.</p>
    </Question>
  )
}
