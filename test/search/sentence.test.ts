/** Where somebody is, in a sentence for the ticket. */
import { describe, expect, it } from 'vitest'
import { sentenceAbout, sentenceOfNobody, type Whereabouts } from '../../src/admin/search/sentence'

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

  it('says of nobody what was not looked at', () => {
    const common = { provider: 'OneLogin', tenantName: 'Acme', since: 0, isWhole: true, scanned: 0 }
    const whole = sentenceOfNobody({ ...common, text: 'Ann' })
    expect(whole).not.toContain('compared')
    expect(sentenceOfNobody({ ...common, text: 'Ann', scanned: 5_000 })).toContain(
      'Of given and family names alone, those of the latest 5000 people were compared.',
    )
    const address = { ...common, text: 'ann@acme.example' }
    expect(sentenceOfNobody(address)).toMatch(/^OneLogin has never sent anybody with this address/)
    expect(sentenceOfNobody({ ...address, isWhole: false })).toContain('search again in a minute')
  })
})
