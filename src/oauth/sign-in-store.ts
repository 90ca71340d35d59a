/** What the token endpoint reads and writes: clients, the keys kept for them, access tokens. */
import { and, eq, isNull, sql } from 'drizzle-orm'
import { readBatch, repeatInterrupted, runBatch, type Refusal } from '../database/batch'
import { select, update } from '../database/builder'
import { fieldList, optional, type RowOf } from '../database/field'
import { assertions, clients, clientSecrets } from '../database/schema/oauth'
import { tenants, tokens } from '../database/schema/tenants'
import { columns, command, query, tenant, value } from '../database/statement'
import { ok, type Result } from '../result'
import { isLiveRow } from '../tokens/limited-credential'
import { readingTime } from './fetch-keys'

const fields = {
  id: clients.id,
  tenantId: clients.tenantId,
  clientId: clients.clientId,
  kind: clients.kind,
  issuer: clients.issuer,
  subject: clients.subject,
  audience: clients.audience,
  directoryId: clients.directoryId,
  jwksUrl: clients.jwksUrl,
  jwks: clients.jwks,
  jwksReadAt: clients.jwksReadAt,
  settings: tenants.settings,
  secretId: optional(clientSecrets.id),
  secretExpiresAt: optional(clientSecrets.expiresAt),
}

/** A live client of an enabled tenant; with the secret of the request, if it is one of the client's. */
export type SigningClient = RowOf<typeof fields>

const isAsked = sql`(${clients.clientId} = ${value('clientId')} or (${clients.kind} = 'federated'
  and ${clients.issuer} = ${value('issuer')} and ${clients.subject} = ${value('subject')}))`

const selectClients = query(fields, (named) =>
  select(named)
    .from(tenants)
    .innerJoin(clients, eq(clients.tenantId, tenants.id))
    .leftJoin(
      clientSecrets,
      and(
        eq(clientSecrets.owner, clients.id),
        eq(clientSecrets.hash, value('hash')),
        isLiveRow(clientSecrets),
      ),
    )
    .where(
      and(
        eq(tenants.slug, value('slug')),
        eq(tenants.enabled, true),
        isNull(clients.revokedAt),
        isAsked,
      ),
    )
    .limit(2),
)

/** How a request names its client; empty texts name none. */
export interface Asked {
  readonly slug: string
  readonly clientId: string
  readonly issuer: string
  readonly subject: string
  /** SHA-256 of the secret in hex. */
  readonly hash: string
}

/** The client that a request means; undefined for none, and for two that fit alike. */
export async function findSigningClient(
  database: D1Database,
  asked: Asked,
): Promise<Result<SigningClient | undefined, Refusal>> {
  const read = await readBatch(database, [selectClients(database, { ...asked, now: Date.now() })])
  if (!read.ok) return read
  const [list] = read.value
  return ok(list.length === 1 ? list[0] : undefined)
}

/** Milliseconds between two readings of an address; less by `readingTime` after one that failed. */
export const readingInterval = 30_000

/** One of many requests at once is given the reading; it is noted before it begins. */
const claimRow = query(
  { id: clients.id },
  (named) => sql`
  update ${clients} set ${columns(clients.jwksTriedAt)} = ${value('now')}
  where ${clients.id} = ${value('id')} and (${clients.jwksTriedAt} is null
    or ${clients.jwksTriedAt} <= ${value('now')} - ${readingInterval})
  returning ${fieldList(named)}`,
)

const saveKeyRow = command(() =>
  update(clients)
    .set({ jwks: value('jwks'), jwksReadAt: value('now') })
    .where(eq(clients.id, value('id'))),
)

/**
 * A reading that failed counts as begun so long ago that it is over: nobody waits for it. Readings are further
 * apart than that, so it stays after the last one that succeeded.
 */
const endRow = command(() =>
  update(clients)
    .set({ jwksTriedAt: sql`${clients.jwksTriedAt} - ${readingTime}` })
    .where(and(eq(clients.id, value('id')), eq(clients.jwksTriedAt, value('triedAt')))),
)

const keptFields = {
  jwks: clients.jwks,
  readAt: clients.jwksReadAt,
  triedAt: clients.jwksTriedAt,
}

const selectKeys = query(keptFields, (named) =>
  select(named)
    .from(clients)
    .where(eq(clients.id, value('id'))),
)

/** Keys as they are kept, when they were read, and when that was tried last. */
export type KeptKeys = RowOf<typeof keptFields>

const noKeys: KeptKeys = { jwks: null, readAt: null, triedAt: null }

/**
 * True when the address may be read now: the caller then reads it, and nobody else does. With it
 * come the keys as they are kept now: another request may have read them meanwhile.
 */
