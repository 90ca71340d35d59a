/** What is said of somebody of whom nothing was found. */
import { callerOf } from '../guide/caller'
import { defaultSettings } from '../../tenants/settings'
import { readRefusedCalls } from '../../tokens/refused-calls'
import { readLastCall } from '../../tokens/last-call'
import { day, useInterval } from '../../time'
import type { Databases } from '../../database/placement'
import { scannedPeople } from '../../search/search'
import type { Tenant } from '../../tenants/tenant'
import { sentenceOfNobody, type RefusedCalls } from './sentence'

/** Reasons of refused calls that a new token ends. */
const ofTokens: ReadonlySet<string> = new Set(['revoked', 'expired', 'unknown', 'other'])

/** The sentence says since when the log tells of refusals, which are kept the shortest. */
export async function nobodySentence(
  text: string,
  isWhole: boolean,
  found: { readonly tenant: Tenant; readonly home: Databases } | undefined,
): Promise<string> {
  const kept = (days: number) => Date.now() - days * day
  if (!found) {
    return sentenceOfNobody({
      text,
      provider: 'No identity provider',
      tenantName: 'any tenant',
      since: kept(defaultSettings.retention.activity),
      isWhole,
      scanned: scannedPeople,
    }).replace('has never', 'has ever')
  }
  const { tenant, home } = found
  const read = await readLastCall(home.DB, tenant.id)
  const call = read.ok ? read.value : undefined
  return sentenceOfNobody({
    text,
    provider: callerOf(tenant, call),
    tenantName: tenant.name,
    since: Math.max(tenant.createdAt, kept(tenant.settings.retention.activity)),
    isOff: !tenant.enabled,
    refused: await refusedSince(home.DB, tenant.id, call?.at ?? 0),
    isWhole,
    scanned: tenant.userCount > scannedPeople ? scannedPeople : 0,
  })
}

/**
 * Calls with a token that holds no longer, or is none of ours, after the last one that was let in: its time
 * is noted once a minute.
 */
async function refusedSince(
  database: D1Database,
  tenantId: number,
  lastCallAt: number,
): Promise<RefusedCalls | undefined> {
  const runs = await readRefusedCalls(database, tenantId, lastCallAt + useInterval)
  if (!runs.ok) return undefined
  const withToken = runs.value.filter(({ reason }) => ofTokens.has(reason))
  const [latest] = withToken
  if (!latest) return undefined
  return {
    calls: withToken.reduce((sum, { calls }) => sum + calls, 0),
    latestAt: latest.latestAt,
  }
}
