/** The path of a request: read once, before authentication and routing. */
import type { Environment } from '../environment'
import { endpointInOtherCase, formerEndpoint } from '../scim/tolerance/requests'

const scimRoot = '/scim/v2'

/** A path that is as it is to be: nothing in it is doubled, encoded or at its end. */
const plainPath = /^(\/[\w.-]*[\w-])+$/

/** What the address of a request says. */
interface Address {
  readonly url: string
  readonly tenant: string
  readonly routed: string
  /** The endpoint below a tenant's base URL, as the client wrote it; undefined for the base URL itself. */
  readonly endpoint: string | undefined
}

/** The address that was read last: each is asked for several times in a row. */
let last: Address | undefined

function addressOfRequest(request: Request, environment: Environment | undefined): Address {
  const { url } = request
  const tenant = environment?.TENANT ?? ''
  if (last?.url !== url || last.tenant !== tenant) {
    last = { url, tenant, ...readPath(pathOf(url), tenant) }
  }
  return last
}

function readPath(path: string, tenant: string): Pick<Address, 'routed' | 'endpoint'> {
  if (tenant === '' && plainPath.test(path)) {
    return { routed: withoutSearch(withEndpoint(path)), endpoint: path.split('/', 5)[4] }
  }
  const segments = segmentsBehindTenant(path, tenant)
  const whole = `/${segments.map(encodeURIComponent).join('/')}`
  return { routed: withoutSearch(withEndpoint(whole)), endpoint: segments[3] }
}

/**
 * The path that is authenticated and routed: doubled and trailing slashes gone, percent-encoding
 * undone and redone once. A deployment for one tenant may leave the tenant out.
 */
export function routedPath(request: Request, environment: Environment | undefined): string {
  return addressOfRequest(request, environment).routed
}

/** The endpoint below a tenant's base URL, as the client wrote it; undefined for the base URL itself. */
export function writtenEndpoint(request: Request, environment: Environment): string | undefined {
  return addressOfRequest(request, environment).endpoint
}

/** Segments of a path, decoded, with the tenant in its place. */
function segmentsBehindTenant(path: string, tenant: string): string[] {
  const segments = segmentsOf(path)
  if (tenant !== '' && isRootForm(segments, tenant)) segments.splice(2, 0, tenant)
  return segments
}

/** Router and rights know one spelling of each endpoint; whether another is taken is decided later. */
function withEndpoint(path: string): string {
  const [, start, written] = endpointPath.exec(path) ?? []
  const meant = written && (endpointInOtherCase(written) ?? formerEndpoint(written))
  return start === undefined || written === undefined || meant === undefined
    ? path
    : `${start}${meant}${path.slice(start.length + written.length)}`
}

const endpointPath = /^(\/scim\/v2\/[^/]+\/)([A-Za-z]+)(?=\/|$)/

/**
 * `/Users/.search` with its last two segments as one: beside `/Users/:id` a router that is made of
 * one expression has no place for it.
 */
function withoutSearch(path: string): string {
  return path.endsWith('/.search') ? path.replace(searchPath, '$1.search') : path
}

const searchPath = /^(\/scim\/v2\/[^/]+\/[^/]+)\/\.search$/

/** The base URL under which the client reached its tenant. */
export function baseUrlOf(request: Request, environment: Environment, slug: string): string {
  const { url } = request
  const tenant = environment.TENANT ?? ''
  const isRoot = tenant !== '' && isRootForm(segmentsOf(pathOf(url)), tenant)
  return isRoot ? `${originOf(url)}${scimRoot}` : baseUrlFor(url, slug)
}

/** The base URL that a tenant's identity provider is given. */
export function baseUrlFor(url: string, slug: string): string {
  return `${originOf(url)}${scimRoot}/${slug}`
}

/** The issuer of a tenant's access tokens (RFC 8414), and below it the token endpoint. */
export function issuerFor(url: string, slug: string): string {
  return `${originOf(url)}/oauth/${slug}`
}

function isRootForm(segments: readonly string[], tenant: string): boolean {
  return segments[0] === 'scim' && segments[1] === 'v2' && segments[2] !== tenant
}

function segmentsOf(path: string): string[] {
  return path
    .split('/')
    .filter((segment) => segment !== '')
    .map(decodeOnce)
}

/** An address without its query and without slashes at its end. */
export function addressOf(url: string): string {
  return `${originOf(url)}${pathOf(url)}`.replace(/\/+$/, '')
}

/** The origin of a request's address. The platform has parsed the address, so text will do. */
function originOf(url: string): string {
  return url.slice(0, pathStart(url))
}

function pathOf(url: string): string {
  const path = url.slice(pathStart(url))
  const end = path.search(/[?#]/)
  return end === -1 ? path : path.slice(0, end)
}

function pathStart(url: string): number {
  return url.indexOf('/', url.indexOf('//') + 2)
}

/** Text that is no percent-encoding stays as it is; it leads to no route. */
function decodeOnce(segment: string): string {
  try {
    return decodeURIComponent(segment)
  } catch {
    return segment
  }
}

/** The part of a routed path behind the base URL of its tenant: from the fourth slash on. */
export function pathBelow(path: string): string {
  let start = -1
  for (let slash = 0; slash < 4; slash += 1) {
    start = path.indexOf('/', start + 1)
    if (start < 0) return '/'
  }
  const below = path.slice(start)
  return below.endsWith('.search') ? below.replace(/(?<=\w)\.search$/, '/.search') : below
}
