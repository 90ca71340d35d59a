/**
 * Requests as a whole that RFC 7644 does not allow, one named function per deviation with the recorded request
 * above it. Each is pure: it answers what was meant, or `undefined` when the deviation is not there.
 * Callers note its name in the `Reading`.
 */

const endpoints = [
  'Users',
  'Groups',
  'Bulk',
  'ServiceProviderConfig',
  'ResourceTypes',
  'Schemas',
  'Me',
] as const

const byLowerCase: ReadonlyMap<string, string> = new Map(
  endpoints.map((name) => [name.toLowerCase(), name]),
)

/** Clients whose paths are typed in by hand: `GET /scim/v2/acme/users`, `POST …/groups`. */
export function endpointInOtherCase(segment: string): string | undefined {
  const meant = byLowerCase.get(segment.toLowerCase())
  return meant === segment ? undefined : meant
}

/**
 * Microsoft's reference code serves its configuration so, and the requests published with it ask for it:
 * `GET …/serviceConfiguration`.
 */
export function formerEndpoint(segment: string): string | undefined {
  return segment.toLowerCase() === 'serviceconfiguration' ? 'ServiceProviderConfig' : undefined
}

const jsonType = /^application\/(scim\+json|json)\s*(;|$)/i

/** True for SCIM's media type and plain JSON (RFC 7644 section 3.8). */
export function isJsonType(type: string): boolean {
  return jsonType.test(type.trim())
}

/**
 * Clients that set the header twice, which HTTP joins: `Content-Type: application/scim+json,
 * application/json`. True when both are JSON.
 */
export function severalMediaTypes(header: string): boolean {
  const types = header.replace(/"[^"]*"/g, '').split(',')
  return types.length > 1 && types.every(isJsonType)
}

/** SCIM-SDK's request builder: `POST …/Users/.search` with a body of no bytes. */
export function searchWithoutBody(body: string): boolean {
  return body === ''
}
