/** Guides through the screens of identity providers: data of `assets/guides.json`, texts by their keys. */
import { demandAsset } from '../../http/assets'
import type { AdminContext } from '../shell/context'

/** What shows that a step was done: calls that have come. */
export type Tick = 'token' | 'test' | 'person' | 'team' | 'rule'

/** The value of a field: to copy, with the key of what to say of it; the key of a message, a word of the provider's, or the token. */
export type FieldValue =
  | { readonly copy: string; readonly note?: string }
  | { readonly say: string }
  | { readonly word: string }
  | { readonly token: true }

/** An attribute and where it comes from, also for a tenant that refuses addresses with capitals. */
type Mapped = readonly [attribute: string, source: string, inLowerCase?: string]

export type Block =
  | { readonly kind: 'do'; readonly keys: readonly string[] }
  | { readonly kind: 'values'; readonly rows: readonly (readonly [string, FieldValue])[] }
  | { readonly kind: 'mapping'; readonly rows: readonly Mapped[] }
  | { readonly kind: 'template'; readonly json: unknown }
  /** With `ifStrict`, for a tenant that refuses addresses with capitals alone. */
  | { readonly kind: 'text'; readonly key: string; readonly ifStrict?: true }
  | { readonly kind: 'caution'; readonly key: string; readonly title?: string }
  | { readonly kind: 'troubles'; readonly codes: readonly string[] }
  | { readonly kind: 'fold'; readonly title: string; readonly blocks: readonly Block[] }
  | { readonly kind: 'client'; readonly of: 'secret' | 'federated' }
  | { readonly kind: 'token' | 'rules' | 'clients' }

export interface Step {
  readonly id: string
  /** Key of its title. */
  readonly title: string
  /** All of them tick the step. */
  readonly ticks: readonly Tick[]
  readonly blocks: readonly Block[]
}

export interface Guide {
  readonly name: string
  /** Name of the provider; empty for the guide that is for any. */
  readonly title: string
  /** Month in which the words of the screens were looked up last; empty where there are none. */
  readonly checked: string
  readonly isForCustomers: boolean
  readonly steps: readonly Step[]
  /** Keys of what to do in the provider, by the code of an error or the name of a trouble. */
  readonly fixes: Readonly<Record<string, string>>
}

export interface Guides {
  /** Keys of what is seen, by the code of an error or the name of a trouble. */
  readonly troubles: Readonly<Record<string, string>>
  readonly guides: readonly Guide[]
}

export function readGuides(c: AdminContext): Promise<Guides> {
  return demandAsset<Guides>(c.env, '/guides.json')
}

/** A key by a code that may come from outside; undefined when there is none. */
export function keyOf(keys: Readonly<Record<string, string>>, code: string): string | undefined {
  return Object.hasOwn(keys, code) ? keys[code] : undefined
}
