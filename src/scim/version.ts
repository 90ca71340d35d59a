/** Entity tags (RFC 7644 section 3.14) and the preconditions that use them (RFC 9110 section 13). */

/**
 * A weak tag of a resource: the number of its version, and for what the resource shows of others
 * (the teams of a user, the members of a team) a digest of that, so that a tag never stands for two
 * contents.
 */
export function entityTag(version: number, shown: readonly string[] = []): string {
  return `W/"${markOf(version, shown)}"`
}

/** The same tag as JSON text: but for its quotes there is nothing in it to escape. */
export function entityTagText(version: number, shown: readonly string[]): string {
  return `"W/\\"${markOf(version, shown)}\\""`
}

function markOf(version: number, shown: readonly string[]): string {
  return shown.length === 0 ? `${version}` : `${version}-${digest(shown)}`
}

/** True when a header names the tag: `*`, or tags compared weakly. An empty header, and what is no tag, name none. */
export function matchesTag(header: string, tag: string): boolean {
  return isAny(header) || tagsIn(header).some((candidate) => opaque(candidate) === opaque(tag))
}

/**
 * The condition of a change (RFC 9110 section 13.2): `If-Match` alone as its text, or with `If-None-Match` both. Plain
 * data, which travels to the object of a team.
 */
export type Condition =
  | string
  | { readonly ifMatch: string | undefined; readonly ifNoneMatch: string }

/** The condition of the headers of a change; undefined without one. */
export function conditionOf(headers: Headers): Condition | undefined {
  const ifMatch = headers.get('If-Match') ?? undefined
  const ifNoneMatch = headers.get('If-None-Match')
  return ifNoneMatch === null ? ifMatch : { ifMatch, ifNoneMatch }
}

/** True when a change with the condition may be made, where `isNamed` says whether a header names what is there. */
export function holds(condition: Condition, isNamed: (header: string) => boolean): boolean {
  if (typeof condition === 'string') return isNamed(condition)
  const { ifMatch, ifNoneMatch } = condition
  return (ifMatch === undefined || isNamed(ifMatch)) && !isNamed(ifNoneMatch)
}

/**
 * True when a change of a resource with this version may be made. Of its tags the version alone counts: what they cover
 * beside it belongs to other resources, and no change here overwrites it.
 */
export function holdsForVersion(condition: Condition, version: number): boolean {
  return holds(
    condition,
    (header) =>
      isAny(header) ||
      tagsIn(header).some((tag) => opaque(tag).replace(/-[0-9a-f]{16}$/, '') === String(version)),
  )
}

/** `*` stands alone: among tags it is none. */
function isAny(header: string): boolean {
  return header.trim() === '*'
}

function tagsIn(header: string): string[] {
  return header.split(',').map((part) => part.trim())
}

function opaque(tag: string): string {
  return tag.replace(/^W\//i, '').replace(/^"|"$/g, '')
}

/** FNV-1a, twice with different starts: 64 bits tell versions of one resource apart. */
export function digest(texts: readonly string[]): string {
  let first = 0x811c9dc5
  let second = 0x1b873593
  for (const text of texts) {
    for (let index = 0; index <= text.length; index += 1) {
      const code = index < text.length ? text.charCodeAt(index) : 0xffff
      first = Math.imul(first ^ code, 0x01000193)
      second = Math.imul(second ^ code, 0x85ebca6b)
    }
  }
  return [first, second].map((half) => (half >>> 0).toString(16).padStart(8, '0')).join('')
}
