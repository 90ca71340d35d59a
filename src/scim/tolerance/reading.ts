/**
 * Reading of one request: which tolerances it needed, and what was passed over. Everything that
 * reads a part of a request notes into it.
 */
import type { Json } from '../json'
import type { AttributePath, ResourceType } from '../schema'
import type { ToleranceName } from './names'

export type ProfileName = 'auto' | 'onelogin' | 'okta' | 'entra' | 'aws' | 'rfc' | 'strict'

/** Readings that the RFCs allow every profile, and that are told all the same. */
export type RemarkName =
  | 'groupsInUser'
  | 'idInBody'
  | 'withoutActive'
  | 'repeatedComparison'
  | 'valueNotKept'
  | 'brokenReference'
  | 'membersSkipped'
  | 'membersRemoved'
  | 'samePerson'

/** Something that a request asked for and did not get, or is warned of, although it was answered 2xx. */
export interface PassedOver {
  readonly name: ToleranceName | RemarkName
  /** An attribute, path or person, as the request names it; at most 100 characters. */
  readonly what: string
  /** The reason; at most 200 characters. */
  readonly why: string
  /** Number of them; absent for one. */
  readonly count?: number
  /** Id of the person or team that the request was about. */
  readonly of?: string
}

/** Reading of one request: type, profile, tolerances applied so far, and what they passed over. */
export interface Reading {
  /** Grows by the extensions that the request holds and no schema describes (`observed/`). */
  type: ResourceType
  readonly profile: ProfileName
  readonly applied: Set<ToleranceName>
  /** Numbers that the request writes otherwise than they are kept, as 1.0: no text. */
  readonly rewritten: ReadonlySet<number>
  /** Written by `passed-over/notes.ts` alone, which bounds it. */
  readonly passed: PassedOver[]
  /** Read-only attributes in a whole resource, which cannot change them. */
  readonly stated: { readonly path: AttributePath; readonly value: Json }[]
  /**
   * Set where what cannot be taken is passed over (`passed-over/beside.ts`): the attributes, and the
   * URNs of extensions, that stay as they are because of it.
   */
  readonly beside: { readonly kept: (AttributePath | string)[] } | undefined
}

export function startReading(
  type: ResourceType,
  profile: ProfileName = 'auto',
  rewritten: ReadonlySet<number> = new Set(),
): Reading {
  const notes = { applied: new Set<ToleranceName>(), passed: [], stated: [] }
  return { type, profile, rewritten, ...notes, beside: undefined }
}

/** A copy that goes on alone: what it notes is not noted in the reading that it came from. */
export function forkReading(reading: Reading): Reading {
  return { ...reading, applied: new Set(reading.applied), passed: [...reading.passed] }
}
