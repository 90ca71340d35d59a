/** What is kept of a refused request, whom it was about, and the file that a spreadsheet opens. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { subjectOf } from '../../src/activity/identity'
import { redactedText } from '../../src/activity/redact'
import { csvLine } from '../../src/admin/logs/csv'

const names = ['password', 'userPassword', 'apiToken', 'clientSecret', 'x509Certificates', 'apiKey']

describe('what is kept of a refused request', () => {
  it('has no value of an attribute that is named like a secret, wherever it stands', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,30}$/).map((text) => `!${text}!`)
    fc.assert(
      fc.property(secret, fc.constantFrom(...names), fc.nat(5), (text, name, depth) => {
        let body: any = { [name]: text, userName: 'ann' }
        for (let level = 0; level < depth; level += 1) body = { inside: [body, { [name]: [text] }] }
        expect(redactedText(body)).not.toContain(text)
        for (const member of ['path', 'Path']) {
          const operation = { op: 'replace', [member]: `urn:x:User:${name}`, Value: text }
          expect(redactedText({ Operations: [operation] })).not.toContain(text)
          const listed = { op: 'replace', [member]: [name], value: text }
          expect(redactedText({ Operations: [listed] })).not.toContain(text)
        }
      }),
    )
  })

  it('has none in paths, filters, names that are paths, and JSON in a text either', () => {
    const secret = fc.stringMatching(/^[A-Za-z0-9]{12,30}$/).map((text) => `!${text}!`)
    const operator = fc.constantFrom('eq', 'NE', 'sw', '==', '!=', '=', 'is', 'equals')
    fc.assert(
      fc.property(secret, fc.constantFrom(...names), operator, (text, name, compares) => {
        const comparison = `${name} ${compares} "${text}"`
        const filters = [
          comparison,
          `title eq "Boss" and not (${comparison})`,
          `(${name}) ${compares} "${text}"`,
          `${name} (${compares} "${text}")`,
          `emails[${comparison}].value`,
          `urn:x:2.0:User:${name}[value ${compares} "${text}"].display`,
          `${name}.value ${compares} "${text} and more`,
          `/Users?filter=${encodeURIComponent(comparison)}`,
          `/Users?filter=${comparison.replaceAll(' ', '+')}`,
          `${'title pr or '.repeat(20)}${comparison}`,
        ]
        for (const filter of filters) {
          const kept = redactedText({ filter, [filter]: [filter], data: { Path: filter } })
          expect(kept).not.toContain(text)
        }
        const value = JSON.stringify({ [name]: text })
        expect(redactedText({ Operations: [{ op: 'add', value }] })).not.toContain(text)
      }),
    )
  })

  it('keeps filters and texts that compare no secret', () => {
    const filter = 'userName eq "token@example.com" and emails[type eq "work"].value pr'
    const body = { filter, title: 'Head of Secret Service (retired)', path: 'password' }
    expect(JSON.parse(redactedText(body))).toEqual(body)
  })

  it('is bounded, whatever was sent', () => {
    fc.assert(
      fc.property(fc.jsonValue({ maxDepth: 12 }), (value) => {
        expect(redactedText({ value } as any).length).toBeLessThan(4_020)
      }),
    )
    const members = Array.from({ length: 50_000 }, (_, index) => ({ value: `person ${index}` }))
    const text = redactedText({ displayName: 'x'.repeat(100_000), members })
    expect(text.length).toBeLessThan(4_020)
    expect(text).toContain('… and 49980 more')
    expect(text).toContain('… (cut off)')
  })
})

describe('the subject of a refused request', () => {
  it('is the same for each attempt at one person, and another for another person', () => {
    const body = { userName: 'Ann@Example.com', externalId: '7' }
    const one = subjectOf('POST', '/Users', body)
    expect(subjectOf('POST', '/Users', { ...body, userName: 'ann@example.COM' }).key).toBe(one.key)
    expect(subjectOf('POST', '/Users', { ...body, userName: 'bob' }).key).not.toBe(one.key)
    expect(subjectOf('PATCH', '/Users/17', {})).toMatchObject({ kind: 'user', resourceId: '17' })
    expect(subjectOf('POST', '/Groups', { displayName: ' Sales ' }).nameKey).toBe('sales')
  })

  it('is nobody where neither the path nor the body names one', () => {
    for (const [method, path] of [
      ['POST', '/Users'],
      ['PUT', '/Users'],
      ['POST', '/Bulk'],
      ['PATCH', '/Users/1/2'],
    ] as const) {
      expect([path, subjectOf(method, path, {}).kind]).toEqual([path, 'request'])
    }
    fc.assert(
      fc.property(fc.jsonValue(), fc.jsonValue(), (emails, members) => {
        const body = { userName: 'a', displayName: 'b', emails, members, name: emails } as any
        expect(subjectOf('POST', '/Users', body).kind).toBe('user')
        expect(subjectOf('POST', '/Groups', body).kind).toBe('team')
      }),
    )
  })

  it('tells the people who were to join a team, and not those who were to leave', () => {
    const of = (...Operations: any[]) => subjectOf('PATCH', '/Groups/1', { Operations }).members
    const value = [{ value: 'ann' }]
    expect(of({ op: 'Add', path: 'members', value })).toEqual(['ann'])
    expect(of({ op: 'replace', value: { members: value } })).toEqual(['ann'])
    expect(of({ op: 'remove', path: 'members', value })).toBeNull()
  })
})

describe('a line of CSV', () => {
  it('is never a formula, and reads back as it was', () => {
    const cell = fc.oneof(
      fc.string({ unit: 'grapheme' }),
      fc
        .constantFrom('=', '+', '-', '@', '\t=', ' =', '＝')
        .chain((start) => fc.string().map((rest) => `${start}${rest}`)),
    )
    fc.assert(
      fc.property(fc.array(cell, { minLength: 1 }), (cells) => {
        const line = csvLine(cells)
        const read = [...line.matchAll(/"((?:[^"]|"")*)"(?:,|\r\n$)/g)].map(([, text = '']) =>
          text.replaceAll('""', '"'),
        )
        expect(read).toHaveLength(cells.length)
        read.forEach((text, index) => {
          expect(text).not.toMatch(/^\s*[=+\-@＝＋－＠]/)
          expect(text.replace(/^'/, '')).toBe((cells[index] ?? '').replace(/^'/, ''))
        })
      }),
    )
  })
})
