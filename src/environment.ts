/**
 * Bindings of the Worker, put together from what each room needs; `wrangler.toml` declares them.
 */
import type { AccessVariables } from './access/cloudflare-access'
import type { OperatorVariables } from './access/operator-secret'
import type { NoticeEnvironment } from './attention/send'
import type { Databases } from './database/placement'
import type { TeamBindings } from './teams/team'
import type { TenantBindings } from './tenants/commands'
import type { Stores } from './tokens/credential-cache'
import type { SendingEnvironment } from './webhooks/send'
import type { WakeBindings } from './webhooks/wake'

/**
 * In whatever is about one tenant, `DB` is the tenant's own database: `inDatabase` of
 * `database/placement.ts` makes it so, once it is known, and says with `mainDatabase` and
 * `databaseName` that it did.
 */
export interface Environment
  extends
    Databases,
    TenantBindings,
    Stores,
    TeamBindings,
    WakeBindings,
    SendingEnvironment,
    NoticeEnvironment,
    OperatorVariables,
    AccessVariables,
    RequestBindings {}

/** Bindings for the rooms that read requests; all of them stand above this file. */
interface RequestBindings {
  /** The files of `assets/`. */
  readonly ASSETS: Fetcher
  /** Requests per token; absent for no limit. */
  readonly REQUESTS?: RateLimit
  /** Refused tokens per address; absent for no limit. */
  readonly REFUSALS?: RateLimit
  /** Attempts to sign in to the console, per address; absent for a limit of each isolate. */
  readonly SIGN_INS?: RateLimit
  /** Requests of one network at the token endpoint of one tenant; absent for no limit. */
  readonly EXCHANGES?: RateLimit
  /** Slug of the only tenant of this deployment; empty or absent for many tenants. */
  readonly TENANT?: string
  /** The product in whose name customers are spoken to: name, logo (https) and accent colour (#rrggbb). */
  readonly PRODUCT_NAME?: string
  readonly PRODUCT_LOGO?: string
  readonly PRODUCT_ACCENT?: string
  /** Origins, with blanks between them, whose pages may show those of links in a frame. */
  readonly FRAME_ANCESTORS?: string
  /** Name of the Worker, for the commands that pages show; `npm run deploy` sets it. */
  readonly WORKER?: string
}
