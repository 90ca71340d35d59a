/**
 * The settings of a tenant: their defaults, changes of them, and the schemas that follow from them.
 */
import { groupType } from '../scim/group'
import { isNarrow } from '../scim/profile'
import { defaultRules, type RulesInForce } from '../scim/rules'
import { withObserved } from '../scim/observed/observe'
import type { ResourceType, SeenSchema } from '../scim/schema'
import type { ProfileName } from '../scim/tolerance/reading'
import { userType, userTypeWithoutPassword } from '../scim/user'
import type { SettingsChange, TenantSettings } from '../database/schema/settings'

export type { SettingsChange, TenantExtension, TenantSettings } from '../database/schema/settings'

export const defaultSettings: TenantSettings = {
  rules: defaultRules,
  withoutActive: 'profile',
  guard: { deactivations: 0.2, people: 500, delay: 10, teams: 'apply', protected: [] },
  profile: 'auto',
  putWithoutMembers: 'body',
  retention: { activity: 30, events: 90, exchanges: 7 },
  storage: { megabytes: 5_000 },
  oauth: { accessTokenMinutes: 60 },
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
    storage: { ...settings.storage, ...present(change.storage) },
    oauth: { ...settings.oauth, ...present(change.oauth) },
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

/** Profiles whose providers, or whose standard, take addresses as people typed them, with capitals. */
const sendsCapitals: ReadonlySet<ProfileName> = new Set(['okta', 'entra', 'strict'])

/**
 * Settings that a new tenant's row holds: those that are given, and the rule for e-mail addresses that fits
 * the profile it is made with. It is stored, so that another profile later leaves the rule as it is.
 */
export function startingSettings(given: SettingsChange): SettingsChange {
  const { profile, rules } = given
  const isLowered = profile !== undefined && sendsCapitals.has(profile) && !rules?.email
  return isLowered ? { ...given, rules: { ...rules, email: 'lowercase' } } : given
}

/**
 * Rules for people. Okta's SPEC test compares the userName of an answer with what it sent, and a provider that
 * does so would send it again and again: it stays as sent, and is found whatever the case (RFC 7643 section 4.1.1).
 */
export function rulesOfUsers({ rules, profile }: TenantSettings): RulesInForce {
  return { ...rules, keepsUserName: sendsCapitals.has(profile) }
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

/** A tenant's settings, and what was observed in it. */
export interface Described {
  readonly settings: TenantSettings
  /** Absent for nothing, and in what older code cached. */
  readonly observed?: readonly SeenSchema[]
}

/**
 * User type of a tenant: the RFC's (RFC 7643, section 4.1) with the extensions that the tenant has
 * declared, and with those that were observed.
 */
export function userTypeOf(described: Described): ResourceType {
  return typesOf(described).user
}

export function groupTypeOf(described: Described): ResourceType {
  return typesOf(described).group
}

interface Types {
  readonly observed: readonly SeenSchema[] | undefined
  readonly user: ResourceType
  readonly group: ResourceType
}

/** The types by the settings of a cached credential: made once for all of its requests. */
const typesBySettings = new WeakMap<TenantSettings, Types>()

function typesOf({ settings, observed }: Described): Types {
  const known = typesBySettings.get(settings)
  if (known && known.observed === observed) return known
  const types = {
    observed,
    user: extended(isNarrow(settings) ? userTypeWithoutPassword : userType, settings, observed),
    group: extended(groupType, settings, observed),
  }
  typesBySettings.set(settings, types)
  return types
}

function extended(
  type: ResourceType,
  { extensions }: TenantSettings,
  observed: readonly SeenSchema[] = [],
): ResourceType {
  const own = extensions.filter(({ resourceType }) => resourceType === type.name)
  const others = extensions.filter(({ resourceType }) => resourceType !== type.name)
  const isOwn = ({ schema }: (typeof extensions)[number]) =>
    observed.some(
      ({ id, resourceTypes }) =>
        resourceTypes.includes(type.name) && id.toLowerCase() === schema.id.toLowerCase(),
    )
  const declared: ResourceType =
    extensions.length === 0
      ? type
      : {
          ...type,
          extensions: [...type.extensions, ...own.map(({ schema }) => schema)],
          // What was declared for the other type may have been seen in this one before.
          foreign: others.filter((other) => !isOwn(other)).map(({ schema }) => schema.id),
        }
  return observed.length === 0 ? declared : withObserved(declared, observed)
}
