/** What a tenant stores and may store, as pages tell it. */
import type { Tenant } from '../../tenants/tenant'
import { tenantPath } from '../shell/context'

/** Share of the budget at which the overview warns. */
const warnedShare = 0.9

/** “312 of 5,000 MB are used: 200 MB by people and teams, 112 MB by changes and the log.” */
export function storedText({ directoryBytes, logBytes, settings }: Tenant): string {
  if (directoryBytes === null || logBytes === null) return 'It is counted in the night.'
  const { megabytes: budget } = settings.storage
  const all = megabytes(directoryBytes + logBytes)
  const parts = `${megabytes(directoryBytes)} MB by people and teams, ${megabytes(logBytes)} MB by changes and the log`
  return `${all} of ${budget.toLocaleString('en')} MB are used: ${parts}.`
}

function megabytes(bytes: number): string {
  const used = bytes / 1_000_000
  return used.toLocaleString('en', { maximumFractionDigits: used < 10 ? 1 : 0 })
}

/** A warning of a tenant that is full, or nearly; undefined for all others. */
export function storageWarning(tenant: Tenant) {
  const used = ((tenant.directoryBytes ?? 0) + (tenant.logBytes ?? 0)) / 1_000_000
  const isNear = used > warnedShare * tenant.settings.storage.megabytes
  if (!tenant.isFull && !isNear) return undefined
  return (
    <p>
      <strong>
        {tenant.isFull ? 'The storage is used up: nothing is taken in.' : 'Little storage is left.'}
      </strong>{' '}
      {storedText(tenant)} <a href={tenantPath(tenant, '/settings#storage')}>To the setting</a>
    </p>
  )
}
