/** Tolerances for the text of a filter that RFC 7644 section 3.4.2.2 does not allow. */
/** Entra's documentation: `?filter=externalId eq jyoung` without quotes. */
export function bareWordInFilter(word: string): string | undefined {
  return /^[\p{L}\p{N}._@+-]+$/u.test(word) ? word : undefined
}
