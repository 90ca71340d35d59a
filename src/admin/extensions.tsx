/** The schemas that a tenant has declared for attributes of its own. */
import type { Attribute } from '../scim/schema'
import type { TenantExtension } from '../store/settings'
import { Table } from './pieces'

export function Extensions(props: { readonly extensions: readonly TenantExtension[] }) {
  const { extensions } = props
  return (
    <section class="card after" aria-labelledby="extensions">
      <h2 id="extensions">Schemas of its own</h2>
      <p>
        Attributes that the standard does not have. They are declared through the interface of the
        administration, as <code>extensions</code> of the tenant.
      </p>
      {extensions.length === 0 ? <p class="empty">None is declared.</p> : null}
      {extensions.map(({ resourceType, schema }) => (
        <>
          <h3>
            {schema.name}{' '}
            <span class="hint">for {resourceType === 'User' ? 'users' : 'teams'}</span>
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
      ))}
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
