/**
 * Bytes of each kind of answer, and the memory of the runtime after many of them, in a tenant of one size.
 * Each size has a runtime of its own: what one needs is not in the other's memory.
 */
import {
  holdsNothing,
  newTenant,
  operator,
  patch,
  type ScimClient,
} from '../../test/support/tenant.ts'
import { fillTenant, fillTeam } from './fill.ts'
import { withGateway, type Measurement } from './measured.ts'
import { memoryOf, runtimes } from './processor.ts'

const adminToken = 'scale-operator'
const bulkUrn = 'urn:ietf:params:scim:api:messages:2.0:BulkRequest'

/** Operations of a Bulk, and entries of a page of the application: the most there are. */
const most = 1_000

export interface Weighed {
  /** Bytes of the answer of each kind of request, the greatest of all rounds. */
  readonly bytes: ReadonlyMap<string, number>
  /** Megabytes that the runtime holds: when the tenant is filled, after one round, half of them, all. */
  readonly memory: readonly (number | undefined)[]
}

export interface Size {
  readonly people: number
  /** Of the one team. */
  readonly members: number
}

/**
 * Fills a tenant of so many people straight in D1, and asks it for everything, in so many rounds before the
 * memory is read for the last time.
 */
export async function weighAnswers(
  size: Size,
  rounds: number,
  tell: (text: string) => void,
): Promise<Weighed> {
  const bytes = new Map<string, number>()
  const memory: (number | undefined)[] = []
  await withGateway(
    adminToken,
    async (measurement) => {
      const [runtime] = runtimes()
      tell('filling')
      const calls = await prepare(measurement, size)
      memory.push(memoryOf(runtime))
      for (let round = 0; round < rounds; round += 1) {
        tell(`round ${round + 1} of ${rounds}`)
        for (const [name, call] of calls) {
          const answer = await call(round)
          const weight = (await answer.arrayBuffer()).byteLength
          if (answer.status >= 400) throw new Error(`${name}: ${answer.status}`)
          bytes.set(name, Math.max(weight, bytes.get(name) ?? 0))
        }
        if ([0, Math.ceil(rounds / 2) - 1, rounds - 1].includes(round))
          memory.push(memoryOf(runtime))
      }
    },
    { isInMemory: true },
  )
  return { bytes, memory }
}

type Call = (round: number) => Promise<Response>

/** The requests, by what they ask for. */
async function prepare(
  { gateway }: Measurement,
  { people, members }: Size,
): Promise<ReadonlyMap<string, Call>> {
  const database = await gateway.miniflare.getD1Database('DB')
  const scim = await newTenant(fetch, gateway.url, adminToken, holdsNothing)
  await fillTenant(database, scim.slug, people)
  const team = (await scim.call('POST', '/Groups', { displayName: 'Everybody' })).body.id
  await fillTeam(database, scim.slug, team, { from: people - members, to: people })
  const idOf = (number: number) => `filled-${scim.slug}-${number}`
  const provider = callsOf(scim.baseUrl, { Authorization: `Bearer ${scim.token}` })
  const joins = (round: number) =>
    patch({ op: round % 2 ? 'remove' : 'add', path: 'members', value: [{ value: idOf(0) }] })
  const title = (round: number) => patch({ op: 'replace', path: 'title', value: `Title ${round}` })
  const bulk = (round: number) => ({
    schemas: [bulkUrn],
    Operations: Array.from({ length: most }, (_, index) => ({
      method: 'PATCH',
      path: `/Users/${idOf(index % people)}`,
      data: title(round),
    })),
  })
  return new Map<string, Call>([
    ['GET user', () => provider('GET', `/Users/${idOf(500)}`)],
    ['users, no count', () => provider('GET', '/Users')],
    ['users, by cursor', () => provider('GET', '/Users?cursor&count=100')],
    ['users, filter', () => provider('GET', '/Users?filter=userName+sw+"filled-9"')],
    ['teams, with members', () => provider('GET', '/Groups')],
    ['teams, without', () => provider('GET', '/Groups?excludedAttributes=members')],
    ['PATCH user', (round) => provider('PATCH', `/Users/${idOf(1)}`, title(round))],
    ['PATCH one member', (round) => provider('PATCH', `/Groups/${team}`, joins(round))],
    [`Bulk of ${most} PATCHes`, (round) => provider('POST', '/Bulk', bulk(round))],
    ['search', () => provider('POST', '/.search', { count: 100 })],
    ['/Schemas', () => provider('GET', '/Schemas')],
    ['/ResourceTypes', () => provider('GET', '/ResourceTypes')],
    ['/ServiceProviderConfig', () => provider('GET', '/ServiceProviderConfig')],
    ...(await productCalls(gateway.url, scim, team)),
    ...(await consoleCalls(gateway.url, scim, team, idOf(500))),
  ])
}

/** The application's side, each with the longest page. */
async function productCalls(origin: string, { slug }: ScimClient, team: string) {
  const admin = operator(fetch, origin, adminToken)
  const { key } = (await admin.call('POST', `/tenants/${slug}/keys`, { label: 'scale' })).body
  const product = callsOf(`${origin}/api/v1/tenants/${slug}`, { Authorization: `Bearer ${key}` })
  const read = (path: string) => () => product('GET', `${path}?limit=${most}`)
  return [
    ['application: users', read('/users')],
    ['application: teams', read('/teams')],
    ['application: members', read(`/teams/${team}/members`)],
    ['application: events', read('/events')],
  ] as const
}

async function consoleCalls(origin: string, { slug }: ScimClient, team: string, user: string) {
  const signIn = await fetch(`${origin}/admin/sign-in`, {
    method: 'POST',
    redirect: 'manual',
    headers: { Origin: origin, 'Sec-Fetch-Site': 'same-origin' },
    body: new URLSearchParams({ secret: adminToken }),
  })
  const [cookie = ''] = (signIn.headers.get('Set-Cookie') ?? '').split(';')
  const page = callsOf(`${origin}/admin/tenants/${slug}`, { Cookie: cookie })
  const paths = ['', '/users', `/users/${user}`, '/teams', `/teams/${team}`, '/activity', '/holds']
  return paths.map((path): [string, Call] => {
    const name = path.replace(user, '{id}').replace(team, '{id}')
    return [`console: ${name === '' ? 'overview' : name}`, () => page('GET', path)]
  })
}

function callsOf(base: string, headers: Readonly<Record<string, string>>) {
  return (method: string, path: string, body?: unknown) =>
    fetch(`${base}${path}`, {
      method,
      headers: { ...headers, ...(body ? { 'Content-Type': 'application/scim+json' } : {}) },
      ...(body ? { body: JSON.stringify(body) } : {}),
    })
}
