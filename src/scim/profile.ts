/**
 * Profiles of identity providers as data: what is tolerated, and how answers look. `auto` takes
 * everything and tells providers apart by the shape of their requests; `rfc` takes nothing that
 * the RFCs forbid, and `strict` nothing that the SCIM 2.0 Interoperability Profile forbids beyond them.
 */
import { scimError, type ScimError } from './error'
import { isEmpty, member, textOf, type Json, type JsonObject } from './json'
import { tolerances, type ToleranceName } from './tolerance/names'
import type { ProfileName, Reading } from './tolerance/reading'

interface Profile {
  readonly tolerates: 'everything' | ReadonlySet<ToleranceName>
  /** Answer to a PATCH of a team: by the shape of the request, the team, or nothing. */
  readonly teamPatch: 'byShape' | 'resource' | 'empty'
  /** Whether teams in lists show their members when the request does not ask for them. */
  readonly membersInLists: boolean
  /** Whether what the RFCs leave open is narrowed as the Interoperability Profile does. */
  readonly isNarrow?: true
}

const everyProvider: readonly ToleranceName[] = [
  'dotAfterUrn',
  'colonAfterUrn',
  'unknownName',
  'schemasInsideExtension',
  'undeclaredExtension',
  'noOperations',
  'resourceAsPatch',
  'readOnlyValue',
  'besideDeactivation',
  'jsonInText',
  'displayNameAsDisplay',
  'entryWithoutValue',
  'memberById',
  'memberByReference',
  'membersInsideValue',
  'renameByPut',
  'booleanAsText',
  'numberAsText',
  'textAsNumber',
  'emptyTextIsNoValue',
  'emptyListIsNoValue',
  'loneValueAsList',
  'listOfOneAsValue',
  'textAsComplexValue',
  'severalPrimaries',
  'dottedKeys',
  'missingSchemas',
  'valueListOnRemove',
  'bareWordInFilter',
  'typeInPath',
  'loneBackslash',
  'blanksAroundText',
  'plusReadAsBlank',
  'valueOfPlainList',
  'onlyEmailWithoutMark',
  'filterInAttributes',
  'parameterInOtherCase',
  'dollarFilter',
  'repeatedAttributes',
  'searchWithoutBody',
  'severalMediaTypes',
  'formerEndpoint',
  'endpointInOtherCase',
]

const profiles: Readonly<Record<ProfileName, Profile>> = {
  auto: { tolerates: 'everything', teamPatch: 'byShape', membersInLists: true },
  onelogin: {
    tolerates: new Set([
      ...everyProvider,
      'legacyUrn',
      'extensionNameWithoutUrn',
      'managerIdAsValue',
      'operationsOfVersion1',
      'operationInCapitals',
    ]),
    teamPatch: 'resource',
    membersInLists: true,
  },
  okta: { tolerates: new Set(everyProvider), teamPatch: 'resource', membersInLists: true },
  entra: {
    tolerates: new Set([
      ...everyProvider,
      'legacyUrn',
      'extensionNameWithoutUrn',
      'operationInCapitals',
      'entryMadeByFilter',
      'booleanTextInFilter',
      'pathAfterValueFilter',
      'softDeletedName',
    ]),
    teamPatch: 'empty',
    membersInLists: true,
  },
  // The SCIM endpoint of AWS IAM Identity Center, for the tools that write to it: ssosync reads
  // `members` as a list of texts, and finds no team that shows one.
  aws: { tolerates: new Set(everyProvider), teamPatch: 'empty', membersInLists: false },
  rfc: { tolerates: new Set(), teamPatch: 'resource', membersInLists: true },
  strict: { tolerates: new Set(), teamPatch: 'resource', membersInLists: true, isNarrow: true },
}

/** True under the profile that narrows what the RFCs leave open. */
export function isNarrow({ profile }: Pick<Reading, 'profile'>): boolean {
  return profiles[profile].isNarrow === true
}

/** True for no value where a name that nobody knows may stand with it. */
export function isSilent(reading: Reading, json: Json | undefined): boolean {
  return isEmpty(json) && !isNarrow(reading)
}

