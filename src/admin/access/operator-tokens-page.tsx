/** The page of operator tokens: what programs of the operator sign in to the API with. */
import {
  issueOperatorToken,
  listOperatorTokens,
  maximumOperatorTokens,
  revokeOperatorToken,
  type OperatorTokenRecord,
} from '../../access/operator-tokens'
import { idOf } from '../../http/id'
import { authorOf, root, show, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, FormNumber, Notice, Select, type FieldErrors } from '../shell/components'
import { CredentialTable, NewSecret } from './credentials'
import { operatorTokenForm, operatorTokenLifetimes } from './forms'

const path = `${root}/operator-tokens`

interface PageProps {
  readonly tokens: readonly OperatorTokenRecord[]
  readonly token?: string
  readonly notice?: string
  readonly problem?: string
  readonly errors?: FieldErrors
}

export async function showOperatorTokens(c: AdminContext) {
  const token = await takeOnce(c)
  const isRevoked = c.req.query('done') === 'revoked'
  const notice = 'The operator token is revoked. Requests that use it are refused from now on.'
  return showPage(c, 200, {
    ...(isRevoked ? { notice } : {}),
    ...(token === undefined ? {} : { token }),
  })
}

/** The page that it leads to shows the token once; nobody can read it later. */
export async function receiveOperatorToken(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = operatorTokenForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showRefusal(c, secret.error)
  const issued = await issueOperatorToken(c.env.DB, form.data, authorOf(c), secret.value)
  if (!issued.ok) return showRefusal(c, issued.error)
  if (issued.value) return redirectWith(c, path, issued.value.token)
  const problem = `There are ${maximumOperatorTokens} live operator tokens already. Revoke one that is no longer used first.`
  return showPage(c, 409, { problem })
}

export async function receiveOperatorTokenRevocation(c: AdminContext) {
  const revoked = await revokeOperatorToken(c.env.DB, idOf(c), authorOf(c))
  return revoked.ok ? c.redirect(`${path}?done=revoked`, 303) : showRefusal(c, revoked.error)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, more: Partial<PageProps>) {
  const found = await listOperatorTokens(c.env.DB)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <OperatorTokens tokens={found.value} {...more} />, status)
}

function OperatorTokens({ tokens, token, notice, problem, errors }: PageProps) {
  return (
    <Layout title="Operator tokens" here={{ page: 'Tokens' }}>
      <h1>Operator tokens</h1>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      <NewSecret
        id="new-operator-token"
        title="Copy the new operator token now"
        label="Operator token"
        value={token}
      >
        It is shown this once.
      </NewSecret>
      <section class="card" aria-labelledby="tokens">
        <h2 id="tokens">Tokens for the administration API</h2>
        <p>
          Give each program its own, in place of the operator secret. The audit names it, and it can
          be revoked alone.
        </p>
        <CredentialTable
          caption="Operator tokens"
          named={['Label', 'May', 'Last used']}
          list={tokens}
          kindOf={({ scope }) => scopes.get(scope) ?? scope}
          path={path}
          empty="There is no operator token yet."
        />
        <h3>Make an operator token</h3>
        <TokenForm errors={errors ?? new Map()} />
      </section>
    </Layout>
  )
}

const scopes = new Map<string, string>([
  ['read', 'Read'],
  ['tenants', 'Read, and change tenants'],
  ['all', 'Read, and change all but operator tokens'],
])

function TokenForm({ errors }: { readonly errors: FieldErrors }) {
  return (
    <form method="post" action={path} class="columns" data-fields="3">
      <FormNumber />
      <Field
        name="label"
        label="Label"
        hint="The program that will use it, for example Terraform."
        errors={errors}
        isRequired
        more={{ maxlength: 100, autocomplete: 'off' }}
      />
      <Select
        name="scope"
        label="May"
        hint="Read: every GET. Of tenants: what is below /tenants."
        options={[...scopes]}
      />
      <Select
        name="days"
        label="Expires"
        hint="An expired token is refused."
        options={operatorTokenLifetimes}
      />
      <button type="submit">Make operator token</button>
    </form>
  )
}
