/** Links for the customer's administrator as a page: an operator makes, lists and revokes them. */
import { idOf } from '../../http/id'
import { isLive } from '../../tokens/limited-credential'
import { listLinks, revokeLink, type LinkRecord } from '../../access/links'
import { authorOf, setUpPath, show, tenantPath, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import {
  Badge,
  Choice,
  CopyField,
  Field,
  FormNumber,
  Notice,
  Select,
  Table,
} from '../shell/components'
import { Ago, Time } from '../shell/time'
import type { FieldErrors } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { lifetimes, linkForm } from './forms'
import { shareLink } from './share'

interface LinksProps {
  /** The address of the link that was just made. */
  readonly issued?: string
  readonly isRevoked?: boolean
  readonly errors?: FieldErrors
  readonly problem?: string
}

/** What a link allows, as in the form that makes it. */
const rights: Readonly<Record<LinkRecord['role'], string>> = {
  view: 'Look',
  approve: 'Approve',
  setup: 'Set up',
}

export async function showLinks(c: AdminContext) {
  const issued = await takeOnce(c)
  return showPage(c, 200, {
    isRevoked: c.req.query('done') === 'revoked',
    ...(issued === undefined ? {} : { issued }),
  })
}

/** The page that it leads to shows the link once; nobody can read it later. */
export async function receiveLink(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = linkForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showRefusal(c, secret.error)
  const issued = await shareLink(c, form.data, secret.value)
  if (issued.ok) return redirectWith(c, tenantPath(c.var.tenant, '/links'), issued.value.url)
  if (issued.error.kind !== 'tooManyLinks') return showRefusal(c, issued.error)
  return showPage(c, 409, { problem: 'There are 20 open links already. Revoke one first.' })
}

export async function receiveLinkRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await revokeLink(c.env.DB, tenant, idOf(c), authorOf(c))
  if (!revoked.ok) return showRefusal(c, revoked.error)
  return c.redirect(tenantPath(tenant, '/links?done=revoked'), 303)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, more: LinksProps) {
  const { tenant } = c.var
  const found = await listLinks(c.env.DB, tenant)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Links tenant={tenant} links={found.value} {...more} />, status)
}

function Links(
  props: LinksProps & { readonly tenant: Tenant; readonly links: readonly LinkRecord[] },
) {
  const { tenant, links, issued, problem } = props
  const now = Date.now()
  return (
    <TenantLayout tenant={tenant} section="share">
      <h1>Share</h1>
      {props.isRevoked ? (
        <Notice state="good">The link is revoked. Whoever came through it is signed out.</Notice>
      ) : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      {issued ? <NewLink issued={issued} /> : null}
      <section class="card" aria-labelledby="links">
        <h2 id="links">Links for the customer</h2>
        <p>
          A link opens the set-up of {tenant.name}, its status, people and problems, without the
          operator secret. Send it to the customer's administrator.{' '}
          <a href={setUpPath(tenant, '/choose')}>See what it shows</a>
        </p>
        {links.length === 0 ? (
          <p class="empty">There is no link yet.</p>
        ) : (
          <Table
            caption="Links"
            columns={['Label', 'May', 'State', 'Created', 'Last opened', 'Expires', 'Revoke']}
            rows={links.map((link) => [
              link.label || <span class="hint">Without a label</span>,
              rights[link.role],
              <State link={link} now={now} />,
              <span>
                <Time at={link.createdAt} /> <span class="hint">by {link.createdBy}</span>
              </span>,
              link.lastUsedAt === null ? 'Never' : <Ago at={link.lastUsedAt} now={now} />,
              <Time at={link.expiresAt} />,
              isLive(link, now) ? <Revoke tenant={tenant} link={link} /> : <span>–</span>,
            ])}
          />
        )}
        <h3>Make a link</h3>
        <LinkForm tenant={tenant} errors={props.errors ?? new Map()} />
      </section>
    </TenantLayout>
  )
}

function State({ link, now }: { readonly link: LinkRecord; readonly now: number }) {
  if (link.revokedAt !== null) return <Badge state="bad">Revoked</Badge>
  return isLive(link, now) ? <Badge state="good">Open</Badge> : <Badge state="idle">Expired</Badge>
}

function Revoke({ tenant, link }: { readonly tenant: Tenant; readonly link: LinkRecord }) {
  return (
    <form method="post" action={tenantPath(tenant, `/links/${link.id}/revoke`)}>
      <button type="submit" data-kind="plain">
        Revoke<span class="unseen"> {link.label || 'the link without a label'}</span>
      </button>
    </form>
  )
}

function NewLink({ issued }: { readonly issued: string }) {
  return (
    <Notice state="good">
      <h2>Copy the new link now</h2>
      <p>It is shown this once. Whoever has it can open it until it expires or is revoked.</p>
      <CopyField id="new-link" label="Link" value={issued} />
    </Notice>
  )
}

function LinkForm(props: { readonly tenant: Tenant; readonly errors: FieldErrors }) {
  return (
    <form method="post" action={tenantPath(props.tenant, '/links')}>
      <FormNumber />
      <Choice
        name="role"
        legend="Who opens it may"
        value="view"
        options={[
          [
            'view',
            rights.view,
            'See status, people and problems, and read the set-up; change nothing.',
          ],
          ['approve', rights.approve, 'See what is on hold, and decide about it; nothing else.'],
          [
            'setup',
            rights.setup,
            'See the same; also go through the set-up: generate and revoke tokens, make OAuth clients, and switch provisioning.',
          ],
        ]}
      />
      <div class="columns">
        <Field
          name="label"
          label="Label"
          hint="Who gets it, for example Ann at Acme."
          errors={props.errors}
          more={{ maxlength: 100, autocomplete: 'off' }}
        />
        <Select
          name="days"
          label="Expires"
          hint="An expired link opens nothing."
          value="7"
          options={lifetimes}
        />
        <button type="submit">Make link</button>
      </div>
    </form>
  )
}
