/** What a set-up has come to: what was chosen, which calls have come, and what has arrived. */
import { readArrivals, type Arrivals } from '../../directory/browse'
import type { Refusal } from '../../database/batch'
import { allOk, ok, type Result } from '../../result'
import { readSetUp, type SetUp } from '../../tenants/set-up'
import type { Tenant } from '../../tenants/tenant'
import { isLive } from '../../tokens/limited-credential'
import { readRefusedCalls, type RefusedRun } from '../../tokens/refused-calls'
import { listTokens, type TokenRecord } from '../../tokens/store'
import { listClients } from '../../oauth/store'
import { readGuides, type Guide, type Guides, type Step, type Tick } from './guide'
import type { AdminContext } from '../shell/context'

export interface Progress {
  readonly tenant: Tenant
  readonly guides: Guides
  readonly setUp: SetUp | undefined
  /** The guide that was chosen; else that of the tenant's profile, if it is one provider's. */
  readonly guide: Guide | undefined
  readonly tokens: readonly TokenRecord[]
  readonly arrivals: Arrivals
  readonly refused: readonly RefusedRun[]
  /** Time of the last call that was let in, in milliseconds since 1970; null for none. */
  readonly lastCallAt: number | null
  /** True when nothing but the configuration was asked for since. */
  readonly isConfigOnly: boolean
  readonly now: number
}

export async function readProgress(c: AdminContext): Promise<Result<Progress, Refusal>> {
  const { tenant } = c.var
  const database = c.env.DB
  const read = await allOk([
    listTokens(database, tenant),
    readArrivals(database, tenant.id),
    readSetUp(database, tenant.id),
    listClients(database, tenant),
  ])
  if (!read.ok) return read
  const [tokens, arrivals, setUp, clients] = read.value
  const uses = [...tokens, ...clients].map(({ lastUsedAt }) => lastUsedAt ?? 0)
  const last = Math.max(0, ...uses)
  const refused = await readRefusedCalls(database, tenant.id, last)
  if (!refused.ok) return refused
  const guides = await readGuides(c)
  const latest = tokens.find(({ lastUsedAt }) => last > 0 && lastUsedAt === last)
  return ok({
    tenant,
    guides,
    setUp,
    guide: guideNamed(guides, setUp?.guide ?? tenant.settings.profile),
    tokens,
    arrivals,
    refused: refused.value,
    lastCallAt: last === 0 ? null : last,
    isConfigOnly: latest !== undefined && latest.configReads > 0 && tenant.userCount === 0,
    now: Date.now(),
  })
}

/** Guides that a customer may choose. */
export function guideNamed({ guides }: Guides, name: string): Guide | undefined {
  return guides.find((guide) => guide.isForCustomers && guide.name === name)
}

export function hasTick(progress: Progress, tick: Tick): boolean {
  const { tenant, tokens, arrivals, lastCallAt, isConfigOnly, now } = progress
  if (tick === 'token') return lastCallAt !== null || tokens.some((token) => isLive(token, now))
  if (tick === 'test') return lastCallAt !== null && !isConfigOnly
  if (tick === 'person') return tenant.userCount > 0
  if (tick === 'team') return tenant.teamCount > 0
  return arrivals.hasMember
}

export function isTicked(progress: Progress, step: Step): boolean {
  return step.ticks.every((tick) => hasTick(progress, tick))
}
