/** OAuth clients of a tenant and their secrets: made, listed and revoked by the administration. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { auditIfChanged, type Author } from '../audit/log'
import { readBatch, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import { fieldList, type RowOf } from '../database/field'
import { clients, clientSecrets, type clientKinds } from '../database/schema/oauth'
import { tokens } from '../database/schema/tenants'
import { columns, command, query, tenant, value, type BoundStatement } from '../database/statement'
import { err, ok, type Result } from '../result'
import type { Tenant } from '../tenants/tenant'
import { countedInsert } from '../tokens/counted-insert'
import { isLive, isLiveRow, isStaying, type Ended } from '../tokens/limited-credential'

export type ClientKind = (typeof clientKinds)[number]

/** Live clients of a tenant, and live secrets of a client: one can follow another without a gap. */
export const maximumClients = 10
export const maximumSecrets = 5

const clientFields = {
  id: clients.id,
  clientId: clients.clientId,
  kind: clients.kind,
  label: clients.label,
  createdAt: clients.createdAt,
  revokedAt: clients.revokedAt,
  lastUsedAt: clients.lastUsedAt,
  lastAddress: clients.lastAddress,
  lastAgent: clients.lastAgent,
  issuer: clients.issuer,
  subject: clients.subject,
  audience: clients.audience,
  directoryId: clients.directoryId,
  jwksUrl: clients.jwksUrl,
  jwksReadAt: clients.jwksReadAt,
}

const secretFields = {
  id: clientSecrets.id,
  owner: clientSecrets.owner,
  createdAt: clientSecrets.createdAt,
  expiresAt: clientSecrets.expiresAt,
  revokedAt: clientSecrets.revokedAt,
  lastUsedAt: clientSecrets.lastUsedAt,
}

export type SecretRecord = Omit<RowOf<typeof secretFields>, 'owner'>
export type ClientRecord = RowOf<typeof clientFields> & {
  readonly secrets: readonly SecretRecord[]
}

/** What a client is registered with, beside its secrets. */
export interface Registration {
  readonly kind: ClientKind
  readonly label: string
  readonly issuer: string | null
  readonly subject: string | null
  readonly audience: string | null
  readonly directoryId: string | null
  readonly jwksUrl: string | null
  readonly jwks: string | null
}

/** A secret to be kept: its hash, and its end in milliseconds since 1970. */
export interface NewSecret {
  readonly secretId: string
  readonly hash: string
  readonly expiresAt: number
}

const isOfTenant = eq(clients.tenantId, tenant)
const isClient = and(isOfTenant, eq(clients.id, value('id')))

const insertClient = countedInsert({
  table: clients,
  row: [
    [clients.id, value('id')],
    [clients.tenantId, tenant],
    [clients.clientId, value('clientId')],
    [clients.kind, value('kind')],
    [clients.label, value('label')],
    [clients.createdAt, value('now')],
    [clients.issuer, value('issuer')],
    [clients.subject, value('subject')],
    [clients.audience, value('audience')],
    [clients.directoryId, value('directoryId')],
    [clients.jwksUrl, value('jwksUrl')],
    [clients.jwks, value('jwks')],
    [clients.jwksReadAt, value('readAt')],
    [clients.jwksTriedAt, value('readAt')],
  ],
  canOwn: isStaying,
  maximum: maximumClients,
  isCounted: sql`${isOfTenant} and ${isNull(clients.revokedAt)}`,
  fields: clientFields,
})

const insertSecret = countedInsert({
  table: clientSecrets,
  row: [
    [clientSecrets.id, value('secretId')],
    [clientSecrets.tenantId, tenant],
    [clientSecrets.owner, sql`${clients.id}`],
    [clientSecrets.hash, value('hash')],
    [clientSecrets.createdAt, value('now')],
    [clientSecrets.expiresAt, value('expiresAt')],
  ],
  from: clients,
  canOwn: sql`${isClient} and ${clients.kind} = 'secret' and ${isNull(clients.revokedAt)}
    and ${isStaying}`,
  maximum: maximumSecrets,
  isCounted: sql`${clientSecrets.owner} = ${value('id')} and ${isLiveRow(clientSecrets)}`,
  fields: secretFields,
})

const selectClient = query(clientFields, (fields) => select(fields).from(clients).where(isClient))

const selectClients = query(clientFields, (fields) =>
  select(fields).from(clients).where(isOfTenant).orderBy(clients.createdAt, clients.id),
)

const selectSecrets = query(
  secretFields,
  (fields) => sql`
  select ${fieldList(fields)} from ${clients} cross join ${clientSecrets}
    on ${clientSecrets.owner} = ${clients.id}
  where ${isOfTenant} order by ${clientSecrets.createdAt}, ${clientSecrets.id}`,
)

const revokeRow = command(() =>
  update(clients)
    .set({ revokedAt: value('now') })
    .where(and(isClient, isNull(clients.revokedAt))),
)

const isSecret = sql`${clientSecrets.tenantId} = ${tenant} and ${clientSecrets.owner} = ${value('id')}
  and ${clientSecrets.id} = ${value('secretId')}`

const revokeSecretRow = command(() =>
  update(clientSecrets)
    .set({ revokedAt: value('now') })
    .where(and(isSecret, isNull(clientSecrets.revokedAt))),
)

const selectSecret = query(secretFields, (fields) =>
  select(fields).from(clientSecrets).where(isSecret),
)

/**
 * The access tokens of a client, or with a `secretId` those that were given for that secret. D1
 * checks them in the batch of each request, so they are dead from the next one on.
 */
