/** Compares what a client believes with what SCIM answers and with what the product reads. */
import { existingTime } from '../../src/scim/notation/instant.ts'
import { isObject, read, readList, readText, shown, type JsonObject } from '../simulator/json.ts'
import type { Story } from './story.ts'
import type { Tenant } from './tenant.ts'

/** What the beliefs of a client can be held against. */
export interface Beliefs {
  /** Attributes that the client does not keep. */
  readonly loses?: readonly string[]
  /** True when it tells some attributes alone. */
  readonly tellsPart?: boolean
}

/** One sentence for each difference. */
export async function compare(tenant: Tenant, story: Story, beliefs: Beliefs): Promise<string[]> {
  const people = await readResources(`${tenant.scim}/Users`, tenant.token)
  const teams = await readResources(`${tenant.scim}/Groups`, tenant.token)
  return [
    ...differences('person', story.people, people, beliefs),
    ...differences('team', story.teams, teams, beliefs),
    ...(await compareProduct(tenant, people, teams)),
  ]
}

async function readResources(address: string, token: string): Promise<readonly JsonObject[]> {
  const body = await get(`${address}?count=1000`, token)
  return readList(body, 'Resources').filter(isObject)
}

async function get(address: string, token: string): Promise<unknown> {
  const answer = await fetch(address, { headers: { Authorization: `Bearer ${token}` } })
  if (!answer.ok) throw new Error(`GET ${address}: ${answer.status} ${await answer.text()}`)
  return answer.json()
}

/** The same ids, and of each the same attributes. */
export function differences(
  what: string,
  believed: readonly JsonObject[],
  actual: readonly JsonObject[],
  { loses = [], tellsPart = false }: Beliefs,
): string[] {
  const ids = new Set([...believed, ...actual].map((resource) => readText(resource, 'id') ?? ''))
  return [...ids].flatMap((id) => {
    const one = believed.find((resource) => read(resource, 'id') === id)
    const other = actual.find((resource) => read(resource, 'id') === id)
    if (one === undefined) return [`The client does not know the ${what} ${id}.`]
    if (other === undefined) return [`The ${what} ${id} of the client is not there.`]
    const left = simplify(one, loses)
    const right = simplify(other, loses)
    return [...new Set([...Object.keys(left), ...(tellsPart ? [] : Object.keys(right))])]
      .filter((name) => JSON.stringify(left[name]) !== JSON.stringify(right[name]))
      .map((name) => `${what} ${id}, ${name}: ${shown(left[name])}, in SCIM ${shown(right[name])}`)
  })
}

/** Without what is empty or lost; names in lower case; members of objects and lists in one order. */
function simplify(value: JsonObject, loses: readonly string[]): Record<string, unknown> {
  const entries = Object.entries(value)
    .filter(([name]) => !loses.includes(name))
    .map(([name, part]) => [name.toLowerCase(), simplifyPart(part, loses)] as const)
    .filter(([, part]) => part !== undefined)
    .toSorted(([one], [other]) => (one < other ? -1 : 1))
  return Object.fromEntries(entries)
}

/** Undefined for a time that does not exist: it is compared as the text that it is. */
function readTime(text: string): number | undefined {
  return existingTime(text.replace(/([+-]\d\d)(\d\d)$/, '$1:$2'))
}

/** Libraries write more or fewer digits of a second, or another offset. */
const instant = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)$/

function simplifyPart(value: unknown, loses: readonly string[]): unknown {
  if (value === null || value === '') return undefined
  if (Array.isArray(value)) {
    const parts = value
      .map((part) => simplifyPart(part, loses))
      .filter((part) => part !== undefined)
    const texts = parts.map((part) => JSON.stringify(part)).toSorted()
    return texts.length === 0 ? undefined : texts.map((text) => JSON.parse(text) as unknown)
  }
  const time = typeof value === 'string' && instant.test(value) ? readTime(value) : undefined
  if (time !== undefined) return new Date(time).toISOString()
  if (!isObject(value)) return value
  const object = simplify(value, loses)
  return Object.keys(object).length === 0 ? undefined : object
}

/** The product reads the same people, teams and members as SCIM answers. */
async function compareProduct(
  { application, key }: Tenant,
  people: readonly JsonObject[],
  teams: readonly JsonObject[],
): Promise<string[]> {
  const users = readList(await get(`${application}/users?limit=1000`, key), 'users')
  const inProduct = readList(await get(`${application}/teams?limit=1000`, key), 'teams')
  const members = await Promise.all(
    teams.map(async (team) => {
      const id = readText(team, 'id') ?? ''
      const inProduct = readList(await get(`${application}/teams/${id}/members`, key), 'members')
      const inScim = readList(team, 'members').map((member) => readText(member, 'value'))
      return differ(
        `members of ${id}`,
        inProduct.map((member) => readText(member, 'id')),
        inScim,
      )
    }),
  )
  const person = (user: unknown) => shown(personOf(user), 2_000)
  const team = (value: unknown) => `${readText(value, 'id')} ${readText(value, 'displayName')}`
  return [
    ...differ('people', users.map(person), people.map(person)),
    ...differ('teams', inProduct.map(team), teams.map(team)),
    ...members.flat(),
  ]
}

/** What the application API and SCIM both show of a person. */
function personOf(user: unknown): unknown {
  const names = ['id', 'userName', 'active', 'externalId', 'displayName', 'name', 'emails', 'title']
  return simplifyPart(Object.fromEntries(names.map((name) => [name, read(user, name)])), [])
}

function differ(what: string, inProduct: readonly unknown[], inScim: readonly unknown[]): string[] {
  const one = JSON.stringify(inProduct.map(String).toSorted())
  const other = JSON.stringify(inScim.map(String).toSorted())
  return one === other ? [] : [`${what}: the product reads ${one}, SCIM answers ${other}`]
}
