/** Forms of the console that make a secret. */
import { open } from './console'

export interface SecretForm {
  readonly what: string
  /** The page with the form, and the address that it is sent to, below /admin. */
  readonly page: string
  readonly to: string
  readonly fields: Readonly<Record<string, string>>
  /** Id of the field that shows the secret. */
  readonly shownAs: string
  /** The list of the API with what was made, and its name there. */
  readonly list: string
  readonly name: string
}

const days = '90'

/** Those whose secret an operator gives to a program or a person, in a tenant and in all of them. */
export function secretForms(slug: string): readonly SecretForm[] {
  const path = `/tenants/${slug}`
  return [
    {
      what: 'a key of the application',
      page: `${path}/keys`,
      to: `${path}/keys`,
      fields: { label: 'Billing', scope: 'read', days },
      shownAs: 'new-key',
      list: `${path}/keys`,
      name: 'keys',
    },
    {
      what: 'a link',
      page: `${path}/links`,
      to: `${path}/links`,
      fields: { label: 'Ann', role: 'view', days: '7' },
      shownAs: 'new-link',
      list: `${path}/links`,
      name: 'links',
    },
    {
      what: 'an OAuth client',
      page: `${path}/new-client/secret`,
      to: `${path}/new-client/secret`,
      fields: { label: 'Entra', days: '365' },
      shownAs: 'new-secret',
      list: `${path}/clients`,
      name: 'clients',
    },
    {
      what: 'an operator token',
      page: '/operator-tokens',
      to: '/operator-tokens',
      fields: { label: 'Terraform', scope: 'read', days },
      shownAs: 'new-operator-token',
      list: '/operator-tokens',
      name: 'tokens',
    },
    {
      what: 'a person of the operator',
      page: '/staff',
      to: '/staff',
      fields: { name: 'Ann', role: 'support', days },
      shownAs: 'new-access-code',
      list: '/staff',
      name: 'people',
    },
  ]
}

/** The number by which a form on a page counts once; empty where there is none. */
export async function formNumber(page: string, cookie: string): Promise<string> {
  const html = await (await open(page, { cookie })).text()
  return /name="form" value="([^"]+)"/.exec(html)?.[1] ?? ''
}