const revokeAccess = command(
  () => sql`
  update ${tokens} set ${columns(tokens.revokedAt)} = ${value('now')}
  where ${tokens.clientId} = ${value('id')} and ${tokens.tenantId} = ${tenant}
    and (${value('secretId')} is null or ${tokens.secretId} = ${value('secretId')})
    and ${tokens.revokedAt} is null`,
)

/**
 * Adds a client, with its first secret if there is one. Undefined when there are too many; refused with `ended`
 * where it was made before and has been revoked.
 */
export async function addClient(
  database: D1Database,
  { id: tenantId }: Tenant,
  given: Registration & { readonly id: string; readonly clientId: string },
  secret: NewSecret | undefined,
  author: Author,
): Promise<Result<ClientRecord | undefined, Refusal | Ended>> {
  const now = Date.now()
  const { id, clientId, kind, label, issuer, subject, audience, jwksUrl } = given
  const readAt = given.jwks === null ? null : now
  const after = { clientId, kind, label, issuer, subject, audience, jwksUrl }
  const outcome = await runBatch(database, [
    insertClient(database, { ...given, tenantId, now, readAt }),
    auditIfChanged(database, {
      tenant: tenantId,
      author,
      action: 'client.created',
      subject: id,
      after: Object.fromEntries(Object.entries(after).filter(([, text]) => text !== null)),
    }),
    secret && insertSecret(database, secretValues(tenantId, id, secret, now)),
    selectClient(database, { tenantId, id }),
  ])
  if (!outcome.ok) return outcome
  const [, , secrets = [], [client]] = outcome.value
  if (client && client.revokedAt !== null) return err({ kind: 'ended' })
  return ok(client && { ...client, secrets })
}

/**
 * Adds a secret to a live client. Undefined when it has too many; refused with `target` without the client, and
 * with `ended` for a secret that was made before and has ended.
 */
export async function addSecret(
  database: D1Database,
  { id: tenantId }: Tenant,
  id: string,
  secret: NewSecret,
  author: Author,
): Promise<Result<SecretRecord | undefined, Refusal | Ended>> {
  const outcome = await runBatch(database, [
    insertSecret(database, secretValues(tenantId, id, secret, Date.now())),
    auditIfChanged(database, { tenant: tenantId, author, action: 'secret.created', subject: id }),
    selectClient(database, { tenantId, id }),
    selectSecret(database, { tenantId, id, secretId: secret.secretId }),
  ])
  if (!outcome.ok) return outcome
  const [, , [client], [added]] = outcome.value
  if (client?.revokedAt !== null || client.kind !== 'secret') return err({ kind: 'target' })
  return added && !isLive(added, Date.now()) ? err({ kind: 'ended' }) : ok(added)
}

function secretValues(tenantId: number, id: string, secret: NewSecret, now: number) {
  return { ...secret, tenantId, id, now }
}

/** Clients of a tenant with their secrets, the oldest first, revoked ones included. */
export async function listClients(
  database: D1Database,
  { id: tenantId }: Tenant,
): Promise<Result<ClientRecord[], Refusal>> {
  const read = await readBatch(database, [
    selectClients(database, { tenantId }),
    selectSecrets(database, { tenantId }),
  ])
  if (!read.ok) return read
  const [list, secrets] = read.value
  return ok(
    list.map((client) => ({
      ...client,
      secrets: secrets.filter(({ owner }) => owner === client.id),
    })),
  )
}

/** Revokes a client and its access tokens. */
export async function revokeClient(
  database: D1Database,
  { id: tenantId }: Tenant,
  id: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const now = Date.now()
  const outcome = await runBatch(database, [
    revokeRow(database, { tenantId, id, now }),
    auditIfChanged(database, { tenant: tenantId, author, action: 'client.revoked', subject: id }),
    revokeAccess(database, { tenantId, id, secretId: null, now }),
    selectClient(database, { tenantId, id }),
  ])
  if (!outcome.ok) return outcome
  return outcome.value[3].length > 0 ? ok(undefined) : err({ kind: 'target' })
}

/** Revokes a secret and the access tokens that were given for it. */
export async function revokeSecret(
  database: D1Database,
  { id: tenantId }: Tenant,
  id: string,
  secretId: string,
  author: Author,
): Promise<Result<undefined, Refusal>> {
  const values: Parameters<typeof revokeSecretRow>[1] = { tenantId, id, secretId, now: Date.now() }
  const entry = { action: 'secret.revoked', subject: id, before: { secret: secretId } }
  const outcome = await runBatch(database, [
    revokeSecretRow(database, values),
    auditIfChanged(database, { tenant: tenantId, author, ...entry }),
    revokeAccess(database, values),
    selectSecret(database, values),
  ])
  if (!outcome.ok) return outcome
  return outcome.value[3].length > 0 ? ok(undefined) : err({ kind: 'target' })
}

const liveSchemes = query(
  {
    hasTokens: sql<number>`exists (select 1 from ${tokens} where ${tokens.tenantId} = ${tenant}
      and ${tokens.clientId} is null and ${isLiveRow(tokens)})`,
    hasClients: sql<number>`exists (select 1 from ${clients}
      where ${isOfTenant} and ${clients.revokedAt} is null)`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

/** A statement that answers how the programs of a tenant can sign in at the moment. */
export function schemesStatement(
  database: D1Database,
  tenantId: number,
): BoundStatement<{ readonly hasTokens: number; readonly hasClients: number }> {
  return liveSchemes(database, { tenantId, now: Date.now() })
}
