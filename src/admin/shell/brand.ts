/** The product in whose name customers are spoken to: its name, logo and accent colour. */

export interface Brand {
  readonly name: string
  /** Address of a picture, over https. */
  readonly logo: string | undefined
  /** `#rrggbb`. */
  readonly accent: string | undefined
}

/** Variables of the Worker, as `Environment` has them. */
interface Variables {
  readonly PRODUCT_NAME?: string
  readonly PRODUCT_LOGO?: string
  readonly PRODUCT_ACCENT?: string
  readonly FRAME_ANCESTORS?: string
}

/** What the variables say; a value that cannot be used counts as absent. */
export function brandOf({ PRODUCT_NAME, PRODUCT_LOGO, PRODUCT_ACCENT }: Variables): Brand {
  const logo = URL.parse(PRODUCT_LOGO ?? '')
  const accent = PRODUCT_ACCENT?.toLowerCase() ?? ''
  return {
    name: PRODUCT_NAME?.trim() || 'Rollcall',
    logo: logo?.protocol === 'https:' ? logo.href : undefined,
    accent: /^#[0-9a-f]{6}$/.test(accent) ? accent : undefined,
  }
}

/** Names of variables that hold something, and nothing that can be used. */
export function unusableOf(variables: Variables): string[] {
  const { logo, accent } = brandOf(variables)
  const used = {
    PRODUCT_LOGO: logo !== undefined,
    PRODUCT_ACCENT: accent !== undefined,
    FRAME_ANCESTORS: frameAncestorsOf(variables).length > 0,
  }
  return (['PRODUCT_LOGO', 'PRODUCT_ACCENT', 'FRAME_ANCESTORS'] as const).filter(
    (name) => Boolean(variables[name]?.trim()) && !used[name],
  )
}

const origin = /^https:\/\/(\*\.)?[a-z0-9]([a-z0-9.-]*[a-z0-9])?(:\d{1,5})?$/
const ownOrigin = /^http:\/\/(localhost|127\.0\.0\.1)(:\d{1,5})?$/
const maximumAncestors = 10

/**
 * Origins whose pages may show those of links in a frame (`https://app.example.com`,
 * `https://*.example.com`). One wrong entry makes all of them none: nothing is opened by a typing error.
 */
export function frameAncestorsOf({ FRAME_ANCESTORS }: Variables): readonly string[] {
  const wanted = (FRAME_ANCESTORS ?? '').split(/\s+/).filter((text) => text !== '')
  const isUsable = wanted.every((text) => origin.test(text) || ownOrigin.test(text))
  return isUsable && wanted.length <= maximumAncestors ? wanted : []
}

/** Grounds that texts in the accent colour stand on: the tinted one of the light and the dark scheme. */
const grounds = { light: '#eef0fb', dark: '#232840' }
const white = '#ffffff'
const black = '#000000'

/** Custom properties of the stylesheet in the accent colour, as near to it as can be read. */
export function accentStyles({ accent }: Brand): string {
  if (accent === undefined) return ''
  const light = readable(accent, grounds.light, black)
  const dark = readable(accent, grounds.dark, white)
  const ground = readable(accent, white, black)
  return `:root { --accent: light-dark(${light}, ${dark}); --accent-ground: ${ground}; }\n`
}

/** WCAG 2.2, 1.4.3. */
const leastContrast = 4.5

/** The colour, mixed with another until it can be read on the ground. */
function readable(colour: string, ground: string, other: string): string {
  const shares = Array.from({ length: 21 }, (_, index) => index / 20)
  const mixed = shares.map((share) => mix(colour, other, share))
  return mixed.find((text) => contrast(text, ground) >= leastContrast) ?? other
}

function mix(colour: string, other: string, share: number): string {
  const [from, to] = [channels(colour), channels(other)]
  const parts = from.map((value, index) => value + ((to[index] ?? 0) - value) * share)
  return `#${parts.map((value) => Math.round(value).toString(16).padStart(2, '0')).join('')}`
}

/** Contrast of two colours, 1 to 21. */
export function contrast(left: string, right: string): number {
  const [lower = 0, higher = 0] = [luminance(left), luminance(right)].toSorted((a, b) => a - b)
  return (higher + 0.05) / (lower + 0.05)
}

function luminance(colour: string): number {
  const [red = 0, green = 0, blue = 0] = channels(colour).map((value) => {
    const part = value / 255
    return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
  })
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue
}

function channels(colour: string): number[] {
  return [1, 3, 5].map((start) => Number.parseInt(colour.slice(start, start + 2), 16))
}
