/** The page of the operator's people: who they are, what they may, and their access codes. */
import {
  addPerson,
  listStaff,
  maximumStaff,
  revokePerson,
  type StaffRecord,
} from '../../access/staff'
import { idOf } from '../../http/id'
import { authorOf, root, show, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, FormNumber, Notice, Select, type FieldErrors } from '../shell/components'
import { CredentialTable, NewSecret } from './credentials'
import { operatorTokenLifetimes, personForm } from './forms'

const path = `${root}/staff`

interface PageProps {
  readonly people: readonly StaffRecord[]
  readonly code?: string
  readonly notice?: string
  readonly problem?: string
  readonly errors?: FieldErrors
}

export async function showStaff(c: AdminContext) {
  const code = await takeOnce(c)
  const isRevoked = c.req.query('done') === 'revoked'
  const notice = 'The person is signed out, and the access code is refused from now on.'
  return showPage(c, 200, {
    ...(isRevoked ? { notice } : {}),
    ...(code === undefined ? {} : { code }),
  })
}

/** The page that it leads to shows the code once; nobody can read it later. */
export async function receivePerson(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = personForm.safeParse(fields)
  if (!form.success) return showPage(c, 422, { errors: errorsOf(form.error) })
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showRefusal(c, secret.error)
  const { name: label, role, expiresAt } = form.data
  const added = await addPerson(c.env.DB, { label, role, expiresAt }, authorOf(c), secret.value)
  if (!added.ok) return showRefusal(c, added.error)
  if (added.value) return redirectWith(c, path, added.value.code)
  const problem = `There are ${maximumStaff} people already. Revoke one who is no longer here first.`
  return showPage(c, 409, { problem })
}

export async function receivePersonRevocation(c: AdminContext) {
  const revoked = await revokePerson(c.env.DB, idOf(c), authorOf(c))
  return revoked.ok ? c.redirect(`${path}?done=revoked`, 303) : showRefusal(c, revoked.error)
}

async function showPage(c: AdminContext, status: 200 | 409 | 422, more: Partial<PageProps>) {
  const found = await listStaff(c.env.DB)
  if (!found.ok) return showRefusal(c, found.error)
  return show(c, <Staff people={found.value} {...more} />, status)
}

function Staff({ people, code, notice, problem, errors = new Map() }: PageProps) {
  return (
    <Layout title="Operators" here={{ page: 'Operators' }}>
      <h1>Operators</h1>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      <NewSecret
        id="new-access-code"
        title="Copy the access code now"
        label="Access code"
        value={code}
      >
        It is shown this once. The person signs in with it.
      </NewSecret>
      <section class="card" aria-labelledby="people">
        <h2 id="people">People of the operator</h2>
        <p>
          Each has a name, which the audit quotes, and a role. Whoever comes by Cloudflare Access
          has the role of the entry whose name is the e-mail address.
        </p>
        <CredentialTable
          caption="People of the operator"
          named={['Name', 'Role', 'Last sign-in']}
          list={people}
          kindOf={({ role }) => role}
          path={path}
          empty="There is nobody yet but whoever has the operator secret."
        />
        <h3>Add a person</h3>
        <form method="post" action={path} class="columns" data-fields="3">
          <FormNumber />
          <Field
            name="name"
            label="Name"
            hint="Or the e-mail address, for Cloudflare Access."
            errors={errors}
            isRequired
            more={{ maxlength: 100, autocomplete: 'off' }}
          />
          <Select
            name="role"
            label="Role"
            hint="Support looks at everything and changes nothing. An owner also says who may what."
            value="support"
            options={[
              ['support', 'Support'],
              ['operator', 'Operator'],
              ['owner', 'Owner'],
            ]}
          />
          <Select
            name="days"
            label="Expires"
            hint="An expired code is refused."
            options={operatorTokenLifetimes}
          />
          <button type="submit">Add person</button>
        </form>
      </section>
    </Layout>
  )
}
