/** Secrets that a request tells, by the names beside them. Neither messages nor the log repeat them. */

/** What stands in the place of a secret. */
export const notKept = '(not kept)'

const names = 'passw|secret|token|credential|private[-_]?key|api[-_]?key|certificate'

const secretName = new RegExp(names, 'i')

/** True for names of attributes whose values may be secrets, in whatever schema. */
export function isSecretName(name: string): boolean {
  return secretName.test(name)
}

/** Such a name up to its end, with its sub-attribute. */
const wholeName = new RegExp(String.raw`(?:${names})[\w.:$-]*`, 'gi')

/** What may stand between the words of a filter, in an address as well. */
const blank = String.raw`(?:[\s()]|\+|%20|%09|%28|%29)`

/** What compares a name or looks into it: a bracket, a sign, an operator, or a quote behind some word. */
const comparison = new RegExp(
  [
    String.raw`${blank}*(?:[[<>"']|[!~]?(?:=|%3D)|%5B|%22)`,
    String.raw`${blank}+(?:eq|ne|co|sw|ew|gt|ge|lt|le)${blank}`,
    String.raw`${blank}+\w{1,20}${blank}*(?:["']|%22)`,
  ].join('|'),
  'iy',
)

/**
 * A path or a filter without what a secret is compared with: `credentials[value eq "…"].type` and
 * `title eq "Boss" and password eq "…"` end behind the name. Where a value ends is not to be told in
 * what may be no filter.
 */
export function withoutSecrets(text: string): string {
  for (const { 0: name, index } of text.matchAll(wholeName)) {
    comparison.lastIndex = index + name.length
    if (comparison.test(text)) return `${text.slice(0, index + name.length)} ${notKept}`
  }
  return text
}
