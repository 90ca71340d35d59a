/** What a tenant can set. Stored as JSON that holds only what differs from the defaults. */
import { groupType } from '../scim/group'
import { defaultRules, type AttributeRules } from '../scim/rules'
import type { ResourceType, Schema } from '../scim/schema'
import type { ProfileName } from '../scim/tolerance'
import { userType } from '../scim/user'

export interface TenantExtension {
  readonly resourceType: ResourceType['name']
  readonly schema: Schema
}

export interface TenantSettings {
  readonly rules: AttributeRules
  readonly guard: {
    /** Share of active users that may be lost in an hour before effects are held. */
    readonly deactivations: number
    readonly teams: 'apply' | 'review'
    /** User names of people whose loss always waits for a second confirmation. */
    readonly protected: readonly string[]
  }
  readonly profile: ProfileName
  /** Days. */
  readonly retention: {
    /** Of refusals in the activity log. */
    readonly activity: number
    readonly events: number
  }
  /** Schemas of the tenant's own, beside those of the RFC. */
  readonly extensions: readonly TenantExtension[]
}

export const defaultSettings: TenantSettings = {
  rules: defaultRules,
  guard: { deactivations: 0.2, teams: 'apply', protected: [] },
  profile: 'auto',
  retention: { activity: 30, events: 90 },
  extensions: [],
}

/** A change of settings: any part may be absent. */
export interface SettingsChange {
  readonly rules?:
    | { readonly [K in keyof AttributeRules]?: AttributeRules[K] | undefined }
    | undefined
  readonly guard?:
    | { readonly [K in keyof TenantSettings['guard']]?: TenantSettings['guard'][K] | undefined }
    | undefined
  readonly profile?: ProfileName | undefined
  readonly retention?:
    | {
        readonly [K in keyof TenantSettings['retention']]?:
          | TenantSettings['retention'][K]
          | undefined
      }
    | undefined
  readonly extensions?: readonly TenantExtension[] | undefined
}

export function mergeSettings(settings: TenantSettings, change: SettingsChange): TenantSettings {
  return {
    rules: { ...settings.rules, ...present(change.rules) },
    guard: { ...settings.guard, ...present(change.guard) },
    profile: change.profile ?? settings.profile,
    retention: { ...settings.retention, ...present(change.retention) },
    extensions: change.extensions ?? settings.extensions,
  }
}

export function parseSettings(stored: string): TenantSettings {
  return mergeSettings(defaultSettings, JSON.parse(stored) as SettingsChange)
}

function present<T extends object>(
  part: T | undefined,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(part ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** The User type of a tenant: the RFC's, and the extensions that the tenant declares. */
export function userTypeOf(settings: TenantSettings): ResourceType {
  return extended(userType, settings)
}

export function groupTypeOf(settings: TenantSettings): ResourceType {
  return extended(groupType, settings)
}

function extended(type: ResourceType, { extensions }: TenantSettings): ResourceType {
  const own = extensions.filter(({ resourceType }) => resourceType === type.name)
  if (own.length === 0) return type
  return { ...type, extensions: [...type.extensions, ...own.map(({ schema }) => schema)] }
}
