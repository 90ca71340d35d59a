/** One OAuth client: its secrets, what it is registered with, and how it is revoked. */
import { idOf } from '../../http/id'
import { baseUrlFor } from '../../http/path'
import { makeSecretFor } from '../../oauth/commands'
import {
  listClients,
  maximumSecrets,
  revokeClient,
  revokeSecret,
  type ClientRecord,
} from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { authorOf, For, show, tenantPath, type AdminContext } from '../shell/context'
import { FormNumber, Notice, Select, Time } from '../shell/components'
import { formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { TenantLayout } from '../shell/layout'
import { Question } from '../shell/question'
import { showNotFound, showRefusal } from '../shell/refusal'
import { nextSecretForm, secretLives } from './forms'
import { Steps, Values } from './guide'
import { NewSecret, serverOf } from './page'
import { kindTitles, Secrets, State } from './table'

interface Shown {
  readonly secret?: string
  readonly notice?: string
  readonly problem?: string
}

export async function showClient(c: AdminContext) {
  const isRevoked = c.req.query('done') === 'revoked'
  const notice = 'The secret is revoked. Access tokens that it was exchanged for are refused now.'
  const secret = await takeOnce(c)
  return showPage(c, 200, { ...(isRevoked ? { notice } : {}), ...(secret ? { secret } : {}) })
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export async function receiveSecret(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = nextSecretForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { problem: 'Choose when the secret expires.' })
  const { tenant } = c.var
  const { days } = form.data
  const given = await secretOfForm(c, number)
  if (!given.ok) return showRefusal(c, given.error)
  const made = await makeSecretFor(c.env, tenant, idOf(c), days, authorOf(c), given.value)
  if (made.ok) return redirectWith(c, tenantPath(tenant, `/clients/${idOf(c)}`), made.value.secret)
  if (made.error.kind !== 'tooManySecrets') return showRefusal(c, made.error)
  const problem = `There are ${maximumSecrets} live secrets already. Revoke one that is no longer used first.`
  return showPage(c, 409, { problem })
}

export async function receiveSecretRevocation(c: AdminContext) {
  const { tenant } = c.var
  const secretId = c.req.param('secretId') ?? ''
  const revoked = await revokeSecret(c.env.DB, tenant, idOf(c), secretId, authorOf(c))
  if (!revoked.ok) return showRefusal(c, revoked.error)
  return c.redirect(tenantPath(tenant, `/clients/${idOf(c)}?done=revoked`), 303)
}

export async function showClientRevocation(c: AdminContext) {
  const client = await load(c)
  if (!client.ok) return showRefusal(c, client.error)
  if (!client.value || client.value.revokedAt !== null) return showNotFound(c)
  return show(c, <Revocation tenant={c.var.tenant} client={client.value} />)
}

export async function receiveClientRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await revokeClient(c.env.DB, tenant, idOf(c), authorOf(c))
  if (!revoked.ok) return showRefusal(c, revoked.error)
  return c.redirect(tenantPath(tenant, '/clients?done=revoked'), 303)
}

async function load(c: AdminContext) {
  const found = await listClients(c.env.DB, c.var.tenant)
  if (!found.ok) return found
  const client = found.value.find(({ id }) => id === idOf(c))
  return { ok: true, value: client } as const
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, shown: Shown) {
  const client = await load(c)
  if (!client.ok) return showRefusal(c, client.error)
  if (!client.value) return showNotFound(c)
  const { tenant } = c.var
  const { clientId, kind } = client.value
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  const page = (
    <TenantLayout tenant={tenant} section="clients" title="OAuth client">
      <h1>{client.value.label || 'Client without a label'}</h1>
      {shown.notice === undefined ? null : <Notice state="good">{shown.notice}</Notice>}
      {shown.problem === undefined ? null : <Notice state="bad">{shown.problem}</Notice>}
      {shown.secret === undefined ? null : <NewSecret secret={shown.secret} />}
      <Credentials tenant={tenant} client={client.value} />
      <section class="card" aria-labelledby="values">
        <h2 id="values">Enter this in the provider</h2>
        <Values server={serverOf(c)} baseUrl={baseUrl} clientId={clientId} />
        <Steps kind={kind} />
      </section>
    </TenantLayout>
  )
  return show(c, page, status)
}

function Credentials(props: { readonly tenant: Tenant; readonly client: ClientRecord }) {
  const { tenant, client } = props
  const now = Date.now()
  const path = tenantPath(tenant, `/clients/${client.id}`)
  return (
    <section class="card" aria-labelledby="credentials">
      <h2 id="credentials">{kindTitles[client.kind]}</h2>
      <p>
        <State client={client} now={now} />
      </p>
      {client.kind === 'secret' ? (
        <Secrets tenant={tenant} client={client} now={now} />
      ) : (
        <Registered client={client} />
      )}
      {client.revokedAt === null ? (
        <For least="setup">
          {client.kind === 'secret' ? (
            <form method="post" action={`${path}/secrets`} class="columns">
              <FormNumber />
              <Select
                name="days"
                label="Another secret expires"
                hint="The others go on working."
                options={secretLives}
              />
              <button type="submit">Make another secret</button>
            </form>
          ) : null}
          <p>
            <a href={`${path}/revoke`}>Revoke this client</a>
          </p>
        </For>
      ) : null}
    </section>
  )
}

function Registered({ client }: { readonly client: ClientRecord }) {
  const { issuer, subject, audience, directoryId, jwksUrl, jwksReadAt } = client
  const rows = [
    ['Issuer (iss)', issuer],
    ['Subject (sub)', subject],
    ['Audience (aud)', audience],
    ['Entra directory (tid)', directoryId],
    ['Key set', jwksUrl ?? 'pasted'],
  ] as const
  return (
    <dl>
      {rows.map(([name, text]) =>
        text === null ? null : (
          <>
            <dt>{name}</dt>
            <dd>
              <code>{text}</code>
            </dd>
          </>
        ),
      )}
      {jwksReadAt === null ? null : (
        <>
          <dt>Keys read</dt>
          <dd>
            <Time at={jwksReadAt} />
          </dd>
        </>
      )}
    </dl>
  )
}

function Revocation(props: { readonly tenant: Tenant; readonly client: ClientRecord }) {
  const { tenant, client } = props
  const path = tenantPath(tenant, `/clients/${client.id}`)
  return (
    <Question
      tenant={tenant}
      section="clients"
      title="Revoke a client"
      question="Revoke this client?"
      action={`${path}/revoke`}
      button="Revoke client"
      back={path}
    >
      <p>
        <strong>{client.label || 'Without a label'}</strong>, created <Time at={client.createdAt} />
      </p>
      <p>
        Its secrets, its keys and all its access tokens are refused from then on. It can't be
        undone.
      </p>
    </Question>
  )
}
