import { describe, expect, it } from 'vitest'
import { errorBody } from '../../../src/scim/error-body'
import { maximumFilterLength, parsePatchPath } from '../../../src/scim/filter/parse'
import { groupType } from '../../../src/scim/group'
import { pathText } from '../../../src/scim/path'
import type { ResourceType } from '../../../src/scim/schema'
import { startReading } from '../../../src/scim/tolerance/reading'
import { userType } from '../../../src/scim/user'
import { formatFilter } from '../../support/arbitraries'

const enterprise = 'urn:ietf:params:scim:schemas:extension:enterprise:2.0:User'

function path(text: string, type: ResourceType = userType): string {
  const reading = startReading(type)
  const parsed = parsePatchPath(reading, text)
  if (!parsed.ok) return `${parsed.error.code}: ${errorBody(parsed.error).detail}`
  const filter = parsed.value.filter ? ` where ${formatFilter(parsed.value.filter, true)}` : ''
  return `${pathText(parsed.value.path)}${filter}`
}

describe('a path of PATCH', () => {
  it.each([
    ['userName', 'userName'],
    ['NAME.familyname', 'name.familyName'],
    [' displayName ', 'displayName'],
    ['emails', 'emails'],
    ['emails.value', 'emails.value'],
    ['emails[type eq "work"]', 'emails where type eq "work"'],
    ['emails[Type EQ "Work"].VALUE', 'emails.value where type eq "work"'],
    ['emails[primary eq "True"].value', 'emails.value where primary eq true'],
    ['emails[type eq work].value', 'emails.value where type eq "work"'],
    [
      'addresses[type eq "work" and not (primary eq true)].postalCode',
      'addresses.postalCode where type eq "work" and not (primary eq true)',
    ],
    [`${enterprise}:department`, `${enterprise}:department`],
    [`${enterprise}:manager.value`, `${enterprise}:manager.value`],
    ['manager', `${enterprise}:manager`],
    [
      'urn:ietf:params:scim:schemas:core:2.0:User:emails[value eq "a:b"]',
      'emails where value eq "a:b"',
    ],
    ['password', 'password'],
  ])('%s is read', (text, expected) => {
    expect(path(text)).toBe(expected)
  })

  it('may name what no search can ask for', () => {
    expect(path('members[value eq "A"]', groupType)).toBe('members where value eq "A"')
    expect(path('members[display eq "A"]', groupType)).toBe('members where display eq "a"')
    expect(path('members[$ref eq "A"]', groupType)).toBe('members where $ref eq "A"')
  })

  it('resolves the paths of its filter to sub-attributes of the list', () => {
    const parsed = parsePatchPath(startReading(userType), 'emails[type eq "work"].display')
    const filter = parsed.ok ? parsed.value.filter : undefined
    expect(filter?.kind === 'compare' && pathText(filter.path)).toBe('emails.type')
    expect(parsed.ok && filter?.kind === 'compare' && filter.path.attribute).toBe(
      parsed.ok && parsed.value.path.attribute,
    )
  })

  it.each([
    '',
    'unknown',
    '"userName"',
    'emails.',
    'emails.unknown',
    'emails value',
    'emails]',
    'unknown[type eq "work"]',
    'userName[value eq "a"]',
    'emails.value[value eq "a"]',
    'emails[type eq "work"].unknown',
    'emails[type eq "work"].value.x',
    'emails[type eq "work"] value',
    'emails[type eq "work"].value eq "a"',
    'emails[type eq "work"][type eq "home"]',
    '__proto__',
    '__proto__.polluted',
    'constructor.prototype.polluted',
    'name.__proto__',
    'emails[type eq "work"].__proto__',
  ])('%j names nothing', (text) => {
    expect(path(text)).toMatch(/^invalidPath: The path ".*" does not name an attribute/)
  })

  it.each([
    'emails[]',
    'emails[type]',
    'emails[type eq]',
    'emails[unknown eq "a"]',
    'emails[type eq "work" and]',
    'emails[type eq "work"',
    'emails[type eq "work]',
    'emails[primary gt true]',
    'emails[emails[type eq "a"]]',
  ])('%j has a bad filter', (text) => {
    expect(path(text)).toMatch(/^invalidFilter: /)
  })

  it('has the bounds of filters', () => {
    expect(path('a'.repeat(maximumFilterLength + 1))).toMatch(/^filterTooLong/)
    expect(path(`emails[${'('.repeat(20)}type pr${')'.repeat(20)}]`)).toMatch(/^filterTooLong/)
    expect(path(`emails[${Array.from({ length: 51 }, () => 'type pr').join(' or ')}]`)).toMatch(
      /^filterTooLong/,
    )
  })
})
