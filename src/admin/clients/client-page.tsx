/** One OAuth client: its secrets, what it is registered with, and how it is revoked. */
import { idOf } from '../../http/id'
import { baseUrlFor } from '../../http/path'
import { makeSecretFor } from '../../oauth/commands'
import { listClients, revokeClient, revokeSecret, type ClientRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { Copyable } from '../guide/blocks'
import { useWords, When } from '../guide/words'
import { authorOf, For, type AdminContext } from '../shell/context'
import { FormNumber, Notice } from '../shell/components'
import { formOf } from '../shell/forms'
import { serverOf } from '../guide/server'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { limits, nextSecretForm } from './forms'
import { SecretLife } from './page'
import { ClientsFrame, clientsPath, refuseHere, showHere, useClientsPath } from './place'
import { kindTitles, Secrets, State } from './table'
import { Fields, Steps, Values } from './values'

interface Shown {
  readonly secret?: string
  /** Keys of messages. */
  readonly notice?: string
  readonly problem?: string
}

export async function showClient(c: AdminContext) {
  const isRevoked = c.req.query('done') === 'revoked'
  const secret = await takeOnce(c)
  const notice = isRevoked ? { notice: 'clients.secretRevoked' } : {}
  return showPage(c, 200, { ...notice, ...(secret ? { secret } : {}) })
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export async function receiveSecret(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = nextSecretForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { problem: 'clients.wrong.days' })
  const { tenant } = c.var
  const { days } = form.data
  const given = await secretOfForm(c, number, fields)
  if (!given.ok) return refuseHere(c, given.error)
  const made = await makeSecretFor(c.env, tenant, idOf(c), days, authorOf(c), given.value)
  if (made.ok) return redirectWith(c, clientsPath(c, `/clients/${idOf(c)}`), made.value.secret)
  if (made.error.kind !== 'tooManySecrets') return refuseHere(c, made.error)
  return showPage(c, 409, { problem: 'clients.secretsFull' })
}

export async function receiveSecretRevocation(c: AdminContext) {
  const { tenant } = c.var
  const secretId = c.req.param('secretId') ?? ''
  const revoked = await revokeSecret(c.env.DB, tenant, idOf(c), secretId, authorOf(c))
  if (!revoked.ok) return refuseHere(c, revoked.error)
  return c.redirect(clientsPath(c, `/clients/${idOf(c)}?done=revoked`), 303)
}

export async function showClientRevocation(c: AdminContext) {
  const client = await load(c)
  if (!client.ok) return refuseHere(c, client.error)
  if (!client.value || client.value.revokedAt !== null) return refuseHere(c, { kind: 'target' })
  return showHere(c, <Revocation tenant={c.var.tenant} client={client.value} />)
}

export async function receiveClientRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await revokeClient(c.env.DB, tenant, idOf(c), authorOf(c))
  if (!revoked.ok) return refuseHere(c, revoked.error)
  return c.redirect(clientsPath(c, '/clients?done=revoked'), 303)
}

async function load(c: AdminContext) {
  const found = await listClients(c.env.DB, c.var.tenant)
  if (!found.ok) return found
  const client = found.value.find(({ id }) => id === idOf(c))
  return { ok: true, value: client } as const
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, shown: Shown) {
  const client = await load(c)
  if (!client.ok) return refuseHere(c, client.error)
  if (!client.value) return refuseHere(c, { kind: 'target' })
  const { tenant } = c.var
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  const values = { server: serverOf(c), baseUrl, clientId: client.value.clientId }
  const page = <Client tenant={tenant} client={client.value} shown={shown} values={values} />
  return showHere(c, page, status)
}

function Client(props: {
  readonly tenant: Tenant
  readonly client: ClientRecord
  readonly shown: Shown
  readonly values: Parameters<typeof Values>[0]
}) {
  const { tenant, client, shown } = props
  const words = useWords()
  return (
    <ClientsFrame tenant={tenant} title={words.text('clients.one')}>
      <h1>
        <bdi>{client.label || words.text('clients.unnamed')}</bdi>
      </h1>
      {shown.notice === undefined ? null : <Notice state="good">{words.text(shown.notice)}</Notice>}
      {shown.problem === undefined ? null : (
        <Notice state="bad">{words.text(shown.problem, limits)}</Notice>
      )}
      {shown.secret === undefined ? null : (
        <Notice state="good">
          <h2>{words.text('clients.copyNow')}</h2>
          <p>{words.text('clients.shownOnce')}</p>
          <Copyable id="new-secret" value={shown.secret} />
        </Notice>
      )}
      <section class="card" aria-labelledby="values">
        <h2 id="values">{words.text('clients.enter')}</h2>
        <Values {...props.values} />
        <Steps kind={client.kind} />
      </section>
      <Credentials tenant={tenant} client={client} />
    </ClientsFrame>
  )
}

function Credentials(props: { readonly tenant: Tenant; readonly client: ClientRecord }) {
  const { tenant, client } = props
  const words = useWords()
  const now = Date.now()
  const path = useClientsPath(tenant)(`/clients/${client.id}`)
  return (
    <section class="card" aria-labelledby="credentials">
      <h2 id="credentials">{words.text(kindTitles[client.kind])}</h2>
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
            <form method="post" action={`${path}/secrets`} data-once>
              <FormNumber />
              <SecretLife label="clients.nextLife" hint="clients.nextLife.hint" />
              <button type="submit">{words.text('clients.another')}</button>
            </form>
          ) : null}
          <p>
            <a href={`${path}/revoke`}>{words.text('clients.revoke')}</a>
          </p>
        </For>
      ) : null}
    </section>
  )
}

function Registered({ client }: { readonly client: ClientRecord }) {
  const words = useWords()
  const { issuer, subject, audience, directoryId, jwksUrl, jwksReadAt } = client
  const rows = [
    ['clients.issuer', issuer],
    ['clients.subject', subject],
    ['clients.audience', audience],
    ['clients.directoryId', directoryId],
    ['clients.keySet', jwksUrl ?? words.text('clients.pasted')],
  ] as const
  return (
    <Fields
      rows={[
        ...rows.flatMap(([key, text]) =>
          text === null ? [] : [[words.text(key), <code>{text}</code>] as const],
        ),
        ...(jwksReadAt === null
          ? []
          : [[words.text('clients.keysRead'), <When at={jwksReadAt} />] as const]),
      ]}
    />
  )
}

function Revocation(props: { readonly tenant: Tenant; readonly client: ClientRecord }) {
  const { tenant, client } = props
  const words = useWords()
  const path = useClientsPath(tenant)(`/clients/${client.id}`)
  return (
    <ClientsFrame tenant={tenant} title={words.text('clients.revoke')}>
      <section class="card narrow">
        <h1>{words.text('clients.revokeSure')}</h1>
        <p>
          <strong>
            <bdi>{client.label || words.text('clients.unnamed')}</bdi>
          </strong>{' '}
          · {words.text('status.created')} <When at={client.createdAt} />
        </p>
        <p>{words.text('clients.revokeText')}</p>
        <form method="post" action={`${path}/revoke`} data-once>
          <div class="actions">
            <button type="submit" data-kind="danger">
              {words.text('clients.revokeNow')}
            </button>
            <a href={path}>{words.text('clients.keep')}</a>
          </div>
        </form>
      </section>
    </ClientsFrame>
  )
}
