/** What a deployment works with. */
import type { Unstable_RawConfig } from 'wrangler'
import type { Wrangler } from '../deployment.ts'
import type { Progress } from '../progress.ts'

export interface Tools {
  readonly wrangler: Wrangler
  readonly say: (text: string) => void
  /** Says it in red. */
  readonly warn: (text: string) => void
  /** False for no. Undefined where nobody can be asked. */
  readonly ask: ((question: string) => Promise<boolean>) | undefined
  readonly write: (file: string, config: Unstable_RawConfig) => Promise<void>
  readonly remove: (file: string) => Promise<void>
  /** GET, with a bearer token if there is one. */
  readonly fetch: (url: string, token?: string) => Promise<Pick<Response, 'ok' | 'status' | 'json'>>
  readonly wait: (milliseconds: number) => Promise<void>
  readonly progress: Pick<Progress, 'tell' | 'clear'>
  /** The variable CLOUDFLARE_ACCOUNT_ID. */
  readonly accountId: string | undefined
}
