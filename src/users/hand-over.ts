/** Handing an account over: a person who was created anew elsewhere keeps the account of before. */
import { ok, type Result } from '../result'
import { textOf } from '../scim/json'
import type { Resource } from '../scim/resource'
import { auditIfChanged, type Author } from '../audit/log'
import { runBatch, type Refusal } from '../database/batch'
import { documentsOf } from '../directory/documents'
import { userEvents } from '../guard/effects'
import { userTypeOf } from '../tenants/settings'
import type { Tenant } from '../tenants/tenant'
import { recordOwnEvents, replaceIdentifier } from './hand-over-write'

/** A person as the account was read. */
export interface Account {
  readonly id: string
  readonly attributes: Resource
  readonly version: number
}

/**
 * Gives an inactive person another `externalId`, in one batch with its event and the entry of the
 * audit. Teams, history and state stay. Answers false, and changes nothing, when the person is not as
 * it was read, or somebody else has the identifier. The event waits with what the guard holds back.
 */
export async function handOver(
  database: D1Database,
  tenant: Tenant,
  account: Account,
  externalId: string,
  author: Author,
): Promise<Result<boolean, Refusal>> {
  const { id, attributes: before, version } = account
  const after = { ...before, externalId }
  const { attributes, searchValues } = documentsOf(userTypeOf(tenant), after)
  const values = {
    tenantId: tenant.id,
    id,
    version,
    attributes,
    search: JSON.stringify(searchValues),
    externalId: textOf(searchValues['externalId']),
    operation: crypto.randomUUID(),
    now: Date.now(),
    events: JSON.stringify(userEvents(id, before, after)),
    cause: JSON.stringify({ requestId: author.requestId, tokenId: '' }),
  }
  const outcome = await runBatch(database, [
    replaceIdentifier(database, values),
    auditIfChanged(database, {
      tenant: tenant.id,
      author,
      action: 'person.handed-over',
      subject: id,
      before: { externalId: before['externalId'] ?? null },
      after: { externalId },
    }),
    recordOwnEvents(database, values),
  ])
  if (!outcome.ok) return outcome
  const [[replaced]] = outcome.value
  return ok(replaced !== undefined)
}