export async function claimReading(
  database: D1Database,
  id: string,
): Promise<Result<KeptKeys & { readonly isClaimed: boolean }, Refusal>> {
  const outcome = await runBatch(database, [
    claimRow(database, { id, now: Date.now() }),
    selectKeys(database, { id }),
  ])
  if (!outcome.ok) return outcome
  const [claimed, [kept]] = outcome.value
  return ok({ ...(kept ?? noKeys), isClaimed: claimed.length > 0 })
}

/** Keys as they are kept by now; of a client that is gone none. */
export async function readKept(
  database: D1Database,
  id: string,
): Promise<Result<KeptKeys, Refusal>> {
  const read = await readBatch(database, [selectKeys(database, { id })])
  return read.ok ? ok(read.value[0][0] ?? noKeys) : read
}

/** Tells those who wait for a reading that it has failed; `triedAt` is when it began. */
export async function endReading(
  database: D1Database,
  id: string,
  triedAt: number | null,
): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [endRow(database, { id, triedAt })])
}

export async function saveKeys(
  database: D1Database,
  id: string,
  jwks: string,
): Promise<Result<unknown, Refusal>> {
  return runBatch(database, [saveKeyRow(database, { id, jwks, now: Date.now() })])
}

/** The first exchange of an assertion keeps its name; a later one finds it taken. */
const insertAssertion = command(
  () => sql`
  insert into ${assertions} (${columns(
    assertions.owner,
    assertions.jti,
    assertions.tenantId,
    assertions.tokenHash,
    assertions.expiresAt,
  )})
  select ${value('owner')}, ${value('jti')}, ${tenant}, ${value('hash')}, ${value('assertionEnd')}
  where ${value('jti')} is not null
  on conflict do nothing`,
)

const isOwnAssertion = sql`(${value('jti')} is null or exists (
  select 1 from ${assertions} where ${assertions.owner} = ${value('owner')}
    and ${assertions.jti} = ${value('jti')} and ${assertions.tokenHash} = ${value('hash')}))`

/** What the request was checked with has to hold still, in the statement that gives the token. */
const insertToken = command(
  () => sql`
  insert into ${tokens} (${columns(
    tokens.id,
    tokens.tenantId,
    tokens.hash,
    tokens.label,
    tokens.createdAt,
    tokens.expiresAt,
    tokens.clientId,
    tokens.secretId,
  )})
  select ${value('id')}, ${clients.tenantId}, ${value('hash')}, '', ${value('now')},
    ${value('expiresAt')}, ${clients.id}, ${value('secretId')}
  from ${clients} join ${tenants} on ${tenants.id} = ${clients.tenantId}
  where ${clients.id} = ${value('owner')} and ${clients.revokedAt} is null
    and ${tenants.enabled} = 1 and ${isOwnAssertion}
    and (${value('secretId')} is null or exists (select 1 from ${clientSecrets}
      where ${clientSecrets.id} = ${value('secretId')}
        and ${clientSecrets.owner} = ${clients.id} and ${isLiveRow(clientSecrets)}))
  on conflict do nothing`,
)

const noteClientUse = command(() =>
  update(clients)
    .set({ lastUsedAt: value('now'), lastAddress: value('address'), lastAgent: value('agent') })
    .where(eq(clients.id, value('owner'))),
)

const noteSecretUse = command(() =>
  update(clientSecrets)
    .set({ lastUsedAt: value('now') })
    .where(eq(clientSecrets.id, value('secretId'))),
)

const selectToken = query(
  {
    isGiven: sql<number>`exists (select 1 from ${tokens} where ${tokens.hash} = ${value('hash')})`,
    isFirst: sql<number>`${isOwnAssertion}`,
  },
  (named) => sql`select ${fieldList(named)}`,
)

/** An access token to be kept. Times are in milliseconds since 1970. */
export interface NewAccess {
  readonly client: SigningClient
  /** SHA-256 of the token in hex. */
  readonly hash: string
  readonly expiresAt: number
  readonly jti: string | null
  readonly assertionEnd: number
  readonly address: string | null
  readonly agent: string | null
}

/**
 * Gives a token, in one batch with the assertion that it is given for. Told apart are an assertion
 * that was exchanged before, and a client that was revoked meanwhile. It may be repeated: the hash
 * tells it its own first try.
 */
export async function giveAccess(
  database: D1Database,
  { client, ...given }: NewAccess,
): Promise<Result<'given' | 'replayed' | 'revoked', Refusal>> {
  const { id: owner, tenantId, secretId } = client
  const id = crypto.randomUUID()
  return repeatInterrupted(async () => {
    const values = { ...given, id, owner, tenantId, secretId, now: Date.now() }
    const outcome = await runBatch(database, [
      insertAssertion(database, values),
      insertToken(database, values),
      noteClientUse(database, values),
      noteSecretUse(database, values),
      selectToken(database, values),
    ])
    if (!outcome.ok) return outcome
    const [, , , , [row]] = outcome.value
    if (row?.isGiven === 1) return ok('given')
    return ok(row?.isFirst === 1 ? 'revoked' : 'replayed')
  })
}
