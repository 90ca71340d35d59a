/** Profiles of identity providers to choose from, for a new tenant and in the settings. */
import type { TenantSettings } from '../../tenants/settings'

export type Options<T extends string> = readonly (readonly [
  value: T,
  label: string,
  hint: string,
])[]

export const profileOptions: Options<TenantSettings['profile']> = [
  ['auto', 'Any', 'What any identity provider sends is understood.'],
  ['onelogin', 'OneLogin', ''],
  ['okta', 'Okta', ''],
  ['entra', 'Microsoft Entra ID', ''],
  [
    'aws',
    'Tools for AWS IAM Identity Center',
    'ssosync and idp-scim-sync: lists show teams without members; no “active” means inactive.',
  ],
  ['rfc', 'The standard alone', 'Whatever RFC 7643 and RFC 7644 do not allow is refused.'],
  ['strict', 'Interoperability Profile', 'Narrower than the standard: for checks, and IPSIE.'],
]
