/** Stored resources as answers show them (RFC 7643 section 3.1, RFC 7644 section 3.4.2). */
import type { JsonObject } from './json'
import { isoTime } from './notation/instant'
import { schemasOf, type Resource } from './resource'
import { groupType } from './group'
import type { ResourceType } from './schema'
import { userType } from './user'
import { entityTag, entityTagText } from './version'

/** A reference to another resource with its name; null for one that is not shown. */
export interface Reference {
  readonly id: string
  readonly display: string | null
}

/** Members of a team of more than this many are shown by their ids alone. */
export const namedMembers = 1_000

/** Bytes of a longer name, as JSON, are not shown of a member: the person has it. */
export const memberNameBytes = 128

/** Bytes of a resource in an answer beside its attributes and references, at most. */
export const headBytes = 1_024

/** Bytes of a reference in an answer beside its name, at most: two ids and an address. */
export function referenceBytes(baseUrl: string): number {
  return 160 + baseUrl.length
}

/** Bytes of a member that is shown by its id alone, at most. */
export const memberIdBytes = 64

/** The members of a team of more than this many do not fit into an answer. */
export const shownMembers = 120_000

/** Times are milliseconds since 1970. */
export interface StoredResource {
  readonly id: string
  readonly attributes: Resource
  readonly version: number
  readonly createdAt: number
  readonly updatedAt: number
}

export interface StoredUser extends StoredResource {
  readonly groups: readonly Reference[]
  /** JSON of the attributes as it is stored; absent where they were read as values. */
  readonly text?: string
}

/** A user with the JSON text of the attributes, as they are stored. */
export interface UserText extends Omit<StoredUser, 'attributes' | 'text'> {
  readonly attributes: string
}

export interface StoredTeam extends StoredResource {
  readonly memberCount: number
  /** Absent when the members were not read. */
  readonly members?: readonly Reference[]
}

export function userTag(user: Pick<StoredUser, 'version' | 'groups'>): string {
  return entityTag(user.version, textsOf(user.groups))
}

/** The tag of a team without its members is that of its version alone; of names, shown ones count. */
export function teamTag(team: StoredTeam): string {
  const members = team.members ?? []
  const shown = showsNames(team) ? members : members.map(({ id }) => ({ id, display: null }))
  return entityTag(team.version, textsOf(shown))
}

function showsNames({ memberCount }: StoredTeam): boolean {
  return memberCount <= namedMembers
}

/** In one order, whatever the order in which the database found them. */
function textsOf(references: readonly Reference[]): readonly string[] {
  if (references.length === 0) return noTexts
  return references
    .toSorted((left, right) => (left.id < right.id ? -1 : 1))
    .flatMap(({ id, display }) => [id, display ?? ''])
}

const noTexts: readonly string[] = []

/** `baseUrl` has no slash at its end. */
export function representUser(user: StoredUser, baseUrl: string): JsonObject {
  const shown = head(userType, user)
  if (user.groups.length > 0) shown['groups'] = groupsOf(user.groups, baseUrl)
  shown['meta'] = meta(userType, user, baseUrl, userTag(user))
  return shown
}

/**
 * A function that writes the JSON text of what `representUser` makes of a user without extensions: what is
 * stored goes into it as it is, and what all users of a list have in common is written once.
 */
export function userWriter(baseUrl: string): (user: UserText) => string {
  const start = `{"schemas":["${userType.schema.id}"],"id":"`
  const middle = `,"meta":{"resourceType":"${userType.name}","created":"`
  const place = `","location":${withoutEnd(JSON.stringify(locationOf(userType, '', baseUrl)))}`
  return function writeUser({ id, attributes, groups, version, createdAt, updatedAt }) {
    const idEnd = JSON.stringify(id).slice(1)
    const own = attributes.length > 2 ? `,${attributes.slice(1, -1)}` : ''
    const teams = groups.length > 0 ? `,"groups":${JSON.stringify(groupsOf(groups, baseUrl))}` : ''
    const created = isoTime(createdAt)
    const modified = updatedAt === createdAt ? created : isoTime(updatedAt)
    const tag = entityTagText(version, textsOf(groups))
    return `${start}${idEnd}${own}${teams}${middle}${created}","lastModified":"${modified}${place}${idEnd},"version":${tag}}}`
  }
}

function withoutEnd(text: string): string {
  return text.slice(0, -1)
}

function groupsOf(groups: readonly Reference[], baseUrl: string): JsonObject[] {
  return groups.map(({ id, display }) => ({
    value: id,
    $ref: `${baseUrl}/Groups/${id}`,
    ...(display === null ? {} : { display }),
    type: 'direct',
  }))
}

export function representTeam(team: StoredTeam, baseUrl: string): JsonObject {
  // An empty list, not an absent one: clients that compare members wait for the attribute.
  const members = team.members?.map((member) =>
    showsNames(team) ? representMember(member, baseUrl) : { value: member.id },
  )
  const shown = head(groupType, team)
  if (members) shown['members'] = members
  shown['meta'] = meta(groupType, team, baseUrl, teamTag(team))
  return shown
}

/** One of the members of a team. */
export function representMember({ id, display }: Reference, baseUrl: string) {
  const named = display === null ? {} : { display }
  return { value: id, $ref: locationOf(userType, id, baseUrl), type: 'User', ...named }
}

export function locationOf(type: ResourceType, id: string, baseUrl: string): string {
  return `${baseUrl}${type.endpoint}/${id}`
}

function head(type: ResourceType, resource: StoredResource): JsonObject {
  return {
    schemas: schemasOf(type, resource.attributes),
    id: resource.id,
    ...resource.attributes,
  }
}

function meta(
  type: ResourceType,
  resource: Omit<StoredResource, 'attributes'>,
  baseUrl: string,
  version: string,
) {
  const created = isoTime(resource.createdAt)
  const isNew = resource.updatedAt === resource.createdAt
  return {
    resourceType: type.name,
    created,
    lastModified: isNew ? created : isoTime(resource.updatedAt),
    location: locationOf(type, resource.id, baseUrl),
    version,
  }
}
