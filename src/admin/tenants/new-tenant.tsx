/** The form of a new tenant. */
import { root } from '../shell/context'
import { Field, FormNumber, Select, type FieldErrors } from '../shell/components'
import { profileOptions } from './profile-options'

/** The form as it was sent, with the texts of wrong fields. */
export interface TenantDraft {
  readonly name: string
  readonly slug: string
  readonly profile?: string | undefined
  readonly database?: string | undefined
  readonly errors: FieldErrors
}

/** Open where there is no tenant yet, or the form is to be corrected. */
export function NewTenant(props: {
  readonly draft: TenantDraft | undefined
  readonly databases: readonly string[]
  /** The database that is chosen first. */
  readonly usual: string
  readonly isOpen: boolean
}) {
  const { databases, usual } = props
  const draft = props.draft ?? { name: '', slug: '', errors: new Map<string, string>() }
  return (
    <details class="card new" open={props.isOpen}>
      <summary>New tenant</summary>
      <form
        method="post"
        action={`${root}/tenants`}
        class="columns"
        data-fields={databases.length > 1 ? 4 : 3}
      >
        <FormNumber />
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
            value={draft.database ?? usual}
            options={databases.map((name) => [name, name] as const)}
          />
        ) : null}
        <button type="submit">Create tenant</button>
      </form>
    </details>
  )
}
