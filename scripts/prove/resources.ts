/** People and teams that checks make, and the URNs that they name. */

export const messages = {
  list: 'urn:ietf:params:scim:api:messages:2.0:ListResponse',
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  error: 'urn:ietf:params:scim:api:messages:2.0:Error',
  search: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  bulk: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
} as const

export const urns = {
  user: 'urn:ietf:params:scim:schemas:core:2.0:User',
  group: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  enterprise: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
} as const

export type More = Readonly<Record<string, unknown>>

/** An id that no server has given out. */
export const nobody = '00000000-0000-4000-8000-000000000000'

export function addressOf(name: string): string {
  return `${name}@example.com`
}

/** The body of a person who is active. */
export function personOf(name: string): More {
  return {
    schemas: [urns.user],
    userName: addressOf(name),
    externalId: `ext-${name}`,
    name: { givenName: 'Ann', familyName: 'Prover' },
    displayName: 'Ann Prover',
    emails: [{ value: addressOf(name), type: 'work', primary: true }],
    active: true,
  }
}

export function teamOf(name: string): More {
  return { schemas: [urns.group], displayName: name }
}
