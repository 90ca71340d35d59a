/**
 * Every refusal the gateway can give, as data. `docs/errors.md` is generated from this table.
 *
 * `reason` says what is wrong and `remedy` what to do about it; `{name}` in either is filled with
 * a value of the request. Status and scimType follow RFC 7644 section 3.12.
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

export const errorCatalog = {
  malformedJson: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body is not valid JSON.',
    remedy: 'Check the JSON template of the SCIM application in the identity provider.',
  },
  bodyTooDeep: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body nests lists and objects more than {limit} deep.',
    remedy: 'Send the attributes of the resource as the schemas describe them.',
  },
  bodyNotObject: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body is not a JSON object.',
    remedy: 'Send one JSON object that holds the attributes of the resource.',
  },
  missingAttribute: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The required attribute "{attribute}" is missing or empty.',
    remedy: 'Map a field of the identity provider to "{attribute}", and fill that field.',
  },
  reservedUrn: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The name {name} begins like a schema of SCIM, and names nothing of this resource.',
    remedy: 'Compare the name with those that /Schemas lists; core attributes need no URN.',
  },
  wrongType: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The value of "{attribute}" is not {expected}.',
    remedy: 'Correct the value, or its mapping, in the identity provider.',
  },
  tooManyValues: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" would have more than {limit} values.',
    remedy: 'Send the values that matter for the product.',
  },
  forbiddenCharacter: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The value of "{attribute}" holds a NUL character or half of a surrogate pair.',
    remedy: 'Remove the unreadable character from this field in the identity provider.',
  },
  resourceTooLarge: {
    status: 413,
    reason: 'The attributes of this resource take more than {limit} bytes.',
    remedy: 'Leave out large values such as photos, or send their address instead.',
  },
  nameCharacters: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" holds characters that are not allowed in a name: {characters}.',
    remedy:
      'Use letters, digits, blanks and {allowed} only; correct the name in the identity provider.',
  },
  emailCapitals: {
    status: 400,
    scimType: 'invalidValue',
    reason: '"{attribute}" is an e-mail address with capital letters: {value}.',
    remedy: 'Write the address in lower case in the identity provider ({suggestion}).',
  },
  userNameTaken: {
    status: 409,
    scimType: 'uniqueness',
    reason: 'Another user already has this userName; capital and small letters do not differ.',
    remedy: 'Look the user up by userName and update it, or give this person another userName.',
  },
  teamNameTaken: {
    status: 409,
    scimType: 'uniqueness',
    reason:
      'Another team already has this displayName; capitals and blanks around it do not differ.',
    remedy: 'Look the team up by displayName and update it, or choose another name.',
  },
  unknownMembers: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'None of the members exists as a user of this tenant: {members}.',
    remedy: 'Provision these people to this application first, then assign them to the team.',
  },
  invalidPatch: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The PATCH body has no usable list of "Operations": {problem}.',
    remedy:
      'Send {"schemas": [...PatchOp], "Operations": [{"op": ..., "path": ..., "value": ...}]}.',
  },
  unknownOperation: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The PATCH operation {operation} is not one of add, replace and remove.',
    remedy: 'Use "add", "replace" or "remove" as "op".',
  },
  tooManyOperations: {
    status: 413,
    reason: 'The request holds more than {limit} operations.',
    remedy: 'Spread the operations over several requests.',
  },
  missingValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The PATCH operation "{operation}" on {path} has no value.',
    remedy: 'Send a "value", or use "remove" to clear the attribute.',
  },
  missingRequiredValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The PATCH operation "{operation}" {where} has no value, and cannot do without.',
    remedy: 'Send the "value".',
  },
  activeWithoutValue: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The request takes "active" away or gives it no value, which says nothing of a person.',
    remedy: 'Send "active": false to switch the person off, or "active": true.',
  },
  inexactNumber: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The number {number} has more digits than a number can keep.',
    remedy: 'Send it as text, in quotes.',
  },
  invalidPath: {
    status: 400,
    scimType: 'invalidPath',
    reason: 'The path {path} does not name an attribute of this resource.',
    remedy: 'Compare the attribute mapping with the names that /Schemas lists.',
  },
  reservedPath: {
    status: 400,
    scimType: 'invalidPath',
    reason: 'The path {path} begins like a schema of SCIM, and names nothing of this resource.',
    remedy: 'Compare the path with the names that /Schemas lists; core attributes need no URN.',
  },
  noTarget: {
    status: 400,
    scimType: 'noTarget',
    reason: '{problem}',
    remedy: 'Name what to change: a path, and for a value filter one that matches a value.',
  },
  readOnly: {
    status: 400,
    scimType: 'mutability',
    reason: '"{attribute}" can be read but not changed.',
    remedy: 'Remove the attribute from the mapping of the identity provider.',
  },
  requiredAttribute: {
    status: 400,
    scimType: 'mutability',
    reason: '"{attribute}" is required and cannot be removed.',
    remedy: 'Replace its value instead.',
  },
  invalidFilter: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The filter cannot be used: {problem}.',
    remedy:
      'Write it like userName eq "ann@example.com"; RFC 7644 section 3.4.2.2 has the grammar.',
  },
  filterTooLong: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The filter is too large: more than {limit} {unit}.',
    remedy: 'Ask in several smaller requests.',
  },
  invalidQuery: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'The query parameter "{parameter}" is not {expected}.',
    remedy: 'Correct the parameter, or leave it out.',
  },
  notTolerated: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request holds {deviation}, which the profile "{profile}" does not allow.',
    remedy: 'Correct the request, or choose the profile "auto" in the settings of the tenant.',
  },
  immutable: {
    status: 400,
    scimType: 'mutability',
    reason: '"{attribute}" has a value and cannot be changed any more.',
    remedy: 'Leave the attribute as it is, or out of the mapping.',
  },
  invalidBulk: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The bulk request cannot be read: {problem}.',
    remedy: 'Send {"Operations": [{"method": ..., "path": ..., "bulkId": ..., "data": ...}]}.',
  },
  unresolvedBulkId: {
    status: 400,
    scimType: 'invalidValue',
    reason: 'No operation of the request creates a resource with the bulkId {bulkId}.',
    remedy: 'Refer to the bulkId of a POST operation of the same request.',
  },
  failedReference: {
    status: 409,
    reason: 'The operation refers to {bulkId}, which could not be created; nothing was changed.',
    remedy: 'Send the operation again, once the one that it refers to has succeeded.',
  },
  invalidCursor: {
    status: 400,
    scimType: 'invalidCursor',
    reason: 'The cursor was not made for this request.',
    remedy:
      'Use a cursor with the filter and the order that it came from, or start from the first page.',
  },
  expiredCursor: {
    status: 400,
    scimType: 'expiredCursor',
    reason: 'The cursor is too old.',
    remedy: 'Start again from the first page.',
  },
  invalidCount: {
    status: 400,
    scimType: 'invalidCount',
    reason: 'The "count" of a page by cursor is not a whole number.',
    remedy: 'Send a whole number, or leave "count" out.',
  },
  unauthorized: {
    status: 401,
    reason: 'The bearer token is missing or not valid for this address.',
    remedy:
      'Copy base URL and token once more from the SCIM settings of the product; make a new token if needed.',
  },
  discoveryFilter: {
    status: 403,
    reason: 'Schemas and resource types cannot be filtered.',
    remedy: 'Leave the filter out: the whole list is short.',
  },
  resourceNotFound: {
    status: 404,
    reason: 'There is no {resourceType} with this id here.',
    remedy: 'Look the resource up again by name: it may have been deleted, or belong elsewhere.',
  },
  routeNotFound: {
    status: 404,
    reason: 'There is nothing at this address.',
    remedy: 'Check the SCIM base URL; it ends in /scim/v2/ and the name of the tenant.',
  },
  methodNotAllowed: {
    status: 405,
    reason: '{method} cannot be used at this address.',
    remedy: 'Use one of: {allowed}.',
  },
  versionMismatch: {
    status: 412,
    reason: 'The resource has changed since the version named in If-Match.',
    remedy: 'Read the resource again, and repeat the change on its present version.',
  },
  bodyTooLarge: {
    status: 413,
    reason: 'The request body takes more than {limit} bytes.',
    remedy: 'Spread the change over several requests.',
  },
  unsupportedMediaType: {
    status: 415,
    reason: 'The body is of a media type that is not understood here.',
    remedy: 'Send Content-Type: application/scim+json (or application/json).',
  },
  compressedBody: {
    status: 415,
    reason: 'The body has the Content-Encoding {encoding}, and encoded bodies are not read here.',
    remedy: 'Send the body as it is, without Content-Encoding.',
  },
  notImplemented: {
    status: 501,
    reason: '{feature} is not supported.',
    remedy: '/ServiceProviderConfig says what is supported.',
  },
  tooManyRequests: {
    status: 429,
    reason: 'There are too many requests at the moment.',
    remedy: 'Repeat the same request after the seconds that Retry-After names.',
  },
  internalError: {
    status: 500,
    reason: 'The gateway failed at this request; nothing was changed.',
    remedy: 'Try again; if it stays, quote the X-Request-Id header to the operator.',
  },
  unavailable: {
    status: 503,
    reason: 'The directory cannot take this request at the moment.',
    remedy: 'Repeat the same request after the seconds that Retry-After names.',
  },
  interrupted: {
    status: 503,
    reason: 'The connection to the directory was lost; the change may have been made, or not.',
    remedy:
      'Repeat the same request. When it is then refused with 409, 404 or 412, read the resource: the change may be there.',
  },
  noAnswer: {
    status: 503,
    reason: 'The directory did not answer in time; the change may have been made, or not.',
    remedy:
      'Repeat the same request. When it is then refused with 409, 404 or 412, read the resource: the change may be there.',
  },
  unforeseen: {
    status: 503,
    reason: 'The gateway failed in an unforeseen way; the change may have been made, or not.',
    remedy:
      'Repeat the same request. When it is then refused with 409, 404 or 412, read the resource: the change may be there. If it stays, quote the X-Request-Id header to the operator.',
  },
} as const satisfies Record<string, ErrorEntry>

export type ErrorCode = keyof typeof errorCatalog

/** A refusal as plain data: it crosses the Durable Object boundary unchanged. */
export interface ScimError {
  readonly code: ErrorCode
  readonly values: Readonly<Record<string, string | number>>
}

export function scimError(
  code: ErrorCode,
  values: Readonly<Record<string, string | number>> = {},
): ScimError {
  return { code, values }
}

/** A client's text as a message may show it: quoted, and never longer than a line. */
export function quote(text: string): string {
  return JSON.stringify(text.length > 80 ? `${text.slice(0, 80)}…` : text)
}
