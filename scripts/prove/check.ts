/** What a proof kit is made of: checks of what a SCIM server does, each with the section that it comes from. */
import type { Trial } from './trial.ts'

export const kitNames = ['entra', 'okta', 'onelogin', 'interop', 'ipsie', 'rfc'] as const

export type KitName = (typeof kitNames)[number]

/** A check before a kit cites it. It makes what it needs, so that it runs alone and in any order. */
export interface Check {
  /** A sentence about what a server does; no two checks have the same. */
  readonly name: string
  run(trial: Trial): Promise<void>
}

/** `must` fails the kit; `should` is a warning where it is not kept. */
export type Weight = 'must' | 'should'

export interface CitedCheck extends Check {
  /** Section or test of the source, as the source calls it. */
  readonly section: string
  readonly weight: Weight
}

export interface Part {
  readonly title: string
  readonly checks: readonly CitedCheck[]
}

export interface Kit {
  readonly name: KitName
  readonly title: string
  /** What the checks are about: document, version or date, and address. */
  readonly source: string
  readonly parts: readonly Part[]
  /** Checks of which one has to be kept, by their names. */
  readonly oneOf?: { readonly names: readonly string[]; readonly problem: string }
}

export function must(section: string, check: Check): CitedCheck {
  return { ...check, section, weight: 'must' }
}

export function should(section: string, check: Check): CitedCheck {
  return { ...check, section, weight: 'should' }
}
