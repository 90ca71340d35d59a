/** Where somebody is, in a sentence for the ticket. */
import { describe, expect, it } from 'vitest'
import { sentenceAbout, type Whereabouts } from '../../src/admin/search/sentence'

const nobody: Whereabouts = {
  name: 'ann@acme.example',
  tenantName: 'Acme Corp.',
  provider: 'OneLogin',
  present: undefined,
  held: undefined,
  problem: undefined,
  last: undefined,
  remedy: '',
}

describe('the sentence for the ticket', () => {
  it('ends with one full stop, also behind a name that has its own', () => {
    expect(sentenceAbout(nobody)).toBe('ann@acme.example is not in Acme Corp.')
    expect(sentenceAbout({ ...nobody, tenantName: 'Globex' })).toBe(
      'ann@acme.example is not in Globex.',
    )
    const held = { state: 'held', at: 0 } as const
    expect(sentenceAbout({ ...nobody, held })).toMatch(
      /^OneLogin deleted ann@acme\.example in Acme Corp\. A change of /,
    )
  })
})
