/** Filter text cut into tokens. Each character is looked at once, so no text takes long. */

export interface Token {
  readonly kind: 'word' | 'text' | 'sign'
  /** For `text` the decoded string, else what was written. */
  readonly value: string
  /** True for text with a backslash that JSON does not know as an escape: it stands for itself. */
  readonly hasLoneBackslash?: boolean
}

/** One way to match each character: a quote that never closes costs no more than its length. */
const pattern =
  // oxlint-disable-next-line no-control-regex -- JSON text holds no control characters
  /[ \t\r\n]+|"((?:[^"\\\u0000-\u001f]|\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|\\(?!["\\/bfnrt]|u[0-9a-fA-F]{4}))*)"|([()[\]])|([^\s()[\]"\u0000-\u001f]+)/y

/** Undefined when some part is no token, such as a quote that does not close. */
export function tokenize(text: string): Token[] | undefined {
  const tokens: Token[] = []
  pattern.lastIndex = 0
  while (pattern.lastIndex < text.length) {
    const match = pattern.exec(text)
    if (!match) return undefined
    const [, quoted, sign, word] = match
    if (quoted !== undefined) tokens.push(readQuoted(quoted))
    else if (sign !== undefined) tokens.push({ kind: 'sign', value: sign })
    else if (word !== undefined) tokens.push({ kind: 'word', value: word })
  }
  return tokens
}

const escapes = /\\(?:["\\/bfnrt]|u[0-9a-fA-F]{4})|(\\)/g

/** `"CORP\jdoe"`: the backslash is one. */
function readQuoted(quoted: string): Token {
  const escaped = quoted.replace(escapes, (escape, lone) => (lone === undefined ? escape : '\\\\'))
  const value = String(JSON.parse(`"${escaped}"`))
  return { kind: 'text', value, ...(escaped === quoted ? {} : { hasLoneBackslash: true }) }
}
