/** Texts of the customer's pages: one catalogue of messages for each language (`assets/messages/`). */
import { detectFromCookie, detectFromHeader, detectFromQuery } from 'hono/language'
import type { Child } from 'hono/jsx'
import { createContext, useContext } from '../shell/jsx-context'
import { demandAsset } from '../../http/assets'
import { brandOf, type Brand } from '../shell/brand'
import type { AdminContext } from '../shell/context'

export const languages = ['en', 'de'] as const

export type Language = (typeof languages)[number]

type Values = Readonly<Record<string, Child>>

export interface Words {
  readonly language: Language
  readonly brand: Brand
  /** A message as plain text, for names and attributes. */
  text(key: string, values?: Readonly<Record<string, string | number>>): string
  /** A message with its marks: `*a word of a screen*` and `` `a value` ``. */
  nodes(key: string, values?: Values): Child
  /** A message in the form for a number, from the keys `….one` and `….other`. */
  counted(key: string, count: number, values?: Values): Child
  /** A text of a guide, such as `{baseUrl}` or `Teams of {product}`, filled. */
  fill(template: string, values: Readonly<Record<string, string>>): string
}

export const languageCookie = 'rollcall_language'

const detection = {
  order: [],
  lookupQueryString: 'language',
  lookupCookie: languageCookie,
  lookupFromHeaderKey: 'accept-language',
  lookupFromPathIndex: 0,
  caches: false as const,
  ignoreCase: true,
  fallbackLanguage: 'en',
  supportedLanguages: [...languages],
}

/** The language that the address asks for; undefined when it asks for none. */
export function askedLanguage(c: AdminContext): Language | undefined {
  return known(detectFromQuery(c, detection))
}

/** What was chosen, else what the browser prefers, else English. */
function languageOf(c: AdminContext): Language {
  return (
    askedLanguage(c) ??
    known(detectFromCookie(c, detection)) ??
    known(detectFromHeader(c, detection)) ??
    'en'
  )
}

function known(text: string | undefined): Language | undefined {
  return languages.find((language) => language === text)
}

/** The words of a request; of the operator's console, which is English, with `language`. */
export async function readWords(c: AdminContext, language = languageOf(c)): Promise<Words> {
  const path = `/messages/${language}.json`
  const messages = await demandAsset<Readonly<Record<string, string>>>(c.env, path)
  return makeWords(language, new Map(Object.entries(messages)), brandOf(c.env))
}

function makeWords(language: Language, messages: ReadonlyMap<string, string>, brand: Brand): Words {
  const rules = new Intl.PluralRules(language)
  const all = { product: brand.name }
  const template = (key: string) => messages.get(key) ?? key
  return {
    language,
    brand,
    text: (key, values) => fillText(template(key), { ...all, ...values }),
    nodes: (key, values) => mark(template(key), { ...all, ...values }),
    counted: (key, count, values) => {
      const number = count.toLocaleString(language)
      return mark(template(`${key}.${rules.select(count)}`), { ...all, count: number, ...values })
    },
    fill: (text, values) => fillText(text, { ...all, ...values }),
  }
}

const placeholder = /\{(\w+)\}/g

function fillText(template: string, values: Readonly<Record<string, string | number>>): string {
  const filled = template.replaceAll(placeholder, (whole, name: string) =>
    String(values[name] ?? whole),
  )
  return filled.replaceAll(/[*`]/g, '')
}

const marks = /`([^`]+)`|\*([^*]+)\*|\{(\w+)\}/g

/** A template as nodes. What fills it is never read for marks. */
function mark(template: string, values: Values): Child {
  const nodes: Child[] = []
  let end = 0
  for (const match of template.matchAll(marks)) {
    const [whole, value, word, name] = match
    nodes.push(template.slice(end, match.index))
    if (value !== undefined) nodes.push(<code>{fillNodes(value, values)}</code>)
    else if (word !== undefined) nodes.push(<b lang="en">{fillNodes(word, values)}</b>)
    else nodes.push(values[name ?? ''] ?? whole)
    end = match.index + whole.length
  }
  nodes.push(template.slice(end))
  return <>{nodes}</>
}

function fillNodes(template: string, values: Values): Child {
  const parts = template.split(placeholder)
  return <>{parts.map((part, index) => (index % 2 === 0 ? part : (values[part] ?? `{${part}}`)))}</>
}

const PageWords = createContext<Words | undefined>(undefined)

export const WordsProvider = PageWords.Provider

/** The words of the page. */
export function useWords(): Words {
  const words = useContext(PageWords)
  if (!words) throw new Error('A page of messages needs its words')
  return words
}

/** A time in UTC; the script shows it in the browser's zone, and UTC on hover. */
export function When({ at }: { readonly at: number }) {
  const iso = new Date(at).toISOString()
  const text = `${iso.slice(0, 10)} ${iso.slice(11, 16)} UTC`
  return (
    <time datetime={iso} title={text}>
      {text}
    </time>
  )
}
