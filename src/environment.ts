/** Bindings of the Worker; `wrangler.toml` declares them. */
import type { Delivery } from './webhooks/delivery'
import type { Team } from './teams/team'

/**
 * In whatever is about one tenant, `DB` is the tenant's own database: `inDatabase` of
 * `database/placement.ts` makes it so, once it is known, and says with `MAIN` and `HOME` that it did.
 */
export interface Environment {
  /** The main database; further ones have names that begin with `DB_`. */
  readonly DB: D1Database
  /** The main database, where `DB` is another one. */
  readonly MAIN?: D1Database
  /** Name of `DB`'s binding, where it is not the main database. */
  readonly HOME?: string
  /** Name of the database that new tenants go to; empty or absent for the main one. */
  readonly NEW_TENANTS?: string
  readonly TOKENS: KVNamespace
  readonly TEAM: DurableObjectNamespace<Team>
  readonly DELIVERY: DurableObjectNamespace<Delivery>
  /** Requests per token; absent for no limit. */
  readonly REQUESTS?: RateLimit
  /** Refused tokens per address; absent for no limit. */
  readonly REFUSALS?: RateLimit
  /** Attempts to sign in to the console, per address; absent for a limit of each isolate. */
  readonly SIGN_INS?: RateLimit
  /** Slug of the only tenant of this deployment; empty or absent for many tenants. */
  readonly TENANT?: string
  /** Secret of the operator; without it the administration is off. */
  readonly ADMIN_TOKEN?: string
  /** Team of Cloudflare Access, for example `acme.cloudflareaccess.com`. */
  readonly ACCESS_TEAM_DOMAIN?: string
  /** Audience tag of the Access application; with the team it lets its people in as operators. */
  readonly ACCESS_AUDIENCE?: string
  /** Encrypts the signing secrets of webhooks; absent, ADMIN_TOKEN does. */
  readonly WEBHOOK_KEY?: string
  /** Only in development and tests; `webhooks/retry.ts` says what they do. */
  readonly WEBHOOK_LOOPBACK?: string
  readonly WEBHOOK_GAPS?: string
  readonly WEBHOOK_TIMEOUT?: string
}
