/** What a tenant can set. Stored as JSON that holds only what differs from the defaults. */
import { defaultRules, type AttributeRules } from '../scim/rules'

export interface TenantSettings {
  readonly rules: AttributeRules
  readonly guard: {
    /** Share of active users that may be lost in an hour before effects are held. */
    readonly deactivations: number
    readonly teams: 'apply' | 'review'
  }
  readonly profile: 'auto' | 'onelogin' | 'okta' | 'entra' | 'rfc'
}

export const defaultSettings: TenantSettings = {
  rules: defaultRules,
  guard: { deactivations: 0.2, teams: 'apply' },
  profile: 'auto',
}

/** A change of settings: any part may be absent. */
export interface SettingsChange {
  readonly rules?:
    | { readonly [K in keyof AttributeRules]?: AttributeRules[K] | undefined }
    | undefined
  readonly guard?:
    | { readonly [K in keyof TenantSettings['guard']]?: TenantSettings['guard'][K] | undefined }
    | undefined
  readonly profile?: TenantSettings['profile'] | undefined
}

export function mergeSettings(settings: TenantSettings, change: SettingsChange): TenantSettings {
  return {
    rules: { ...settings.rules, ...present(change.rules) },
    guard: { ...settings.guard, ...present(change.guard) },
    profile: change.profile ?? settings.profile,
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
