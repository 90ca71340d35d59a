/** Refusals of a request as a whole: its query, its Bulk, its headers, and what the platform could not do. */
import type { ErrorEntry } from './entry'

export const requestErrors = {
  invalidFilter: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The filter cannot be used: {problem}.',
    remedy:
      'Write it like userName eq "ann@example.com"; RFC 7644 section 3.4.2.2 has the grammar.',
  },
  unknownFilter: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The parameter {parameter} looks like a filter, and is not understood as one.',
    remedy:
      'Send filter=userName%20eq%20%22ann@example.com%22, apart from other parameters by "&"; without a filter everybody would be found.',
  },
  filterTooLong: {
    status: 400,
    scimType: 'invalidFilter',
    reason: 'The filter is too large: more than {limit} {unit}.',
    remedy: 'Ask in several smaller requests.',
  },
  teamTooLarge: {
    status: 400,
    scimType: 'tooMany',
    reason: 'The team {team} has {count} members, and an answer shows {limit} at most.',
    remedy:
      'Ask with excludedAttributes=members; filter users by groups.value to find the members.',
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
    reason:
      'The operation refers to {bulkId}, whose own operation failed; this one was not carried out.',
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
      'Copy base URL and token once more from the SCIM settings of the product; make a new token if needed. An OAuth client asks the token endpoint for another access token.',
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
    reason:
      'The resource is not at the version that If-Match names, or at one that If-None-Match excludes.',
    remedy:
      'Read the resource again, and repeat the change with its present version (meta.version) in If-Match.',
  },
  bodyTooLarge: {
    status: 413,
    reason: 'The request body takes more than {limit} {unit}.',
    remedy: 'Send of each member its "value" alone, or spread the change over several requests.',
  },
  bodyBrokenOff: {
    status: 400,
    scimType: 'invalidSyntax',
    reason: 'The request body broke off before its end; nothing was changed.',
    remedy: 'Send the request again, with a Content-Length that is the number of its bytes.',
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
  tenantFull: {
    status: 507,
    reason: 'The tenant stores more than its {limit} MB; nothing was changed.',
    remedy:
      'Delete people or teams, or ask the operator for more (storage.megabytes). Deactivating, and taking people out of teams, goes on.',
  },
  databaseFull: {
    status: 507,
    reason: 'The database of this deployment is full; this was not stored.',
    remedy:
      'Tell the operator: new tenants can live in a further database, and old events can go. Reading and deleting go on.',
  },
  tooManyCalls: {
    status: 503,
    reason:
      'The plan of this deployment allows no more calls in one request; this was not carried out.',
    remedy: 'Send it in a request of its own, or fewer operations in each Bulk.',
  },
  dailyLimit: {
    status: 503,
    reason:
      'The deployment has used up what its free plan allows in a day; this was not carried out.',
    remedy: 'Repeat the same request after 00:00 UTC, or ask the operator for a paid plan.',
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
