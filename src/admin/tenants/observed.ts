/** Schemas that were observed and that nobody has declared, as an operator may declare them. */
import type { Attribute } from '../../scim/schema'
import type { TenantExtension } from '../../tenants/settings'
import { groupTypeOf, userTypeOf } from '../../tenants/settings'
import type { Tenant } from '../../tenants/tenant'

/** One for each type of resource in which something was seen. */
export function observedExtensions(tenant: Tenant): readonly TenantExtension[] {
  return [userTypeOf(tenant), groupTypeOf(tenant)].flatMap((type) =>
    type.extensions
      .filter(({ isObserved }) => isObserved)
      .map(({ id, name, attributes }) => ({
        resourceType: type.name,
        schema: { id, name, description: '', attributes: attributes.map(undescribed) },
      })),
  )
}

/** The words of an observation are not those of a declaration. */
function undescribed({ subAttributes, ...attribute }: Attribute): Attribute {
  return {
    ...attribute,
    description: '',
    ...(subAttributes ? { subAttributes: subAttributes.map(undescribed) } : {}),
  }
}

/** The extensions of a tenant with an observed one; undefined when there is no such one. */
export function withDeclared(
  tenant: Tenant,
  wanted: Readonly<Record<string, string>>,
): readonly TenantExtension[] | undefined {
  const found = observedExtensions(tenant).find(
    ({ resourceType, schema }) =>
      resourceType === wanted['resourceType'] && schema.id === wanted['id'],
  )
  return found && [...tenant.settings.extensions, found]
}
