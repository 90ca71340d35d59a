/** What a set-up has come to: what was chosen, which calls have come, and what has arrived. */
import { readArrivals, type Arrivals } from '../../directory/browse'
import type { Refusal } from '../../database/batch'
import { isLiveClient } from '../../oauth/live'
import { listClients, type ClientRecord } from '../../oauth/store'
import { allOk, ok, type Result } from '../../result'
import type { Tenant } from '../../tenants/tenant'
import { readLastCall, type LastCall } from '../../tokens/last-call'
import { isLive } from '../../tokens/limited-credential'
import { readRefusedCalls, type RefusedRun } from '../../tokens/refused-calls'
import { listTokens, type TokenRecord } from '../../tokens/store'
import type { AdminContext } from '../shell/context'
import { providerOf } from './caller'
import { readGuides, type Guide, type Guides, type Step, type Tick } from './guide'

export interface Progress {
  readonly tenant: Tenant
  readonly guides: Guides
  /** The guide whose screens the page names: that of a step, else that of the provider that calls. */
  readonly guide: Guide | undefined
  /** The guide of the provider that calls, as far as it is recognized. */
  readonly caller: Guide | undefined
  readonly tokens: readonly TokenRecord[]
  readonly clients: readonly ClientRecord[]
  readonly arrivals: Arrivals
  readonly refused: readonly RefusedRun[]
  /** The last call that was let in; undefined for none. */
  readonly lastCall: LastCall | undefined
  /** True when nothing but the configuration was asked for since. */
  readonly isConfigOnly: boolean
  readonly now: number
}

export async function readProgress(c: AdminContext): Promise<Result<Progress, Refusal>> {
  const { tenant } = c.var
  const database = c.env.DB
  const read = await allOk([
    listTokens(database, tenant),
    listClients(database, tenant),
    readLastCall(database, tenant.id),
    readArrivals(database, tenant.id),
  ])
  if (!read.ok) return read
  const [tokens, clients, lastCall, arrivals] = read.value
  const refused = await readRefusedCalls(database, tenant.id, lastCall?.at ?? 0)
  if (!refused.ok) return refused
  const guides = await readGuides(c)
  const caller = callerGuide(guides, tenant, lastCall)
  return ok({
    tenant,
    guides,
    guide: caller,
    caller,
    tokens,
    clients,
    arrivals,
    refused: refused.value,
    lastCall,
    isConfigOnly: lastCall !== undefined && lastCall.configReads > 0 && tenant.userCount === 0,
    now: Date.now(),
  })
}

/** The guide of the provider that calls a tenant; undefined when there is none, or it is not recognized. */
export async function readCaller(c: AdminContext): Promise<Result<Guide | undefined, Refusal>> {
  const { tenant } = c.var
  const [call, guides] = await Promise.all([readLastCall(c.env.DB, tenant.id), readGuides(c)])
  return call.ok ? ok(callerGuide(guides, tenant, call.value)) : call
}

function callerGuide(guides: Guides, tenant: Tenant, call: LastCall | undefined) {
  return guideNamed(guides, providerOf(tenant, call) ?? tenant.guide)
}

/** A guide that a customer may choose. */
export function guideNamed({ guides }: Guides, name: string | null): Guide | undefined {
  return guides.find((guide) => guide.isForCustomers && guide.name === name)
}

/** True when there is a token, or an OAuth client, that a call can succeed with. */
export function hasLiveCredential({
  tokens,
  clients,
  now,
}: Pick<Progress, 'tokens' | 'clients' | 'now'>): boolean {
  return (
    tokens.some((token) => isLive(token, now)) ||
    clients.some((client) => isLiveClient(client, now))
  )
}

export function hasTick(progress: Progress, tick: Tick): boolean {
  const { tenant, arrivals, lastCall, isConfigOnly } = progress
  if (tick === 'token') return lastCall !== undefined || hasLiveCredential(progress)
  if (tick === 'test') return lastCall !== undefined && !isConfigOnly
  if (tick === 'person') return tenant.userCount > 0
  if (tick === 'team') return tenant.teamCount > 0
  return arrivals.hasMember
}

export function isTicked(progress: Progress, step: Step): boolean {
  return step.ticks.every((tick) => hasTick(progress, tick))
}
