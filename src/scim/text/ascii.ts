/** Text of ASCII alone: most names, addresses and documents, which need not be looked at any further. */
export function isAscii(text: string): boolean {
  return pattern.test(text)
}

const pattern = /^[\0-\x7f]*$/
