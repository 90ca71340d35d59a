/** What a tenant stores and may store, as pages tell it. */
import type { Tenant } from '../../tenants/tenant'
import { For, tenantPath } from '../shell/context'

/** Share of the budget at which the overview warns. */
const warnedShare = 0.9

/** Millions of bytes; undefined until the first count. */
function usedOf({ directoryBytes, logBytes }: Tenant): number | undefined {
  if (directoryBytes === null || logBytes === null) return undefined
  return (directoryBytes + logBytes) / 1_000_000
}

/** “312 of 5,000 MB: 200 MB of people and teams, 112 MB of changes and log”. */
export function storedText(tenant: Tenant): string {
  const { directoryBytes, logBytes, settings } = tenant
  const used = usedOf(tenant)
  if (used === undefined) return 'It is counted in the night.'
  const [all, directory, log] = [used * 1_000_000, directoryBytes ?? 0, logBytes ?? 0].map(
    megabytes,
  )
  const budget = settings.storage.megabytes.toLocaleString('en')
  return `${all} of ${budget} MB are used: ${directory} MB by people and teams, ${log} MB by changes and the log.`
}

function megabytes(bytes: number): string {
  const used = bytes / 1_000_000
  return used.toLocaleString('en', { maximumFractionDigits: used < 10 ? 1 : 0 })
}

/** A warning of a tenant that is full, or nearly; null for all others. */
export function storageWarning(tenant: Tenant) {
  const isNear = (usedOf(tenant) ?? 0) > warnedShare * tenant.settings.storage.megabytes
  if (!tenant.isFull && !isNear) return null
  return (
    <p>
      <strong>
        {tenant.isFull
          ? 'The storage is used up: nothing more is taken in.'
          : 'The storage is nearly used up.'}
      </strong>{' '}
      {storedText(tenant)} Deleting, deactivating and taking people out of teams goes on.{' '}
      <For least="operator">
        <a href={tenantPath(tenant, '/settings#storage')}>To the setting</a>
      </For>
    </p>
  )
}
