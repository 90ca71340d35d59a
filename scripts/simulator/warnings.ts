/** Answers that SCIM allows, or nearly, but that are known to trouble a provider. */
import { isObject, read, readId, readList, readText } from './json.ts'
import type { ProviderName } from './report.ts'
import type { Answer, Call } from './call.ts'

interface Warner {
  /** Providers that the fault troubles; all when absent. */
  readonly providers?: readonly ProviderName[]
  readonly text: string
  readonly applies: (call: Call, answer: Answer) => boolean
}

const slow = 5000
/** Okta's own test of a new integration refuses more. */
const slowListOfGroups = 600

const warners: readonly Warner[] = [
  {
    text: 'Numbers of a list (totalResults, startIndex, itemsPerPage) are strings instead of JSON numbers.',
    applies: (_, { body }) =>
      ['totalResults', 'startIndex', 'itemsPerPage'].some(
        (name) => typeof read(body, name) === 'string',
      ),
  },
  {
    providers: ['okta'],
    text: 'A list lacks startIndex or itemsPerPage, by which Okta turns the pages.',
    applies: (call, { body }) =>
      isList(body) &&
      call.path.includes('startIndex') &&
      (read(body, 'startIndex') === undefined || read(body, 'itemsPerPage') === undefined),
  },
  {
    text: 'A resource in a list has no id: the provider can never address it.',
    applies: (_, { body }) => resourcesOf(body).some((resource) => readId(resource) === undefined),
  },
  {
    text: 'An id is a number; RFC 7643 wants a string.',
    applies: (_, { body }) =>
      [body, ...resourcesOf(body)].some((resource) => typeof read(resource, 'id') === 'number'),
  },
  {
    text: 'A lookup without a hit is answered 404 instead of an empty list (RFC 7644 section 3.4.2).',
    applies: (call, { status }) => isLookup(call) && status === 404,
  },
  {
    providers: ['entra'],
    text: 'An empty list has no "Resources": Entra expects an empty array.',
    applies: (_, { body }) => read(body, 'totalResults') === 0 && !isObjectWith(body, 'Resources'),
  },
  {
    text: 'An error is not JSON: the administrator is shown a parse error instead of the reason.',
    applies: (_, { status, isJson }) => status >= 400 && !isJson,
  },
  {
    text: 'An error is not a SCIM Error (schemas, status as a string, detail; RFC 7644 section 3.12).',
    applies: (_, { status, isJson, body }) =>
      status >= 400 &&
      isJson &&
      !(
        readList(body, 'schemas').includes('urn:ietf:params:scim:api:messages:2.0:Error') &&
        readText(body, 'status') === String(status) &&
        readText(body, 'detail') !== undefined
      ),
  },
  {
    text: 'A success with a body that is not JSON.',
    applies: (_, { status, text, isJson }) => isSuccess(status) && text !== '' && !isJson,
  },
  {
    providers: ['entra', 'okta'],
    text: 'The media type of an answer is not application/scim+json.',
    applies: (_, { status, text, headers }) =>
      status > 0 &&
      text !== '' &&
      !(headers.get('content-type') ?? '').toLowerCase().startsWith('application/scim+json'),
  },
  {
    text: 'A created resource is answered without a Location header (RFC 7644 section 3.3).',
    applies: (_, { status, headers }) => status === 201 && !headers.has('location'),
  },
  {
    text: 'A created resource is answered 200 instead of 201.',
    applies: ({ method }, { status }) => method === 'POST' && status === 200,
  },
  {
    text: 'A resource has no "schemas".',
    applies: (_, { status, body }) =>
      isSuccess(status) &&
      [...(readId(body) === undefined ? [] : [body]), ...resourcesOf(body)].some(
        (resource) => readList(resource, 'schemas').length === 0,
      ),
  },
  {
    text: '"active" is answered as text, not as a JSON boolean.',
    applies: (_, { body }) =>
      [body, ...resourcesOf(body)].some((resource) => typeof read(resource, 'active') === 'string'),
  },
  {
    providers: ['okta'],
    text: '"emails" is answered as something else than a list.',
    applies: (_, { body }) =>
      [body, ...resourcesOf(body)].some((resource) => {
        const emails = read(resource, 'emails')
        return emails !== undefined && !Array.isArray(emails)
      }),
  },
  {
    text: 'A password is answered; it must never leave the server.',
    applies: (_, { body }) =>
      [body, ...resourcesOf(body)].some((resource) => read(resource, 'password') !== undefined),
  },
  {
    providers: ['entra'],
    text: 'A PATCH of a group is answered with its members; Entra asks for 204, large teams get slow.',
    applies: (call, { status, body }) =>
      call.method === 'PATCH' &&
      call.path.startsWith('/Groups') &&
      status === 200 &&
      readList(body, 'members').length > 0,
  },
  {
    providers: ['entra'],
    text: 'Members are answered in spite of excludedAttributes=members.',
    applies: ({ path }, { body }) =>
      path.includes('excludedAttributes=members') &&
      [body, ...resourcesOf(body)].some((resource) => readList(resource, 'members').length > 0),
  },
  {
    text: `An answer took more than ${slow / 1000} seconds.`,
    applies: (_, { milliseconds, status }) => status > 0 && milliseconds > slow,
  },
  {
    providers: ['okta'],
    text: `GET /Groups took more than ${slowListOfGroups} ms, the most that Okta's own test allows.`,
    applies: ({ method, path }, { milliseconds, status }) =>
      status > 0 &&
      method === 'GET' &&
      path.startsWith('/Groups?') &&
      milliseconds > slowListOfGroups,
  },
  {
    providers: ['okta'],
    text: 'Retry-After is not an integer number of seconds: Okta waits five minutes instead.',
    applies: (_, { status, headers }) =>
      status === 429 && !/^\d+$/.test(headers.get('retry-after') ?? ''),
  },
]

export function warningsOf(provider: ProviderName, call: Call, answer: Answer): readonly string[] {
  return warners
    .filter(({ providers }) => providers === undefined || providers.includes(provider))
    .filter(({ applies }) => applies(call, answer))
    .map(({ text }) => text)
}

function isList(body: unknown): boolean {
  return isObjectWith(body, 'totalResults') || isObjectWith(body, 'Resources')
}

function resourcesOf(body: unknown): readonly unknown[] {
  return readList(body, 'Resources').filter(isObject)
}

function isObjectWith(body: unknown, name: string): boolean {
  return isObject(body) && Object.hasOwn(body, name)
}

function isLookup({ method, path }: Call): boolean {
  return method === 'GET' && path.includes('filter=')
}

function isSuccess(status: number): boolean {
  return status >= 200 && status < 300
}
