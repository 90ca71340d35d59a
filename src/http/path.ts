/** How the path of a request is read: once, before authentication and routing. */
import type { Environment } from '../environment'

const scimRoot = '/scim/v2'

/**
 * The path that is authenticated and routed: doubled and trailing slashes gone, percent-encoding
 * undone and redone once. A deployment for one tenant may leave the tenant out.
 */
export function routedPath(request: Request, environment: Environment | undefined): string {
  const segments = pathSegments(request.url)
  const tenant = environment?.TENANT ?? ''
  if (tenant !== '' && isRootForm(segments, tenant)) segments.splice(2, 0, tenant)
  return `/${segments.map(encodeURIComponent).join('/')}`
}

/** The base URL under which the client reached its tenant. */
export function baseUrlOf(request: Request, environment: Environment): string {
  const segments = pathSegments(request.url)
  const tenant = environment.TENANT ?? ''
  const isRoot = tenant !== '' && isRootForm(segments, tenant)
  return isRoot
    ? `${new URL(request.url).origin}${scimRoot}`
    : baseUrlFor(request.url, segments[2] ?? '')
}

/** The base URL that a tenant's identity provider is given. */
export function baseUrlFor(url: string, slug: string): string {
  return `${new URL(url).origin}${scimRoot}/${slug}`
}

function isRootForm(segments: readonly string[], tenant: string): boolean {
  return segments[0] === 'scim' && segments[1] === 'v2' && segments[2] !== tenant
}

function pathSegments(url: string): string[] {
  return new URL(url).pathname
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeOnce)
}

/** Text that is no percent-encoding stays as it is; it leads to no route. */
function decodeOnce(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The part of a routed path behind the base URL of its tenant. */
export function pathBelow(path: string): string {
  return `/${path.split('/').slice(4).join('/')}`
}
