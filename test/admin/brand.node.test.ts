/** The product's name, logo and colour, and who may frame its pages: what cannot be used is absent. */
import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import {
  accentStyles,
  brandOf,
  contrast,
  frameAncestorsOf,
  unusableOf,
} from '../../src/admin/shell/brand.ts'

const colour = fc
  .tuple(...[0, 1, 2].map(() => fc.integer({ min: 0, max: 255 })))
  .map((parts) => `#${parts.map((part) => part.toString(16).padStart(2, '0')).join('')}`)

describe('the accent colour', () => {
  it('can be read in both schemes, as text and below white text, whatever it is', () => {
    fc.assert(
      fc.property(colour, (PRODUCT_ACCENT) => {
        const styles = accentStyles(brandOf({ PRODUCT_ACCENT }))
        const [light = '', dark = '', ground = ''] = styles.match(/#[0-9a-f]{6}/g) ?? []
        for (const card of ['#ffffff', '#f5f6f9', '#eef0fb']) {
          expect(contrast(light, card)).toBeGreaterThanOrEqual(4.5)
        }
        for (const card of ['#191c25', '#11131a', '#232840']) {
          expect(contrast(dark, card)).toBeGreaterThanOrEqual(4.5)
        }
        expect(contrast(ground, '#ffffff')).toBeGreaterThanOrEqual(4.5)
      }),
    )
  })

  it('is as it was given where it can be read already', () => {
    const styles = accentStyles(brandOf({ PRODUCT_ACCENT: '#0A5C4F' }))
    expect(styles).toContain('--accent: light-dark(#0a5c4f, ')
    expect(styles).toContain('--accent-ground: #0a5c4f')
  })

  it.each(['', 'red', '#fff', '#12345g', '#123456; } body { display: none'])(
    'is none when the setting is %j',
    (PRODUCT_ACCENT) => {
      expect(accentStyles(brandOf({ PRODUCT_ACCENT }))).toBe('')
    },
  )
})

describe('the product', () => {
  it('is called Rollcall without a name, and has a logo over https alone', () => {
    expect(brandOf({})).toEqual({ name: 'Rollcall', logo: undefined, accent: undefined })
    expect(brandOf({ PRODUCT_NAME: '  ' }).name).toBe('Rollcall')
    const logos = ['http://cdn.example.com/a.png', 'javascript:alert(1)', '/logo.png', 'data:,x']
    for (const PRODUCT_LOGO of logos) expect(brandOf({ PRODUCT_LOGO }).logo).toBeUndefined()
    const PRODUCT_LOGO = 'https://cdn.example.com/logo.svg'
    expect(brandOf({ PRODUCT_LOGO }).logo).toBe(PRODUCT_LOGO)
  })

  it('tells the doctor which variables hold what cannot be used', () => {
    const wrong = { PRODUCT_LOGO: 'logo.png', PRODUCT_ACCENT: 'red', FRAME_ANCESTORS: '*' }
    expect(unusableOf({ PRODUCT_NAME: 'Northwind', ...wrong })).toEqual(Object.keys(wrong))
    expect(unusableOf({ PRODUCT_LOGO: '', PRODUCT_ACCENT: '#112233' })).toEqual([])
  })

  it('may frame its pages from origins alone, and nothing that ends a policy gets into it', () => {
    const given = 'https://app.example.com  https://*.example.net:8443 http://localhost:3000'
    expect(frameAncestorsOf({ FRAME_ANCESTORS: given })).toHaveLength(3)
    fc.assert(
      fc.property(fc.string(), (FRAME_ANCESTORS) => {
        const usable = frameAncestorsOf({ FRAME_ANCESTORS }).join(' ')
        expect(usable).not.toMatch(/[;,'"\r\n]|^\*|data:|\s{2}/)
      }),
    )
    const many = Array.from({ length: 11 }, (_, index) => `https://a${index}.example.com`)
    expect(frameAncestorsOf({ FRAME_ANCESTORS: many.join(' ') })).toEqual([])
  })
})
