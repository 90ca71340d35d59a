/** Lengths of what is stored. Characters are code points: a letter beyond U+FFFF is one. */
export const lengths = {
  /** What names or identifies: user names, names of people and teams, external ids, e-mail addresses. */
  name: 256,
  /** Any other text, that of schemas which a tenant declares or nobody does included. */
  text: 4_096,
  /** Addresses of pages and resources. */
  reference: 2_048,
  /** Base64, as of a certificate, and pictures. */
  binary: 16_384,
  dateTime: 64,
} as const

/** Entries of a list of a person or team; members of a team are no part of it. */
export const maximumEntries = 1_000

/** Bytes of JSON of one person or team, so that a write with its event stays far below D1's 2 MB. */
export const maximumResourceBytes = 64 * 1024
