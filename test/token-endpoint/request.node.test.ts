/** Token requests of whatever form: read or refused, never thrown at. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import { readTokenRequest } from '../../src/token-endpoint/request'

const none = new URLSearchParams()

function read(form: Readonly<Record<string, string>>, authorization?: string) {
  return readTokenRequest(new URLSearchParams(form), authorization, none)
}

const grant = { grant_type: 'client_credentials' }

describe('a token request', () => {
  it('with Basic names the same client, escaped and raw, if it is of letters and digits', () => {
    const word = fc.stringMatching(/^[A-Za-z0-9]{1,60}$/)
    fc.assert(
      fc.property(word, word, (id, secret) => {
        const escaped = [id, secret].map(escapeAll).join(':')
        for (const text of [`${id}:${secret}`, escaped]) {
          expect(read(grant, `Basic ${btoa(text)}`)).toEqual({
            ok: true,
            value: { kind: 'secret', clientId: id, secret },
          })
        }
      }),
    )
  })

  it('with any parameters and any header is read or refused', () => {
    const name = fc.constantFrom(
      'grant_type',
      'client_id',
      'client_secret',
      'client_assertion',
      'client_assertion_type',
      'scope',
      'other',
    )
    const value = fc.oneof(fc.string(), fc.constantFrom('client_credentials', ''))
    fc.assert(
      fc.property(fc.array(fc.tuple(name, value)), fc.option(fc.string()), (pairs, header) => {
        const form = new URLSearchParams(pairs)
        const outcome = readTokenRequest(form, header ?? undefined, none)
        if (outcome.ok) {
          expect(form.getAll('grant_type')).toEqual(['client_credentials'])
        } else {
          expect(outcome.error.description).toMatch(/^[\x20\x21\x23-\x5b\x5d-\x7e]+$/)
        }
      }),
    )
  })

  it('counts parameters without a value as absent', () => {
    const form = { ...grant, client_id: 'a', client_secret: 'b' }
    expect(read({ ...form, client_assertion: '', scope: '' })).toEqual(read(form))
  })
})

function escapeAll(text: string): string {
  return Array.from(text, (letter) => `%${letter.charCodeAt(0).toString(16)}`).join('')
}
