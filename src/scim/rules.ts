/** Rules of the product for names and e-mail addresses. Each tenant can loosen them. */
import { quote, scimError, type ScimError } from './error'
import { isObject, isSame, type Json, type JsonObject } from './json'
import type { Resource } from './resource'
import type { ResourceType } from './schema'
import {
  invisibleIn,
  listCharacters,
  nameSigns,
  strangeInName,
  strangeInTeamName,
} from './text/characters'
import { isLongerThan } from './text/length'
import { lengths } from './text/limits'

export interface AttributeRules {
  readonly name: 'reject' | 'allow'
  readonly email: 'reject' | 'lowercase' | 'allow'
}

/** Rules as they are in force for a tenant. */
export interface RulesInForce extends AttributeRules {
  /** True when `lowercase` is about `emails` alone: a userName keeps the case it was sent in. */
  readonly keepsUserName?: boolean
}

export const defaultRules: AttributeRules = { name: 'reject', email: 'reject' }

interface RuledAttribute {
  readonly path: string
  readonly name: string
  readonly sub: string | undefined
  readonly rule: 'name' | 'teamName' | 'email' | 'userName'
}

/** Which attributes the rules are about; `name` stands for all its sub-attributes. */
const ruledAttributes: Readonly<Record<ResourceType['name'], readonly RuledAttribute[]>> = {
  User: [
    ...ruled('name', [
      'name.formatted',
      'name.familyName',
      'name.givenName',
      'name.middleName',
      'name.honorificPrefix',
      'name.honorificSuffix',
      'displayName',
      'nickName',
    ]),
    ...ruled('email', ['emails.value']),
    ...ruled('userName', ['userName']),
  ],
  Group: ruled('teamName', ['displayName']),
}

function ruled(rule: RuledAttribute['rule'], paths: readonly string[]): RuledAttribute[] {
  return paths.map((path) => {
    const [name = '', sub] = path.split('.')
    return { path, name, sub, rule }
  })
}

/**
 * Applies the tenant's rules to every value that differs from `before`: what was stored under
 * other rules stays until somebody states it anew. Answers the resource as it will be kept.
 */
export function applyRules(
  type: ResourceType,
  rules: RulesInForce,
  before: Resource | undefined,
  after: Resource,
): { readonly resource: Resource } | { readonly problem: ScimError } {
  let resource = after
  for (const attribute of ruledAttributes[type.name]) {
    if (resource[attribute.name] === undefined) continue
    const outcome = applyRule(rules, attribute, before, resource)
    if ('problem' in outcome) return outcome
    resource = outcome.resource
  }
  return { resource }
}

function applyRule(
  rules: RulesInForce,
  { path, name, sub, rule }: RuledAttribute,
  before: Resource | undefined,
  resource: Resource,
): { readonly resource: Resource } | { readonly problem: ScimError } {
  const value = resource[name]
  if (value === undefined || (before && isSame(before[name], value))) return { resource }
  if (sub !== undefined && isObject(value) && value[sub] === undefined) return { resource }
  const old = new Set(before ? texts(before[name], sub) : [])
  let problem: ScimError | undefined
  const changed = mapTexts(value, sub, (text) => {
    const given = trimmed(rules, rule, text)
    if (problem || old.has(text) || old.has(given)) return old.has(text) ? text : given
    const judged = judge(rules, rule, path, given)
    if (typeof judged === 'string') return judged
    problem = judged
    return text
  })
  if (problem) return { problem }
  return isSame(changed, value) ? { resource } : { resource: { ...resource, [name]: changed } }
}

/** The text without blanks around it, where the rule compares it so. */
function trimmed(rules: AttributeRules, rule: RuledAttribute['rule'], text: string): string {
  return rule === 'userName' || (rule === 'email' && rules.email !== 'allow') ? text.trim() : text
}

/** The text as it will be kept, or why it is refused. */
function judge(
  rules: RulesInForce,
  rule: RuledAttribute['rule'],
  attribute: string,
  text: string,
): string | ScimError {
  // What is too long is refused for that.
  if (isLongerThan(text, lengths.name)) return text
  switch (rule) {
    case 'name':
    case 'teamName':
      return rules.name === 'allow' ? text : judgeName(rule, attribute, text)
    case 'email':
      return judgeEmail(rules, attribute, text)
    case 'userName':
      return judgeUserName(rules, attribute, text)
  }
}

function judgeName(rule: 'name' | 'teamName', attribute: string, text: string): string | ScimError {
  const isTeam = rule === 'teamName'
  const wrong = isTeam ? strangeInTeamName(text) : strangeInName(text)
  if (wrong.length === 0) return text
  return scimError('nameCharacters', {
    attribute,
    characters: listCharacters(wrong),
    allowed: isTeam
      ? 'any characters but < and >, controls, and those that nobody sees'
      : `letters and digits of any script with their signs, blanks, and ${nameSigns}`,
  })
}

function judgeEmail(rules: AttributeRules, attribute: string, text: string): string | ScimError {
  if (/^\s*[{[]/.test(text)) {
    return scimError('wrongType', { attribute, expected: 'an e-mail address' })
  }
  if (rules.email === 'allow') return text
  return hidden(attribute, text) ?? judgeCapitals(rules, attribute, text)
}

/** Names with something on both sides of an @ are meant as addresses, blanks in them or not. */
function judgeUserName(rules: RulesInForce, attribute: string, text: string): string | ScimError {
  const isKept = rules.email === 'lowercase' && rules.keepsUserName
  const isAddress = !isKept && /[^@]@[^@]/.test(text)
  return hidden(attribute, text) ?? (isAddress ? judgeCapitals(rules, attribute, text) : text)
}

/** Refusal of a text with characters that nobody sees: two that look the same would be two people. */
function hidden(attribute: string, text: string): ScimError | undefined {
  const found = invisibleIn(text)
  return found.length === 0
    ? undefined
    : scimError('invisibleCharacters', { attribute, characters: listCharacters(found) })
}

/** The rule is about capitals: a text that has them and is no address is told the latter. */
function judgeCapitals(rules: AttributeRules, attribute: string, text: string): string | ScimError {
  const lower = text.toLowerCase()
  if (rules.email === 'allow' || text === lower) return text
  const isAddress = text.includes('@')
  if (rules.email === 'lowercase') return isAddress ? lower : text
  return isAddress
    ? scimError('emailCapitals', { attribute, value: text, suggestion: lower })
    : scimError('notAnAddress', { attribute, value: quote(text) })
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
