/** Rules of the product for names and e-mail addresses. Each tenant can loosen them. */
import { scimError, type ScimError } from './error'
import { isObject, isSame, type Json, type JsonObject } from './json'
import type { Resource } from './resource'
import type { ResourceType } from './schema'

export interface AttributeRules {
  readonly name: 'reject' | 'allow'
  readonly email: 'reject' | 'lowercase' | 'allow'
}

export const defaultRules: AttributeRules = { name: 'reject', email: 'reject' }

interface RuledAttribute {
  readonly names: readonly string[]
  readonly rule: 'name' | 'teamName' | 'email' | 'emailIfAddress'
}

/** Which attributes the rules are about; `name` stands for all its sub-attributes. */
const ruledAttributes: Readonly<Record<ResourceType['name'], readonly RuledAttribute[]>> = {
  User: [
    {
      names: [
        'name.formatted',
        'name.familyName',
        'name.givenName',
        'name.middleName',
        'name.honorificPrefix',
        'name.honorificSuffix',
        'displayName',
        'nickName',
      ],
      rule: 'name',
    },
    { names: ['emails.value'], rule: 'email' },
    { names: ['userName'], rule: 'emailIfAddress' },
  ],
  Group: [{ names: ['displayName'], rule: 'teamName' }],
}

/**
 * Applies the tenant's rules to every value that differs from `before`: what was stored under
 * other rules stays until somebody states it anew. Answers the resource as it will be kept.
 */
export function applyRules(
  type: ResourceType,
  rules: AttributeRules,
  before: Resource | undefined,
  after: Resource,
): { readonly resource: Resource } | { readonly problem: ScimError } {
  let resource = after
  for (const { names, rule } of ruledAttributes[type.name]) {
    for (const name of names) {
      const outcome = applyRule(rules, rule, name, before, resource)
      if ('problem' in outcome) return outcome
      resource = outcome.resource
    }
  }
  return { resource }
}

function applyRule(
  rules: AttributeRules,
  rule: RuledAttribute['rule'],
  path: string,
  before: Resource | undefined,
  resource: Resource,
): { readonly resource: Resource } | { readonly problem: ScimError } {
  const [name = '', sub] = path.split('.')
  const value = resource[name]
  if (value === undefined || (before && isSame(before[name], value))) return { resource }
  const old = new Set(before ? texts(before[name], sub) : [])
  let problem: ScimError | undefined
  const changed = mapTexts(value, sub, (text) => {
    if (problem || old.has(text)) return text
    const judged = judge(rules, rule, path, text)
    if (typeof judged === 'string') return judged
    problem = judged
    return text
  })
  if (problem) return { problem }
  return isSame(changed, value) ? { resource } : { resource: { ...resource, [name]: changed } }
}

/** The text as it will be kept, or why it is refused. */
function judge(
  rules: AttributeRules,
  rule: RuledAttribute['rule'],
  attribute: string,
  text: string,
): string | ScimError {
  switch (rule) {
    case 'name':
    case 'teamName':
      return rules.name === 'allow' ? text : judgeName(rule, attribute, text)
    case 'email':
      return text.trimStart().startsWith('{')
        ? scimError('wrongType', { attribute, expected: 'an e-mail address' })
        : judgeEmail(rules, attribute, text)
    case 'emailIfAddress':
      return /^[^\s@]+@[^\s@]+$/.test(text) ? judgeEmail(rules, attribute, text) : text
  }
}

/**
 * Letters and marks of any script, digits, blanks and a few signs. The emoji presentation
 * selector and the keycap are marks to Unicode, and signs to people: they are left out.
 */
const personSigns = "' ’ - . , ( ) &"
const teamSigns = `${personSigns} / _ + #`
const inPersonName = /(?![\uFE0E\uFE0F\u20E3])[\p{L}\p{M}\p{Nd}\p{Zs}'’\-.,()&]/u
const inTeamName = /(?![\uFE0E\uFE0F\u20E3])[\p{L}\p{M}\p{Nd}\p{Zs}'’\-.,()&/_+#]/u

function judgeName(rule: 'name' | 'teamName', attribute: string, text: string): string | ScimError {
  const isAllowed = rule === 'teamName' ? inTeamName : inPersonName
  const wrong = new Set(Array.from(text).filter((character) => !isAllowed.test(character)))
  if (wrong.size === 0) return text
  return scimError('nameCharacters', {
    attribute,
    characters: Array.from(wrong).slice(0, 5).map(showCharacter).join(' '),
    allowed: rule === 'teamName' ? teamSigns : personSigns,
  })
}

/** A character as a message can show it: control characters by their number. */
function showCharacter(character: string): string {
  return /[\p{C}\p{M}\p{Z}]/u.test(character)
    ? `U+${(character.codePointAt(0) ?? 0).toString(16).toUpperCase().padStart(4, '0')}`
    : character
}

function judgeEmail(rules: AttributeRules, attribute: string, text: string): string | ScimError {
  const lower = text.toLowerCase()
  if (rules.email === 'allow' || text === lower) return text
  return rules.email === 'lowercase'
    ? lower
    : scimError('emailCapitals', { attribute, value: text, suggestion: lower })
}

function texts(value: Json | undefined, sub: string | undefined): string[] {
  const found: string[] = []
  if (value !== undefined) {
    mapTexts(value, sub, (text) => {
      found.push(text)
      return text
    })
  }
  return found
}

/** Changes every text that a path leads to: through lists, and into one sub-attribute. */
function mapTexts(value: Json, sub: string | undefined, change: (text: string) => string): Json {
  if (Array.isArray(value)) return value.map((item) => mapTexts(item, sub, change))
  if (typeof value === 'string') return sub === undefined ? change(value) : value
  if (!isObject(value) || sub === undefined) return value
  const inner = value[sub]
  if (typeof inner !== 'string') return value
  const changed: JsonObject = { ...value, [sub]: change(inner) }
  return changed
}
