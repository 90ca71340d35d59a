/** Failures in words: the cause, the count and the remedy. */
import { errorCatalog, type ErrorCode } from '../../scim/error'
import type { FailureCount } from '../../activity/counts'
import { plural } from '../shell/components'

/** Titles of the most common codes; the reasons of the others are short enough. */
const titles: Readonly<Partial<Record<ErrorCode, string>>> = {
  tenantFull: 'the storage is used up',
  emailCapitals: 'e-mail has capital letters',
  nameCharacters: 'name holds special characters',
  invisibleCharacters: 'a value holds characters that nobody sees',
  notAnAddress: 'e-mail is no address',
  textTooLong: 'a text is too long',
  missingAttribute: 'a required attribute is missing',
  reservedUrn: 'a name that begins like a schema of SCIM',
  reservedPath: 'a path that begins like a schema of SCIM',
  namedTwice: 'an attribute comes twice',
  undescribable: 'a value that no schema could describe',
  seenOtherwise: 'a value of another type than before',
  bodyTooDeep: 'the request nests too deep',
  invalidFilter: 'the filter cannot be used',
  unknownFilter: 'a parameter that looks like a filter and is none',
  filterTooLong: 'the filter is too large',
  invalidQuery: 'a parameter of the query is not valid',
  failedReference: 'refers to what could not be created',
  compressedBody: 'an encoded body',
  patchTooCostly: 'the filters of a change take too long',
  teamTooLarge: 'the team is too large to be shown with its members',
  tooManyValues: 'too many values of an attribute',
  inexactNumber: 'a number has too many digits',
  activeWithoutValue: 'active without a value',
  wrongType: 'a value is of the wrong kind',
  forbiddenCharacter: 'a value holds an unreadable character',
  resourceTooLarge: 'the attributes are too large',
  userNameTaken: 'user name is taken',
  teamNameTaken: 'team name is taken',
  memberUnnamed: 'a member that identifies nobody',
  memberAlreadyIn: 'a member in the place of another',
  unknownMembers: 'none of the members is known',
  invalidPatch: 'the change cannot be read',
  unknownOperation: 'unknown operation in a change',
  tooManyOperations: 'too many operations at once',
  missingValue: 'a change without a value',
  missingRequiredValue: 'a change without a value',
  invalidPath: 'unknown attribute',
  pathOfEntry: 'a path that names a whole entry',
  severalEntries: 'a path that matches several entries',
  noTarget: 'a change that names nothing',
  readOnly: 'attribute cannot be changed',
  requiredAttribute: 'a required attribute cannot be removed',
  immutable: 'attribute cannot be changed any more',
  notTolerated: 'not allowed by the profile',
  invalidBulk: 'the bulk request cannot be read',
  unresolvedBulkId: 'unknown bulkId',
  resourceNotFound: 'the user or team does not exist here',
  methodNotAllowed: 'method cannot be used here',
  notImplemented: 'not supported',
  tooManyRequests: 'too many requests',
  bodyTooLarge: 'the request is too large',
}

/** Remedies without values of a request, for groups of requests whose values differ. */
const remedies: Readonly<Partial<Record<ErrorCode, string>>> = {
  emailCapitals: 'Write the addresses in lower case in the identity provider.',
  nameCharacters: 'Correct the names in the identity provider, or allow such names in Settings.',
  invisibleCharacters: 'Type the values anew in the identity provider.',
  notAnAddress: 'Send e-mail addresses or none, or allow any text as an address in Settings.',
  textTooLong: 'Shorten the texts in the identity provider, or map shorter fields.',
  missingAttribute:
    'Map a field of the identity provider to the missing attribute, and fill that field.',
  methodNotAllowed: 'Correct what the identity provider sends.',
}

/** Codes to choose from, in the order of their titles. */
export const failureCodes: readonly (readonly [code: string, title: string])[] = Object.entries(
  titles,
).toSorted(([, left], [, right]) => (left < right ? -1 : 1))

/** The title of a code; the code itself if it is no longer in use, as old logs can hold. */
export function titleOf(code: string): string {
  if (!isKnown(code)) return code
  const title: string = titles[code] ?? errorCatalog[code].reason
  return title.includes('{') ? code : title.replace(/\.$/, '')
}

/** The remedy of a refusal: of its kind, or with the values of the request. */
export function remedyOf({
  code,
  detail,
}: {
  readonly code: string
  readonly detail: string
}): string {
  if (!isKnown(code)) return detail
  const remedy: string = remedies[code] ?? errorCatalog[code].remedy
  return /\{\w+\}/.test(remedy) ? detail : remedy
}

function isKnown(code: string): code is ErrorCode {
  return Object.hasOwn(errorCatalog, code)
}

/** The people and teams of failures, for example "14 people and 1 team". */
export function affected({ people, teams, count }: FailureCount): string {
  const parts = [
    people > 0 ? plural(people, 'person', 'people') : '',
    teams > 0 ? plural(teams, 'team') : '',
  ].filter((part) => part !== '')
  return parts.length === 0 ? plural(count, 'request') : parts.join(' and ')
}
