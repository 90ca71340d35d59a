/**
 * The settings of a tenant: their defaults, changes of them, and the schemas that follow from them.
 */
import { groupType } from '../scim/group'
import { defaultRules } from '../scim/rules'
import type { ResourceType } from '../scim/schema'
import { userType } from '../scim/user'
import type { SettingsChange, TenantSettings } from '../database/schema/settings'

export type { SettingsChange, TenantExtension, TenantSettings } from '../database/schema/settings'

export const defaultSettings: TenantSettings = {
  rules: defaultRules,
  withoutActive: 'profile',
  guard: { deactivations: 0.2, people: 500, delay: 10, teams: 'apply', protected: [] },
  profile: 'auto',
  putWithoutMembers: 'body',
  retention: { activity: 30, events: 90 },
  extensions: [],
}

/** Settings with a change; `extensions` and `guard.protected` are replaced as a whole. */
export function mergeSettings(settings: TenantSettings, change: SettingsChange): TenantSettings {
  return {
    rules: { ...settings.rules, ...present(change.rules) },
    withoutActive: change.withoutActive ?? settings.withoutActive,
    guard: { ...settings.guard, ...present(change.guard) },
    profile: change.profile ?? settings.profile,
    putWithoutMembers: change.putWithoutMembers ?? settings.putWithoutMembers,
    retention: { ...settings.retention, ...present(change.retention) },
    extensions: change.extensions ?? settings.extensions,
  }
}

/**
 * Whether a person whose request says nothing of `active` is inactive. The tools for AWS leave `false`
 * out, as what Go writes does by default.
 */
export function readsSilenceAsInactive({ withoutActive, profile }: TenantSettings): boolean {
  return withoutActive === 'inactive' || (withoutActive === 'profile' && profile === 'aws')
}

/** Settings as a tenant's row holds them, with the defaults of what it does not say. */
export function completeSettings(stored: SettingsChange): TenantSettings {
  return mergeSettings(defaultSettings, stored)
}

function present<T extends object>(
  part: T | undefined,
): { [K in keyof T]?: Exclude<T[K], undefined> } {
  const entries = Object.entries(part ?? {}).filter(([, value]) => value !== undefined)
  return Object.fromEntries(entries) as { [K in keyof T]?: Exclude<T[K], undefined> }
}

/** User type of a tenant: the RFC's (RFC 7643, section 4.1) with the extensions of the tenant. */
export function userTypeOf(settings: TenantSettings): ResourceType {
  return extended(userType, settings)
}

export function groupTypeOf(settings: TenantSettings): ResourceType {
  return extended(groupType, settings)
}

function extended(type: ResourceType, { extensions }: TenantSettings): ResourceType {
  if (extensions.length === 0) return type
  const own = extensions.filter(({ resourceType }) => resourceType === type.name)
  const others = extensions.filter(({ resourceType }) => resourceType !== type.name)
  return {
    ...type,
    extensions: [...type.extensions, ...own.map(({ schema }) => schema)],
    foreign: others.map(({ schema }) => schema.id),
  }
}
