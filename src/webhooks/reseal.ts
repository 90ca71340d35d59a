/**
 * Sealing of signing secrets anew: what was sealed with an earlier key, or in a release before 0.3
 * with the operator's secret, is sealed with the tenant's newest key.
 */
import { demandDone, runBatch, type Refusal } from '../database/batch'
import { ok, type Result } from '../result'
import { readKeys } from '../sealing/keys'
import { isSealedBefore, openSecret, sealSecret, type SealingEnvironment } from './secret'
import { listEndpoints, listWebhooks, sealingStatement, type Webhook } from './store'

/**
 * Seals the secrets of every tenant of a database; called by the nightly job. Endpoints of all tenants came
 * after release 0.2.0, and nothing rotates the deployment's key: their secrets have one seal.
 */
export async function resealAll(environment: SealingEnvironment): Promise<void> {
  for (let after = ''; ;) {
    const page: readonly Webhook[] = demandDone(await listEndpoints(environment.DB, after))
    for (const webhook of page) demandDone(await reseal(environment, webhook))
    const last = page.at(-1)
    if (!last) return
    after = last.id
  }
}

/** Seals the secrets of one tenant. */
export async function resealTenant(
  environment: SealingEnvironment,
  tenantId: number,
): Promise<Result<undefined, Refusal>> {
  const list = await listWebhooks(environment.DB, tenantId)
  if (!list.ok) return list
  for (const webhook of list.value) {
    const sealed = await reseal(environment, webhook)
    if (!sealed.ok) return sealed
  }
  return ok(undefined)
}

/** What can't be decrypted stays as it is: the delivery tells of it. */
async function reseal(
  environment: SealingEnvironment,
  webhook: Webhook,
): Promise<Result<unknown, Refusal>> {
  const keys = await readKeys(environment.DB, webhook.tenantId, 'webhooks', true)
  if (!keys.ok) return keys.error.kind === 'target' ? ok(undefined) : keys
  const [{ number }] = keys.value
  const { secret, oldSecret, olderSecrets } = webhook
  const all = [secret, oldSecret ?? [], olderSecrets?.map((older) => older.secret) ?? []].flat(2)
  const anew = new Map<string, string>()
  for (const sealed of all.filter((one) => isSealedBefore(one, number))) {
    const opened = await openSecret(environment, webhook, sealed)
    if (!opened.ok) return opened
    if (opened.value === undefined) continue
    const resealed = await sealSecret(environment, webhook, opened.value)
    if (!resealed.ok) return resealed
    anew.set(sealed, resealed.value)
  }
  if (anew.size === 0) return ok(undefined)
  const sealedNow = (sealed: string) => anew.get(sealed) ?? sealed
  const changed = {
    ...webhook,
    secret: sealedNow(secret),
    oldSecret: oldSecret === null ? null : sealedNow(oldSecret),
    olderSecrets:
      olderSecrets?.map((older) => ({ ...older, secret: sealedNow(older.secret) })) ?? null,
  }
  return runBatch(environment.DB, [sealingStatement(environment.DB, changed)])
}
