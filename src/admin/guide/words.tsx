/** Texts of the customer's pages: one catalogue of messages for each language (`assets/messages/`). */
import { getCookie } from 'hono/cookie'
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
  /** The query of the same page in another language. */
  pageIn(language: Language): string
  /** A message as plain text, for names and attributes. */
  text(key: string, values?: Readonly<Record<string, string | number>>): string
  /** A message with its marks: `*a word of a screen*` and `` `a value` ``. */
  nodes(key: string, values?: Values): Child
  /** A message in the form for a number, from the keys `….one` and `….other`. */
  counted(key: string, count: number, values?: Values): Child
  /** A text of a guide, such as `{baseUrl}` or `Teams of {product}`, filled. It has no marks: `.*` is a pattern. */
  fill(template: string, values: Readonly<Record<string, string>>): string
}

export const languageCookie = 'rollcall_language'

/** The language that the address asks for; undefined when it asks for none. */
export function askedLanguage(c: AdminContext): Language | undefined {
  return known(c.req.query('language'))
}

/** What was chosen, else what the browser prefers, else English. */
function languageOf(c: AdminContext): Language {
  return (
    askedLanguage(c) ??
    known(getCookie(c, languageCookie)) ??
    preferred(c.req.header('Accept-Language')) ??
    'en'
  )
}

/** The language of these that a browser likes best (RFC 9110 section 12.5.4). */
function preferred(header = ''): Language | undefined {
  const liked = header.split(',').map((range) => {
    const [name, weight = ''] = range.split(/;\s*q=/)
    return { language: known(name), weight: weight === '' ? 1 : Number(weight) }
  })
  const [best] = liked
    .filter(({ language, weight }) => language !== undefined && weight > 0)
    .toSorted((left, right) => right.weight - left.weight)
  return best?.language
}

/** `de-AT` is German. */
function known(text: string | undefined): Language | undefined {
  const [name] = text?.trim().toLowerCase().split('-') ?? []
  return languages.find((language) => language === name)
}

/** The words of a request; of the operator's console, which is English, with `language`. */
export async function readWords(c: AdminContext, language = languageOf(c)): Promise<Words> {
  const path = `/messages/${language}.json`
  const messages = await demandAsset<Readonly<Record<string, string>>>(c.env, path)
  const page = { brand: brandOf(c.env), query: new URL(c.req.url).searchParams }
  return makeWords(language, new Map(Object.entries(messages)), page)
}

function makeWords(
  language: Language,
  messages: ReadonlyMap<string, string>,
  { brand, query }: { readonly brand: Brand; readonly query: URLSearchParams },
): Words {
  const rules = new Intl.PluralRules(language)
  const all = { product: brand.name }
  const template = (key: string) => messages.get(key) ?? key
  return {
    language,
    brand,
    pageIn: (other) => {
      const asked = new URLSearchParams(query)
      asked.set('language', other)
      return `?${asked.toString()}`
    },
    text: (key, values) => fillText(template(key), { ...all, ...began(template(key), values) }),
    nodes: (key, values) => mark(template(key), { ...all, ...began(template(key), values) }),
    counted: (key, count, values) => {
      const number = count.toLocaleString(language)
      return mark(template(`${key}.${rules.select(count)}`), { ...all, count: number, ...values })
    },
    fill: (text, values) => substitute(text, { ...all, ...values }),
  }
}

/** A provider without a name ("the identity provider") is capitalized where a sentence begins with it. */
function began<T>(text: string, values?: Readonly<Record<string, T>>) {
  const provider = values?.['provider']
  if (!text.startsWith('{provider}') || typeof provider !== 'string') return values
  return { ...values, provider: provider.slice(0, 1).toUpperCase() + provider.slice(1) }
}

const placeholder = /\{(\w+)\}/g

function fillText(template: string, values: Readonly<Record<string, string | number>>): string {
  return substitute(template, values).replaceAll(/[*`]/g, '')
}

function substitute(template: string, values: Readonly<Record<string, string | number>>): string {
  return template.replaceAll(placeholder, (whole, name: string) => String(values[name] ?? whole))
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

/** Times are those of all pages. */
export { Time as When } from '../shell/time'
