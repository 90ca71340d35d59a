import { attribute, named, type ResourceType, type Schema } from './schema'

/** Members are rows of the store; every other attribute of a team is in its document. */
export const members = attribute('members', 'People in the team.', {
  type: 'complex',
  multiValued: true,
  subAttributes: [
    attribute('value', 'Identifier of the user.', {
      caseExact: true,
      mutability: 'immutable',
    }),
    attribute('$ref', 'Address of the user.', {
      type: 'reference',
      referenceTypes: ['User'],
      caseExact: true,
      mutability: 'immutable',
    }),
    attribute('type', 'Kind of the member: User.', {
      canonicalValues: ['User'],
      mutability: 'immutable',
    }),
    attribute('display', 'Name of the user.', { mutability: 'readOnly' }),
  ],
})

/** The Group schema (RFC 7643 sections 4.2 and 8.7.1). The product calls a Group a team. */
export const groupSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:Group',
  name: 'Group',
  description: 'Group',
  attributes: [
    named('displayName', 'Name of the team; unique in the tenant.', {
      required: true,
      uniqueness: 'server',
    }),
    members,
  ],
}

export const groupType: ResourceType = {
  name: 'Group',
  endpoint: '/Groups',
  description: 'Group',
  schema: groupSchema,
  extensions: [],
}
