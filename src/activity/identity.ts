/** Whom a refused request was about, as far as its path and its body tell. Pure. */
import { fold } from '../scim/filter/match'
import { isObject, textOf, type JsonObject } from '../scim/json'
import { addressesIn } from './other-names'

/** The person or team of a refused request, with the names by which they may arrive or be asked for. */
export interface Subject {
  /** Names the subject among the problems of its tenant. */
  readonly key: string
  readonly kind: 'user' | 'team' | 'request'
  /** Id in the path; null for somebody new. */
  readonly resourceId: string | null
  /** userName or displayName as it was sent, the name as the directory compares it, and others; folded. */
  readonly name: string | null
  readonly nameKey: string | null
  readonly externalId: string | null
  readonly emailKey: string | null
  readonly displayKey: string | null
  /** Addresses of a person after the first, folded. */
  readonly otherEmails: readonly string[]
  /** People who were to join the team; null for none. */
  readonly members: readonly string[] | null
}

/** Characters of a name, and people of a team, that are kept. */
const maximumName = 200
const maximumMembers = 50

/** `path` is below the base URL of the tenant; `body` is undefined where nothing could be read. */
export function subjectOf(method: string, path: string, body: JsonObject | undefined): Subject {
  const [, endpoint, id = ''] = /^\/(Users|Groups)(?:\/([^/?]+))?\/?$/.exec(path) ?? []
  if (endpoint === undefined || (id === '' && method !== 'POST')) return nobody(method, path)
  const kind = endpoint === 'Users' ? 'user' : 'team'
  const name = shortened(textOf(body?.[kind === 'user' ? 'userName' : 'displayName']))
  const nameKey = name && (kind === 'user' ? fold(name) : fold(name).trim())
  const externalId = shortened(textOf(body?.['externalId']))
  const key = [
    id === '' ? null : `id:${id}`,
    nameKey && `name:${nameKey}`,
    externalId && `externalId:${externalId}`,
  ].find((candidate) => candidate !== null)
  if (key === undefined) return nobody(method, path)
  const members = kind === 'team' ? joiningIn(body) : []
  const [first = '', ...others] = kind === 'user' ? addressesIn(body?.['emails']) : []
  return {
    key: `${kind}:${key}`,
    kind,
    resourceId: id === '' ? null : id,
    name,
    nameKey,
    externalId,
    emailKey: folded(first),
    displayKey: kind === 'user' ? folded(personName(body)) : null,
    otherEmails: others.flatMap((address) => folded(address) ?? []),
    members: members.length === 0 ? null : members,
  }
}

function nobody(method: string, path: string): Subject {
  const none = { resourceId: null, name: null, nameKey: null, externalId: null, members: null }
  const key = `request:${method} ${path}`.slice(0, maximumName)
  return { key, kind: 'request', ...none, emailKey: null, displayKey: null, otherEmails: [] }
}

/** The name of a person as people say it: displayName, else given and family name. */
function personName(body: JsonObject | undefined): string {
  const display = textOf(body?.['displayName'])
  if (display !== '') return display
  const name = body?.['name']
  if (!isObject(name)) return ''
  return [textOf(name['givenName']), textOf(name['familyName'])].join(' ').trim()
}

/** Ids in `members` of a team, and in what a PATCH adds. */
function joiningIn(body: JsonObject | undefined): readonly string[] {
  const operations = Array.isArray(body?.['Operations']) ? body['Operations'] : []
  const added = operations.flatMap((operation) => {
    if (!isObject(operation) || /^remove$/i.test(textOf(operation['op']))) return []
    const { value } = operation
    if (/^members$/i.test(textOf(operation['path']))) return [value].flat()
    return isObject(value) ? [value['members']].flat() : []
  })
  return [...[body?.['members']].flat(), ...added].slice(0, maximumMembers).flatMap((member) => {
    const id = isObject(member) ? textOf(member['value']) : ''
    return id === '' ? [] : [id.slice(0, maximumName)]
  })
}

function folded(text: string): string | null {
  const short = shortened(text)
  return short && fold(short)
}

function shortened(text: string): string | null {
  return text === '' ? null : text.slice(0, maximumName)
}
