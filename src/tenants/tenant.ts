/** A tenant as it is read from its database. */
import type { SeenSchema } from '../scim/schema'
import type { TenantSettings } from './settings'

export interface Tenant {
  readonly id: number
  readonly slug: string
  readonly name: string
  readonly settings: TenantSettings
  /** What was seen of extensions that no schema describes. */
  readonly observed: readonly SeenSchema[]
  /** False while one of the two switches is off. */
  readonly enabled: boolean
  /** True while the operator, or the customer's administrator, has switched provisioning off. */
  readonly operatorOff: boolean
  readonly customerOff: boolean
  /** Version of the tenant's row. */
  readonly revision: number
  /** True while the application sees something otherwise than the directory has it. */
  readonly isHolding: boolean
  /** Id of the hold that waits for a decision; null when there is none. */
  readonly openHold: string | null
  readonly userCount: number
  readonly teamCount: number
  /** Bytes of the directory and of the log as they were counted last; null before the first count. */
  readonly directoryBytes: number | null
  readonly logBytes: number | null
  /** True while that is more than its budget. */
  readonly isFull: boolean
  readonly createdAt: number
  /** Name of the guide that was opened in the set-up; null before one was. */
  readonly guide: string | null
  /** End of the set-up; null before it. */
  readonly setUpAt: number | null
  /** Start of the tenant's deletion; null for all others. */
  readonly deletingAt: number | null
}

/** A tenant with the name of its database. */
export type ListedTenant = Tenant & { readonly database: string }
