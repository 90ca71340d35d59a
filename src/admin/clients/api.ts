/** The OAuth clients of a tenant as JSON. */
import type * as z from 'zod/mini'
import { idOf } from '../../http/id'
import { issuerFor } from '../../http/path'
import { makeClient, makeSecretFor, type ClientRefusal } from '../../oauth/commands'
import {
  listClients,
  revokeClient,
  revokeSecret,
  type ClientRecord,
  type SecretRecord,
} from '../../oauth/store'
import { isoOrNull } from '../../time'
import { readWords } from '../guide/words'
import { authorOf, type AdminContext } from '../shell/context'
import { replyFault, replyRefusal } from '../shell/problem'
import { keyTexts, limits, type newClient, type newSecret } from './forms'

export async function postClient(
  c: AdminContext,
  input: z.output<typeof newClient>,
): Promise<Response> {
  const made = await makeClient(c.env, c.var.tenant, input, authorOf(c))
  if (!made.ok) return refuse(c, made.error)
  const { client, secret } = made.value
  const clientSecret = secret === undefined ? {} : { clientSecret: secret }
  return c.json({ ...showClient(c, client), ...clientSecret }, 201, { 'Cache-Control': 'no-store' })
}

export async function getClients(c: AdminContext): Promise<Response> {
  const found = await listClients(c.env.DB, c.var.tenant)
  if (!found.ok) return replyRefusal(c, found.error)
  return c.json({ clients: found.value.map((client) => showClient(c, client)) })
}

export async function deleteClient(c: AdminContext): Promise<Response> {
  const revoked = await revokeClient(c.env.DB, c.var.tenant, idOf(c), authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

export async function postSecret(
  c: AdminContext,
  { expiresAt }: z.output<typeof newSecret>,
): Promise<Response> {
  const made = await makeSecretFor(c.env, c.var.tenant, idOf(c), expiresAt, authorOf(c))
  if (!made.ok) return refuse(c, made.error)
  const { record, secret } = made.value
  return c.json({ ...showSecret(record), clientSecret: secret }, 201, {
    'Cache-Control': 'no-store',
  })
}

export async function deleteSecret(c: AdminContext): Promise<Response> {
  const secretId = c.req.param('secretId') ?? ''
  const revoked = await revokeSecret(c.env.DB, c.var.tenant, idOf(c), secretId, authorOf(c))
  return revoked.ok ? c.body(null, 204) : replyRefusal(c, revoked.error)
}

async function refuse(c: AdminContext, refusal: ClientRefusal): Promise<Response> {
  if (refusal.kind !== 'badKeys') return replyRefusal(c, refusal)
  const words = await readWords(c, 'en')
  return replyFault(c, `/${refusal.from}`, words.text(keyTexts[refusal.reason], limits))
}

/** A client without its secrets' texts. `tenantId` is Entra's id of the directory, as it was given. */
function showClient(c: AdminContext, client: ClientRecord) {
  const { id, clientId, kind, label, secrets, lastAddress, lastAgent } = client
  const own = issuerFor(c.req.url, c.var.tenant.slug)
  return {
    id,
    clientId,
    kind,
    label,
    tokenUrl: `${own}/token`,
    issuer: own,
    created: isoOrNull(client.createdAt),
    lastUsed: isoOrNull(client.lastUsedAt),
    lastAddress,
    lastAgent,
    revoked: isoOrNull(client.revokedAt),
    ...(kind === 'secret' ? { secrets: secrets.map(showSecret) } : showKeys(client)),
  }
}

function showKeys({ kind, issuer, subject, audience, directoryId, ...client }: ClientRecord) {
  const keys = { jwksUrl: client.jwksUrl, keysRead: isoOrNull(client.jwksReadAt) }
  if (kind === 'jwt') return keys
  return { ...keys, federation: { issuer, subject, audience, tenantId: directoryId } }
}

function showSecret({ id, createdAt, expiresAt, lastUsedAt, revokedAt }: SecretRecord) {
  return {
    id,
    created: isoOrNull(createdAt),
    expires: isoOrNull(expiresAt),
    lastUsed: isoOrNull(lastUsedAt),
    revoked: isoOrNull(revokedAt),
  }
}
