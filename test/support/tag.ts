/** Entity tags of teams: a version, and a digest of the members that the answer shows. */

/** The version in an entity tag; NaN for another text. */
export function versionOf(tag: unknown): number {
  return Number(/^W\/"(\d+)(?:-[0-9a-f]{16})?"$/.exec(String(tag))?.[1])
}
