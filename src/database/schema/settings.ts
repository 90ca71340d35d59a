/** The settings of a tenant, as they are stored and as the rest of the gateway reads them. */
import type { AttributeRules } from '../../scim/rules'
import type { ResourceType, Schema } from '../../scim/schema'
import type { ProfileName } from '../../scim/tolerance/reading'

export interface TenantExtension {
  readonly resourceType: ResourceType['name']
  readonly schema: Schema
}

/** Meaning of a PUT or POST of a person without `active`; `profile` is that of the profile. */
export type WithoutActive = 'profile' | 'keep' | 'inactive'

export interface TenantSettings {
  readonly rules: AttributeRules
  readonly withoutActive: WithoutActive
  readonly guard: {
    /**
     * Share of the active people that may be lost in an hour before losses are held; with 1 they
     * are not counted.
     */
    readonly deactivations: number
    /** Number of people that may be lost in an hour, where that is less than the share. */
    readonly people: number
    /** Minutes before a release is told, in which it can be taken back; 0 tells it at once. */
    readonly delay: number
    readonly teams: 'apply' | 'review'
    /** User names of people whose loss always waits for a second confirmation. */
    readonly protected: readonly string[]
  }
  readonly profile: ProfileName
  /** Meaning of a PUT of a team without `members`. */
  readonly putWithoutMembers: 'body' | 'empty' | 'keep'
  /** Days. */
  readonly retention: {
    /** Refusals in the activity log. */
    readonly activity: number
    readonly events: number
    /** What was sent and answered with a refusal; 0 keeps none. */
    readonly exchanges: number
  }
  readonly storage: {
    /** Millions of bytes that the tenant may store: 1 to 10,000. */
    readonly megabytes: number
  }
  readonly oauth: {
    /** Minutes that an access token lives: 10 to 360. */
    readonly accessTokenMinutes: number
  }
  /** Schemas of the tenant's own, beside those of the RFC. */
  readonly extensions: readonly TenantExtension[]
}

/** A change of settings: any part may be absent. */
export interface SettingsChange {
  readonly rules?:
    | { readonly [K in keyof AttributeRules]?: AttributeRules[K] | undefined }
    | undefined
  readonly withoutActive?: WithoutActive | undefined
  readonly guard?:
    | { readonly [K in keyof TenantSettings['guard']]?: TenantSettings['guard'][K] | undefined }
    | undefined
  readonly profile?: ProfileName | undefined
  readonly putWithoutMembers?: TenantSettings['putWithoutMembers'] | undefined
  readonly retention?:
    | {
        readonly [K in keyof TenantSettings['retention']]?:
          | TenantSettings['retention'][K]
          | undefined
      }
    | undefined
  readonly storage?:
    | { readonly [K in keyof TenantSettings['storage']]?: TenantSettings['storage'][K] | undefined }
    | undefined
  readonly oauth?:
    | { readonly [K in keyof TenantSettings['oauth']]?: TenantSettings['oauth'][K] | undefined }
    | undefined
  readonly extensions?: readonly TenantExtension[] | undefined
}