/** The first deviation that a request needed and the tenant's profile does not allow. */
export function refusedTolerance({ profile, applied }: Reading): ScimError | undefined {
  const { tolerates } = profiles[profile]
  if (tolerates === 'everything') return undefined
  const refused = [...applied].find((name) => !tolerates.has(name))
  if (!refused) return undefined
  const deviation = tolerances[refused]
  // The RFC has an error of its own for this one (RFC 7644 section 3.5.2.3).
  return refused === 'entryMadeByFilter'
    ? scimError('noTarget', { problem: `The request holds ${deviation}.` })
    : scimError('notTolerated', { deviation, profile })
}

export function isTolerated({ profile }: Pick<Reading, 'profile'>, name: ToleranceName): boolean {
  const { tolerates } = profiles[profile]
  return tolerates === 'everything' || tolerates.has(name)
}

export const messageUrns = {
  patch: 'urn:ietf:params:scim:api:messages:2.0:PatchOp',
  search: 'urn:ietf:params:scim:api:messages:2.0:SearchRequest',
  bulk: 'urn:ietf:params:scim:api:messages:2.0:BulkRequest',
} as const

/** RFC 7643 section 3 and RFC 7644 section 3.1 require `schemas` in every body. */
export function noteSchemas(reading: Reading, body: JsonObject, urn: string): void {
  const named = member(body, 'schemas')
  const isNamed =
    Array.isArray(named) && named.some((one) => textOf(one).toLowerCase() === urn.toLowerCase())
  if (!isNamed) reading.applied.add('missingSchemas')
}

/** The same of a PATCH that was read; one in the form of a resource has the URN of that. */
export function notePatchSchemas(reading: Reading, body: JsonObject): void {
  const { applied } = reading
  const isResource = applied.has('resourceAsPatch') || applied.has('operationsOfVersion1')
  if (!isResource) noteSchemas(reading, body, messageUrns.patch)
}

/** True when a PATCH of a team is answered with it. Entra, which writes in capitals, wants 204. */
export function answersTeamPatch({ profile, applied }: Reading): boolean {
  const { teamPatch } = profiles[profile]
  if (teamPatch === 'byShape') return !applied.has('operationInCapitals')
  return teamPatch === 'resource'
}

/** True when teams in lists show their members to a request that does not ask for them. */
export function showsMembersInLists(profile: ProfileName): boolean {
  return profiles[profile].membersInLists
}

export type ProviderName = 'onelogin' | 'okta' | 'entra' | 'aws'

/** Which provider a text names, such as a User-Agent or the label of a token. */
function providerIn(text: string | null | undefined): ProviderName | undefined {
  if (typeof text !== 'string') return undefined
  if (/okta/i.test(text)) return 'okta'
  if (/one ?login/i.test(text)) return 'onelogin'
  return /azure|entra|microsoft/i.test(text) ? 'entra' : undefined
}

/** Signs of the provider that calls, the surest first. */
interface ProviderSigns {
  /** The tenant's setting. */
  readonly profile: ProfileName
  /** The guide that was opened in the set-up. */
  readonly guide?: string | null
  /** The label of the token or the OAuth client. */
  readonly label?: string | null | undefined
  /** What a request says of itself; OneLogin says nothing. */
  readonly userAgent?: string | null | undefined
  /** What it does. */
  readonly applied?: ReadonlySet<ToleranceName>
}

/** Which provider calls, by the first sign that names one. */
export function detectProvider(signs: ProviderSigns): ProviderName | undefined {
  const { profile, guide, label, userAgent, applied } = signs
  if (profile !== 'auto' && profile !== 'rfc' && profile !== 'strict') return profile
  const named = providerIn(guide) ?? providerIn(label) ?? providerIn(userAgent)
  if (named || !applied) return named
  if (applied.has('operationInCapitals') || applied.has('entryMadeByFilter')) return 'entra'
  if (applied.has('managerIdAsValue') || applied.has('operationsOfVersion1')) return 'onelogin'
  return undefined
}
