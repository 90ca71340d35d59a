/** Members of JSON text that its value no longer shows. */
import * as fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { faultOfMembers } from '../src/http/json-members'

describe('members of JSON', () => {
  it.each([
    ['{"a":1,"a":1}', ['a']],
    ['{"a":1,"b":{"c":[0,{"d":1,"\\u0064":2}]}}', ['b', 'c', '1', 'd']],
    ['[{"a":1},{"a":1,"b":"a","b":2}]', ['1', 'b']],
    ['{"a\\"":"{,\\"a","a\\"":1}', ['a"']],
    ['{"__proto__":1,"__proto__":2}', ['__proto__']],
    ['{"a":["x","\\ud800"]}', ['a', '1']],
    ['{"\\udc00":1}', ['\ufffd']],
    ['"\\ud83d"', []],
  ])('are found in %s', (text, path) => {
    expect(faultOfMembers(text)?.path).toEqual(path)
  })

  it('are right in what is written from a value', () => {
    fc.assert(
      fc.property(fc.json(), fc.boolean(), (json, isWide) => {
        const value: unknown = JSON.parse(json)
        const text = JSON.stringify(value, undefined, isWide ? 2 : 0)
        const isHalf = /(?<!\\)(\\\\)*\\ud[89a-f]/i.test(text)
        expect(faultOfMembers(text) !== undefined).toBe(isHalf)
      }),
    )
  })

  it('are looked for without a stack that grows with the text', () => {
    for (const text of ['['.repeat(130_000) + ']'.repeat(130_000), `"${'\\\\'.repeat(130_000)}"`]) {
      expect(faultOfMembers(text)).toBe(undefined)
    }
  })
})
