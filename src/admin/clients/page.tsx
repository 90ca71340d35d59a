/** The OAuth clients of a tenant: their list, and how one is made. */
import { makeClient, type ClientRefusal } from '../../oauth/commands'
import { listClients, type ClientKind, type ClientRecord } from '../../oauth/store'
import type { Tenant } from '../../tenants/tenant'
import { useWords } from '../guide/words'
import { authorOf, For, type AdminContext } from '../shell/context'
import { Field, FormNumber, Lines, Notice, Select, type FieldErrors } from '../shell/components'
import { formOf } from '../shell/forms'
import { redirectWith, secretOfForm } from '../shell/once'
import { clientForms, keyTexts, limits, secretLives, wrongFields } from './forms'
import { ClientsFrame, clientsPath, refuseHere, showHere, useClientsPath } from './place'
import { Clients, kindTitles } from './table'
import { Steps } from './values'

const kinds = ['secret', 'federated', 'jwt'] as const satisfies readonly ClientKind[]

const kindTexts: Readonly<Record<ClientKind, string>> = {
  secret: 'clients.kind.secret.text',
  federated: 'clients.kind.federated.text',
  jwt: 'clients.kind.jwt.text',
}

export async function showClients(c: AdminContext) {
  const { tenant } = c.var
  const found = await listClients(c.env.DB, tenant)
  if (!found.ok) return refuseHere(c, found.error)
  const isRevoked = c.req.query('done') === 'revoked'
  return showHere(c, <ClientList tenant={tenant} clients={found.value} isRevoked={isRevoked} />)
}

export function showNewClient(c: AdminContext) {
  const kind = kindOf(c)
  const page = kind && <NewClient tenant={c.var.tenant} kind={kind} />
  return page ? showHere(c, page) : refuseHere(c, { kind: 'target' })
}

/** The page that it leads to shows the secret once; nobody can read it later. */
export async function receiveClient(c: AdminContext) {
  const kind = kindOf(c)
  if (!kind) return refuseHere(c, { kind: 'target' })
  const { form: number, ...fields } = await formOf(c)
  const form = clientForms[kind].safeParse(fields)
  if (!form.success) return showAgain(c, 422, kind, fields, wrongFields(form.error))
  const given = await secretOfForm(c, number, fields)
  if (!given.ok) return refuseHere(c, given.error)
  const made = await makeClient(c.env, c.var.tenant, form.data, authorOf(c), given.value)
  if (made.ok) {
    const { client, secret = '' } = made.value
    return redirectWith(c, clientsPath(c, `/clients/${client.id}`), secret)
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
    // A private key is in no page, not even in that of whoever has sent it.
    const shown = refusal.reason === 'privateKey' ? { ...fields, jwks: '' } : fields
    return showAgain(c, 422, kind, shown, new Map([[refusal.from, keyTexts[refusal.reason]]]))
  }
  if (refusal.kind !== 'tooManyClients') return refuseHere(c, refusal)
  return showAgain(c, 409, kind, fields, new Map(), 'clients.full')
}

/** `errors` and `problem` are keys of messages. */
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
  return showHere(c, <NewClient {...given} />, status)
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
  const words = useWords()
  const pathTo = useClientsPath(tenant)
  return (
    <ClientsFrame tenant={tenant} title={words.text('clients.title')}>
      <h1>{words.text('clients.title')}</h1>
      {isRevoked ? <Notice state="good">{words.text('clients.revoked')}</Notice> : null}
      <section class="card" aria-labelledby="list">
        <h2 id="list">{words.text('clients.list')}</h2>
        <p>{words.text('clients.text')}</p>
        <Clients tenant={tenant} clients={clients} now={Date.now()} />
      </section>
      <For least="setup">
        <section class="card" aria-labelledby="make">
          <h2 id="make">{words.text('clients.make')}</h2>
          <ul>
            {kinds.map((kind) => (
              <li>
                <a href={pathTo(`/new-client/${kind}`)}>{words.text(kindTitles[kind])}</a>:{' '}
                {words.nodes(kindTexts[kind])}
              </li>
            ))}
          </ul>
        </section>
      </For>
    </ClientsFrame>
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
  const { tenant, kind, values = {}, problem } = props
  const words = useWords()
  const pathTo = useClientsPath(tenant)
  const title = words.text(kindTitles[kind])
  const said = [...(props.errors ?? [])].map(
    ([field, key]) => [field, words.text(key, limits)] as const,
  )
  const errors = new Map(said)
  return (
    <ClientsFrame tenant={tenant} title={title}>
      <h1>{title}</h1>
      {problem === undefined ? null : <Notice state="bad">{words.text(problem, limits)}</Notice>}
      <section class="card" aria-labelledby="form">
        <h2 id="form">{words.text('clients.make')}</h2>
        <p>{words.nodes(kindTexts[kind])}</p>
        <form method="post" action={pathTo(`/new-client/${kind}`)} data-once>
          <FormNumber />
          <Text name="label" label={words.text('clients.label')} values={values} errors={errors} />
          <Fields kind={kind} values={values} errors={errors} />
          <button type="submit">{words.text('clients.makeIt')}</button>
        </form>
      </section>
      <section class="card" aria-labelledby="steps">
        <h2 id="steps">{words.text('clients.steps')}</h2>
        <Steps kind={kind} />
      </section>
    </ClientsFrame>
  )
}

export function SecretLife({ label, hint }: { readonly label: string; readonly hint: string }) {
  const words = useWords()
  const options = secretLives.map(([days, key]) => [days, words.text(key)] as const)
  return <Select name="days" label={words.text(label)} hint={words.text(hint)} options={options} />
}

function Fields({ kind, values, errors }: Required<FormProps> & { readonly kind: ClientKind }) {
  const words = useWords()
  const given = { values, errors }
  if (kind === 'secret') return <SecretLife label="clients.life" hint="clients.life.hint" />
  const address = <Text name="jwksUrl" label={words.text('clients.jwksUrl')} {...given} />
  if (kind === 'jwt') {
    return (
      <>
        {address}
        <Lines
          name="jwks"
          label={words.text('clients.jwks')}
          hint={words.text('clients.jwks.hint')}
          value={values['jwks'] ?? ''}
          errors={errors}
        />
      </>
    )
  }
  return (
    <>
      <Text name="issuer" label={words.text('clients.issuer')} {...given} />
      {address}
      <Text name="subject" label={words.text('clients.subject')} {...given} />
      <Text name="audience" label={words.text('clients.audience')} {...given} />
      <Text name="tenantId" label={words.text('clients.directory')} {...given} />
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
