/** The OAuth clients of a tenant: their list, and how one is made. */
import { issuerFor } from '../../http/path'
import { makeClient, type ClientRefusal } from '../../oauth/commands'
import type { Server } from '../../oauth/names'
import { listClients, maximumClients, type ClientKind, type ClientRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { authorOf, For, show, tenantPath, type AdminContext } from '../shell/context'
import {
  CopyField,
  Field,
  FormNumber,
  Lines,
  Notice,
  Select,
  type FieldErrors,
} from '../shell/components'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm } from '../shell/once'
import { TenantLayout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { clientForms, keyTexts, secretLives } from './forms'
import { Steps } from './guide'
import { Clients, kindTitles } from './table'

const kinds = ['secret', 'federated', 'jwt'] as const satisfies readonly ClientKind[]

const kindTexts: Readonly<Record<ClientKind, string>> = {
  secret: 'An id and a secret, which expires. Every provider with OAuth knows it.',
  federated: 'An issuer such as Entra signs for the provider: there is no secret to lose.',
  jwt: 'The program signs with its own private key (private_key_jwt).',
}

export function serverOf(c: AdminContext): Server {
  const issuer = issuerFor(c.req.url, c.var.tenant.slug)
  return { issuer, tokenUrl: `${issuer}/token` }
}

export async function showClients(c: AdminContext) {
  const { tenant } = c.var
  const found = await listClients(c.env.DB, tenant)
  if (!found.ok) return showRefusal(c, found.error)
  const isRevoked = c.req.query('done') === 'revoked'
  return show(c, <ClientList tenant={tenant} clients={found.value} isRevoked={isRevoked} />)
}

export function showNewClient(c: AdminContext) {
  const kind = kindOf(c)
  return kind ? show(c, <NewClient tenant={c.var.tenant} kind={kind} />) : showNotFound(c)
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export async function receiveClient(c: AdminContext) {
  const kind = kindOf(c)
  if (!kind) return showNotFound(c)
  const { form: number, ...fields } = await formOf(c)
  const form = clientForms[kind].safeParse(fields)
  if (!form.success) return showAgain(c, 422, kind, fields, errorsOf(form.error))
  const given = await secretOfForm(c, number)
  if (!given.ok) return showRefusal(c, given.error)
  const made = await makeClient(c.env, c.var.tenant, form.data, authorOf(c), given.value)
  if (made.ok) {
    const { client, secret = '' } = made.value
    return redirectWith(c, tenantPath(c.var.tenant, `/clients/${client.id}`), secret)
  }
  return refuse(c, kind, fields, made.error)
}

function refuse(
  c: AdminContext,
  kind: ClientKind,
  fields: Readonly<Record<string, string>>,
  refusal: ClientRefusal,
) {
  if (refusal.kind === 'badKeys') {
    const errors = new Map([[refusal.from, keyTexts[refusal.reason]]])
    return showAgain(c, 422, kind, fields, errors)
  }
  if (refusal.kind !== 'tooManyClients') return showRefusal(c, refusal)
  const problem = `There are ${maximumClients} live clients already. Revoke one that is no longer used first.`
  return showAgain(c, 409, kind, fields, new Map(), problem)
}

function showAgain(
  c: AdminContext,
  status: 409 | 422,
  kind: ClientKind,
  values: Readonly<Record<string, string>>,
  errors: FieldErrors,
  problem?: string,
) {
  const { tenant } = c.var
  const given = { tenant, kind, values, errors, ...(problem === undefined ? {} : { problem }) }
  return show(c, <NewClient {...given} />, status)
}

export function NewSecret({ secret }: { readonly secret: string }) {
  return (
    <Notice state="good">
      <h2>Copy the new secret now</h2>
      <p>It is shown this once. Nobody can read it later, because only its fingerprint is kept.</p>
      <CopyField id="new-secret" label="Client secret" value={secret} />
    </Notice>
  )
}

function kindOf(c: AdminContext): ClientKind | undefined {
  return kinds.find((kind) => kind === c.req.param('kind'))
}

function ClientList(props: {
  readonly tenant: Tenant
  readonly clients: readonly ClientRecord[]
  readonly isRevoked: boolean
}) {
  const { tenant, clients, isRevoked } = props
  return (
    <TenantLayout tenant={tenant} section="clients">
      <h1>OAuth clients</h1>
      {isRevoked ? (
        <Notice state="good">
          The client is revoked. Its access tokens are refused from now on.
        </Notice>
      ) : null}
      <section class="card" aria-labelledby="list">
        <h2 id="list">Clients</h2>
        <p>
          Programs that ask for an access token before they call SCIM. A provider with a bearer
          token needs none of it: see{' '}
          <a href={tenantPath(tenant, '/connection')}>Security → SCIM</a>.
        </p>
        <Clients tenant={tenant} clients={clients} now={Date.now()} />
      </section>
      <For least="setup">
        <section class="card" aria-labelledby="make">
          <h2 id="make">Make a client</h2>
          <ul>
            {kinds.map((kind) => (
              <li>
                <a href={tenantPath(tenant, `/new-client/${kind}`)}>{kindTitles[kind]}</a>:{' '}
                {kindTexts[kind]}
              </li>
            ))}
          </ul>
        </section>
      </For>
    </TenantLayout>
  )
}

interface FormProps {
  readonly values?: Readonly<Record<string, string>>
  readonly errors?: FieldErrors
}

function NewClient(
  props: FormProps & {
    readonly tenant: Tenant
    readonly kind: ClientKind
    readonly problem?: string
  },
) {
  const { tenant, kind, values = {}, errors = new Map(), problem } = props
  return (
    <TenantLayout tenant={tenant} section="clients" title="Make an OAuth client">
      <h1>{kindTitles[kind]}</h1>
      {problem === undefined ? null : <Notice state="bad">{problem}</Notice>}
      <section class="card" aria-labelledby="form">
        <h2 id="form">Make a client</h2>
        <p>{kindTexts[kind]}</p>
        <form method="post" action={tenantPath(tenant, `/new-client/${kind}`)}>
          <FormNumber />
          <Text name="label" label="Label" values={values} errors={errors} />
          <Fields kind={kind} values={values} errors={errors} />
          <button type="submit">Make the client</button>
        </form>
      </section>
      <section class="card" aria-labelledby="steps">
        <h2 id="steps">What goes where</h2>
        <Steps kind={kind} />
      </section>
    </TenantLayout>
  )
}

function Fields({ kind, values, errors }: Required<FormProps> & { readonly kind: ClientKind }) {
  const given = { values, errors }
  if (kind === 'secret') {
    return (
      <Select
        name="days"
        label="The secret expires"
        hint="Another one can be made at any time before."
        options={secretLives}
      />
    )
  }
  const address = <Text name="jwksUrl" label="Address of the key set (JWKS)" {...given} />
  if (kind === 'jwt') {
    return (
      <>
        {address}
        <Lines
          name="jwks"
          label="Or the key set itself"
          hint="Public keys alone, as JSON with the list “keys”."
          value={values['jwks'] ?? ''}
          errors={errors}
        />
      </>
    )
  }
  return (
    <>
      <Text name="issuer" label="Issuer (iss)" {...given} />
      {address}
      <Text name="subject" label="Subject (sub)" {...given} />
      <Text name="audience" label="Audience (aud)" {...given} />
      <Text name="tenantId" label="Entra directory (tid); empty for other issuers" {...given} />
    </>
  )
}

function Text(props: Required<FormProps> & { readonly name: string; readonly label: string }) {
  const { name, label, values, errors } = props
  return (
    <Field
      name={name}
      label={label}
      value={values[name] ?? ''}
      errors={errors}
      more={{ maxlength: name === 'label' ? 100 : 2_000, autocomplete: 'off' }}
    />
  )
}
