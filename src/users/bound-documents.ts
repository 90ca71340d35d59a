/**
 * The documents of a person as they are bound for a write: the attributes, and how the search
 * document differs from them. Most of what differs are capital letters, which SQL makes small.
 */
import { sql, type SQL } from 'drizzle-orm'
import { BoundedMap } from '../bounded-map'
import { isObject, type Json, type JsonObject } from '../scim/json'
import { isAscii } from '../scim/text/ascii'
import { userType } from '../scim/user'
import type { Documents } from '../directory/documents'

/** The values of which the statement makes both documents. */
export interface BoundDocuments {
  /** The text of the attributes; where the search document keeps a capital letter, `mark` before it. */
  readonly attributes: string
  /** JSON Merge Patch (RFC 7396) of the small text to the search document; or that document. */
  readonly search: string
  /** 1 where `search` is a patch, else 0. */
  readonly isPatch: number
}

/** A character of one byte that JSON writes as it is, and that nearly no text has. */
const mark = '\u007f'

/** Capital letters of the names that every person has: others are not kept. */
const kept = 'ACILNPSTU'

type Bound = Readonly<Record<keyof BoundDocuments, SQL>>

/** The attributes of what `boundDocuments` answers, as the statement makes them. */
export function attributesOf({ attributes, isPatch }: Bound): SQL {
  return sql`iif(${isPatch}, replace(${attributes}, ${marked('')}, ''), ${attributes})`
}

/** The same of the search document. The attributes have no `schemas`, which stand before them. */
export function searchOf({ attributes, search, isPatch }: Bound): SQL {
  const head = sql.raw(`'{"schemas":["${userType.schema.id}"],'`)
  const small = Array.from(kept).reduce(
    (text, letter) =>
      sql`replace(${text}, ${marked(letter.toLowerCase())}, ${sql.raw(`'${letter}'`)})`,
    sql`lower(${attributes})`,
  )
  return sql`iif(${isPatch}, json_patch(${head} || substr(${small}, 2), ${search}), ${search})`
}

function marked(letter: string): SQL {
  return sql.raw(`'${mark}${letter}'`)
}

/** What is bound of two documents: the patch, where that is shorter. */
export function boundDocuments(documents: Documents): BoundDocuments {
  return patched(documents) ?? whole(documents)
}

function whole({ attributes, searchValues }: Documents): BoundDocuments {
  return { attributes, search: JSON.stringify(searchValues), isPatch: 0 }
}

/** Undefined where a patch cannot say it, or is no shorter: both documents are about as long. */
function patched({ values, attributes, searchValues }: Documents): BoundDocuments | undefined {
  if (attributes === '{}' || attributes.includes(mark)) return undefined
  const { schemas = null, ...wanted } = searchValues
  const text: Text = { parts: [], isExact: true }
  const patch = patchOf(values, wanted, text)
  if (!text.isExact) return undefined
  const isCoreAlone = Array.isArray(schemas) && schemas.length === 1
  const search = JSON.stringify(isCoreAlone ? patch : { ...patch, schemas })
  const written = text.parts.join('')
  const isShorter = written.length + search.length < 2 * attributes.length
  return isShorter ? { attributes: written, search, isPatch: 1 } : undefined
}

/** The attributes as they are written. */
interface Text {
  readonly parts: string[]
  /** False once a name could not be kept. */
  isExact: boolean
}

/** Writes an object; answers the members that then differ, with null for one to remove. */
function patchOf(values: JsonObject, wanted: JsonObject, text: Text): JsonObject {
  const patch: [string, Json][] = []
  let before = '{'
  for (const [name, value] of Object.entries(values)) {
    const label = labelOf(name)
    text.isExact &&= label.isKept
    text.parts.push(before, label.text)
    before = ','
    const isWanted = Object.hasOwn(wanted, name)
    const difference = isWanted ? differenceOf(value, wanted[name] ?? null, text) : null
    if (!isWanted) text.parts.push(JSON.stringify(value))
    if (difference !== undefined) patch.push([name, difference])
  }
  text.parts.push(before === '{' ? '{}' : '}')
  for (const [name, value] of Object.entries(wanted)) {
    if (!Object.hasOwn(values, name)) patch.push([name, value])
  }
  return Object.fromEntries(patch)
}

/** A name with its colon, as it is written, and whether it can be kept. */
interface Label {
  readonly text: string
  readonly isKept: boolean
}

/** Most names are those of all people. */
const labels = new BoundedMap<string, Label>(500)

function labelOf(name: string): Label {
  const known = labels.get(name)
  if (known) return known
  const text = JSON.stringify(name)
  const label = { text: `${keep(text)}:`, isKept: isKept(text) }
  labels.set(name, label)
  return label
}

/** Writes a value; answers what a patch says of it, undefined where it is as wanted. */
function differenceOf(value: Json, wanted: Json, text: Text): Json | undefined {
  if (isObject(value) && isObject(wanted)) {
    const patch = patchOf(value, wanted, text)
    return Object.keys(patch).length === 0 ? undefined : patch
  }
  if (Array.isArray(value) && Array.isArray(wanted) && value.length === wanted.length) {
    return listDifference(value, wanted, text)
  }
  const label = JSON.stringify(value)
  const isSame = value === wanted && isKept(label)
  text.parts.push(isSame ? keep(label) : label)
  return isSame || small(value) === wanted ? undefined : wanted
}

/** A merge patch cannot say which element of a list differs. */
function listDifference(value: readonly Json[], wanted: Json[], text: Text): Json | undefined {
  let isSame = true
  text.parts.push('[')
  for (const [index, element] of value.entries()) {
    if (index > 0) text.parts.push(',')
    isSame = differenceOf(element, wanted[index] ?? null, text) === undefined && isSame
  }
  text.parts.push(']')
  return isSame ? undefined : wanted
}

/** A text as SQLite makes it small: it knows the letters of ASCII alone. */
function small(value: Json): Json {
  if (typeof value !== 'string') return value
  return isAscii(value)
    ? value.toLowerCase()
    : value.replaceAll(/[A-Z]+/g, (letters) => letters.toLowerCase())
}

/** All capital letters but those of `kept`. */
const others = /[BDEFGHJKMOQRVWXYZ]/

function isKept(text: string): boolean {
  return !others.test(text)
}

function keep(text: string): string {
  return /[A-Z]/.test(text) ? text.replaceAll(/[A-Z]/g, `${mark}$&`) : text
}
