/** What to do about a refusal, in the words of the screens of the provider that was refused. */
import { readAsset } from '../../http/assets'
import type { ProviderName } from '../../scim/profile'
import type { Tenant } from '../../tenants/tenant'
import { providerOf } from '../guide/caller'
import type { AdminContext } from '../shell/context'
import { remedyOf } from './failures'

/** Remedies by provider and code. */
export type Remedies = Readonly<Record<string, Readonly<Record<string, string>>>>

/** A refusal, and the provider that sent the request, as far as it is known. */
interface Refused {
  readonly code: string
  readonly detail: string
  readonly cause: { readonly provider?: ProviderName | undefined }
}

export async function readRemedies(c: AdminContext): Promise<Remedies> {
  return (await readAsset<Remedies>(c.env, '/remedies.json')) ?? {}
}

export function remedyFor(refused: Refused, tenant: Tenant, remedies: Remedies): string {
  const provider = refused.cause.provider ?? providerOf(tenant, undefined)
  const known = provider && remedies[provider]
  return known && Object.hasOwn(known, refused.code)
    ? (known[refused.code] ?? '')
    : remedyOf(refused)
}
