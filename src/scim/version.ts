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

/** True when `If-None-Match` names the tag: `*`, or tags compared weakly. */
export function matchesTag(header: string, tag: string): boolean {
  return tagsIn(header).some((candidate) => candidate === '*' || opaque(candidate) === opaque(tag))
}

/**
 * True when `If-Match` names the version of a resource: `*`, or tags of which the version alone
 * counts. What a tag covers beside it belongs to other resources, and no change here overwrites it.
 */
export function matchesVersion(header: string, version: number): boolean {
  return tagsIn(header).some(
    (candidate) =>
      candidate === '*' || opaque(candidate).replace(/-[0-9a-f]{16}$/, '') === String(version),
  )
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
