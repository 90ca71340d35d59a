/** Recognizing the provider that calls: the surest sign decides. */
import { describe, expect, it } from 'vitest'
import { detectProvider } from '../../src/scim/profile.ts'

describe('the provider that calls', () => {
  it('is that of the setting, else of the guide, the label, the User-Agent, and of what it does', () => {
    const signs = {
      profile: 'aws',
      guide: 'onelogin',
      label: 'Okta 2026',
      userAgent: 'Microsoft SCIM',
      applied: new Set(['managerIdAsValue'] as const),
    } as const
    expect(detectProvider(signs)).toBe('aws')
    for (const profile of ['auto', 'rfc', 'strict'] as const) {
      const open = { ...signs, profile }
      expect(detectProvider(open)).toBe('onelogin')
      expect(detectProvider({ ...open, guide: 'other' })).toBe('okta')
      expect(detectProvider({ ...open, guide: null, label: 'Ann' })).toBe('entra')
      expect(detectProvider({ profile, applied: signs.applied })).toBe('onelogin')
      expect(detectProvider({ profile, userAgent: '', label: '' })).toBeUndefined()
    }
  })
})
