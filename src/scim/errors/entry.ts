/**
 * Entries of the error catalogue. `reason` says what is wrong and `remedy` what to do about it; `{name}`
 * in either is filled with a value of the request. Status and scimType follow RFC 7644 section 3.12.
 */
export type ScimType =
  | 'invalidFilter'
  | 'tooMany'
  | 'uniqueness'
  | 'mutability'
  | 'invalidSyntax'
  | 'invalidPath'
  | 'noTarget'
  | 'invalidValue'
  | 'invalidVers'
  | 'sensitive'
  | 'invalidCursor'
  | 'expiredCursor'
  | 'invalidCount'

export interface ErrorEntry {
  readonly status: number
  readonly scimType?: ScimType
  readonly reason: string
  readonly remedy: string
}
