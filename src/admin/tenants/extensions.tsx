/** Schemas that a tenant has declared for attributes of its own. */
import type { Attribute } from '../../scim/schema'
import type { TenantExtension } from '../../tenants/settings'
import { For, tenantPath } from '../shell/context'
import { observedExtensions } from './observed'
import { Table } from '../shell/components'
import { Shown } from '../shell/stale/shown'
import type { Tenant } from '../../tenants/tenant'

export function Extensions(props: { readonly extensions: readonly TenantExtension[] }) {
  const { extensions } = props
  return (
    <section class="card after" aria-labelledby="extensions">
      <h2 id="extensions">Schemas of its own</h2>
      <p>
        Attributes that the standard does not have. The identity provider can send them, and filter
        by them.
      </p>
      {extensions.length === 0 ? <p class="empty">None is declared.</p> : null}
      {extensions.map((extension) => (
        <Extension extension={extension} />
      ))}
    </section>
  )
}

/** What the identity provider sends and nobody has declared; each declared with one click. */
export function Observed(props: { readonly tenant: Tenant }) {
  const { tenant } = props
  const observed = observedExtensions(tenant)
  if (observed.length === 0) return null
  return (
    <section class="card" aria-labelledby="observed">
      <h2 id="observed">Observed schemas</h2>
      <p>
        The identity provider sends these attributes, and no schema describes them. They are kept,
        and announced as they were seen first. Who declares one says what is right from now on.
      </p>
      {observed.map((extension) => (
        <>
          <Extension extension={extension} />
          <For least="operator">
            <form method="post" action={tenantPath(tenant, '/schemas/observed')}>
              <input type="hidden" name="resourceType" value={extension.resourceType} />
              <input type="hidden" name="id" value={extension.schema.id} />
              <button type="submit">Declare {extension.schema.name}</button>
            </form>
          </For>
        </>
      ))}
    </section>
  )
}

function Extension(props: { readonly extension: TenantExtension }) {
  const { resourceType, schema } = props.extension
  return (
    <>
      <h3>
        {schema.name} <span class="hint">for {resourceType === 'User' ? 'users' : 'teams'}</span>
      </h3>
      <p>
        <code>{schema.id}</code>
      </p>
      {schema.description === '' ? null : <p>{schema.description}</p>}
      <Table
        caption={`Attributes of ${schema.name}`}
        columns={['Attribute', 'Type', 'Values', 'Required', 'Returned']}
        rows={schema.attributes.flatMap((attribute) => [
          row(attribute, attribute.name),
          ...(attribute.subAttributes ?? []).map((part) =>
            row(part, `${attribute.name}.${part.name}`),
          ),
        ])}
      />
    </>
  )
}

const example = `[
  {
    "resourceType": "User",
    "id": "urn:example:params:scim:schemas:extension:acme:2.0:User",
    "name": "Acme user",
    "attributes": [
      { "name": "costCenter", "description": "Who pays" },
      { "name": "floor", "type": "integer" }
    ]
  }
]`

/** All schemas as one text: they are few, and come from a document of the customer. */
export function SchemaForm(props: {
  readonly tenant: Tenant
  readonly text: string
  /** What the form says that it showed. */
  readonly shown: string
  /** Why the text could not be saved; undefined where it was not sent. */
  readonly error: string | undefined
  readonly isChanged: boolean
}) {
  const { tenant, text, error } = props
  return (
    <section class="card" aria-labelledby="declare">
      <h2 id="declare">Declare schemas</h2>
      <form method="post" action={tenantPath(tenant, '/schemas')}>
        <Shown shown={props.shown} />
        <div class="field">
          <label for="schemas">Schemas, as JSON</label>
          <p class="hint" id="schemas-hint">
            A list. An attribute is a text with one value unless it says otherwise:{' '}
            <code>type</code>, <code>multiValued</code>, <code>required</code>,{' '}
            <code>caseExact</code>, <code>returned</code>, <code>subAttributes</code>. Values that
            are stored stay, whatever is declared. Empty declares none.
          </p>
          <textarea
            id="schemas"
            name="schemas"
            rows={Math.min(24, Math.max(6, text.split('\n').length))}
            spellcheck={false}
            aria-describedby="schemas-hint"
            {...(error === undefined ? {} : { 'aria-invalid': 'true' })}
          >
            {text}
          </textarea>
          {error === undefined ? null : <p class="error">{error}</p>}
        </div>
        <button type="submit">{props.isChanged ? 'Save over it' : 'Save schemas'}</button>
      </form>
      <details class="after">
        <summary>An example</summary>
        <pre tabindex={0} aria-label="An example of schemas">
          {example}
        </pre>
      </details>
    </section>
  )
}

function row({ type, multiValued, required, returned }: Attribute, name: string) {
  return [
    <code>{name}</code>,
    type,
    multiValued ? 'Several' : 'One',
    required ? 'Yes' : 'No',
    returned,
  ]
}
