import { attribute, named, plural, usualTypes, type ResourceType, type Schema } from './schema'
import { lengths } from './text/limits'

export const active = attribute('active', 'False for a person who may not use the product now.', {
  type: 'boolean',
})

/** The core User schema (RFC 7643 section 4.1), called as section 8.7.1 calls it. */
export const userSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:core:2.0:User',
  name: 'User',
  description: 'User Account',
  attributes: [
    named('userName', 'Name that the person signs in with; unique in the tenant.', {
      required: true,
      uniqueness: 'server',
    }),
    attribute('name', 'Parts of the name of the person.', {
      type: 'complex',
      subAttributes: [
        named('formatted', 'The whole name as it is shown.'),
        named('familyName', 'Family name, or last name.'),
        named('givenName', 'Given name, or first name.'),
        named('middleName', 'Middle names.'),
        named('honorificPrefix', 'Title before the name, such as Dr.'),
        named('honorificSuffix', 'What follows the name, such as III.'),
      ],
    }),
    named('displayName', 'Name of the person as the product shows it.'),
    named('nickName', 'What the person is called casually.'),
    attribute('profileUrl', 'Address of a page about the person.', {
      type: 'reference',
      referenceTypes: ['external'],
    }),
    named('title', 'Job title.'),
    named('userType', 'Relation between person and organization, such as Employee.'),
    named('preferredLanguage', 'Languages the person prefers, as in Accept-Language.'),
    named('locale', 'Where the person is, for dates and numbers, such as en-US.'),
    named('timezone', 'Time zone by its Olson name, such as Europe/Vienna.'),
    active,
    attribute('password', 'Accepted for the sake of clients; neither kept nor returned.', {
      caseExact: true,
      mutability: 'writeOnly',
      returned: 'never',
    }),
    plural('emails', 'E-mail addresses.', named('value', 'The e-mail address.')),
    plural('phoneNumbers', 'Telephone numbers.', named('value', 'The telephone number.'), [
      'work',
      'home',
      'mobile',
      'fax',
      'pager',
      'other',
    ]),
    plural('ims', 'Instant messaging addresses.', named('value', 'The address.'), [
      'aim',
      'gtalk',
      'icq',
      'xmpp',
      'msn',
      'skype',
      'qq',
      'yahoo',
    ]),
    plural(
      'photos',
      'Pictures of the person.',
      attribute('value', 'Address of the picture.', {
        type: 'reference',
        maximumLength: lengths.binary,
        referenceTypes: ['external'],
        caseExact: true,
      }),
      ['photo', 'thumbnail'],
    ),
    attribute('addresses', 'Postal addresses.', {
      type: 'complex',
      multiValued: true,
      subAttributes: [
        attribute('formatted', 'The whole address as it is printed.'),
        attribute('streetAddress', 'Street, house number and more.'),
        named('locality', 'City or locality.'),
        named('region', 'State or region.'),
        named('postalCode', 'Postal code.'),
        named('country', 'Country, by its two-letter code.'),
        named('type', 'What this address is for.', {
          canonicalValues: usualTypes,
        }),
        attribute('primary', 'True for the preferred address; at most one is.', {
          type: 'boolean',
        }),
      ],
    }),
    attribute('groups', 'Teams that the person is in; changed through the teams.', {
      type: 'complex',
      multiValued: true,
      mutability: 'readOnly',
      subAttributes: [
        attribute('value', 'Identifier of the team.', { caseExact: true, mutability: 'readOnly' }),
        attribute('$ref', 'Address of the team.', {
          type: 'reference',
          referenceTypes: ['Group'],
          caseExact: true,
          mutability: 'readOnly',
        }),
        attribute('display', 'Name of the team.', { mutability: 'readOnly' }),
        attribute('type', 'Whether the membership is direct.', {
          canonicalValues: ['direct', 'indirect'],
          mutability: 'readOnly',
        }),
      ],
    }),
    plural(
      'entitlements',
      'Things that the person may use.',
      attribute('value', 'The entitlement.'),
    ),
    plural('roles', 'Roles of the person.', attribute('value', 'The role.')),
    plural(
      'x509Certificates',
      'Certificates of the person.',
      attribute('value', 'The certificate, DER in base64.', { type: 'binary', caseExact: true }),
    ),
  ],
}

/** The enterprise extension of User (RFC 7643 section 4.3). */
export const enterpriseSchema: Schema = {
  id: 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User',
  name: 'EnterpriseUser',
  description: 'Enterprise User',
  attributes: [
    named('employeeNumber', 'Number or code of the person in the organization.'),
    named('costCenter', 'Cost center.'),
    named('organization', 'Organization.'),
    named('division', 'Division.'),
    named('department', 'Department.'),
    attribute('manager', 'Who the person reports to.', {
      type: 'complex',
      subAttributes: [
        named('value', 'Identifier of the manager.', { caseExact: true }),
        attribute('$ref', 'Address of the manager.', {
          type: 'reference',
          referenceTypes: ['User'],
          caseExact: true,
        }),
        attribute('displayName', 'Name of the manager.', { mutability: 'readOnly' }),
      ],
    }),
  ],
}

export const userType: ResourceType = {
  name: 'User',
  endpoint: '/Users',
  description: 'User Account',
  schema: userSchema,
  extensions: [enterpriseSchema],
}

/** The same for the profile whose schemas hold no credential (IPSIE AL SCIM 2.0 Profile 6.1.2). */
export const userTypeWithoutPassword: ResourceType = {
  ...userType,
  schema: {
    ...userSchema,
    attributes: userSchema.attributes.filter(({ mutability }) => mutability !== 'writeOnly'),
  },
}
