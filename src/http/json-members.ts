/** What the text of JSON says and its value no longer shows: members that an object has twice, and halves of characters. */
import { sentTwice, type Fault } from './exactly'

/** Strings and what stands between them; numbers and words are nothing here. */
const tokens = /"[^"\\]*(?:\\.[^"\\]*)*"|[{}[\],]/gs

interface Level {
  /** Names that the object has had; undefined for a list. */
  readonly names: Set<string> | undefined
  /** The member or the place that is read. */
  at: string
}

/**
 * The first fault of a text that is JSON; undefined for none. Of a name that is there twice `JSON.parse` takes the later
 * value, and half of a surrogate pair is another character once it is stored.
 */
export function faultOfMembers(text: string): Fault | undefined {
  const levels: Level[] = []
  let isName = false
  for (const [token] of text.matchAll(tokens)) {
    const level = levels.at(-1)
    const path = () => levels.map(({ at }) => at)
    if (token === '{' || token === '[') {
      isName = token === '{'
      levels.push({ names: isName ? new Set() : undefined, at: '0' })
    } else if (token === '}' || token === ']') {
      isName = false
      levels.pop()
    } else if (token === ',') {
      isName = level?.names !== undefined
      if (level && !isName) level.at = String(Number(level.at) + 1)
    } else {
      const said = String(JSON.parse(token))
      if (level?.names && isName) {
        level.at = said
        isName = false
        if (level.names.has(said)) return { path: path(), detail: sentTwice }
        level.names.add(said)
      }
      if (!said.isWellFormed())
        return { path: path().map((name) => name.toWellFormed()), detail: half }
    }
  }
  return undefined
}

const half = 'has half of a character (an unpaired surrogate), which cannot be kept'
