/** Which OAuth clients can sign in. */
import { isLive } from '../tokens/limited-credential'
import type { ClientRecord, SecretRecord } from './store'

/** Secrets that are neither revoked nor expired. */
export function liveSecrets({ secrets }: ClientRecord, now: number): readonly SecretRecord[] {
  return secrets.filter((secret) => isLive(secret, now))
}

/** True for a client that can sign in. */
export function isLiveClient(client: ClientRecord, now: number): boolean {
  const hasProof = client.kind !== 'secret' || liveSecrets(client, now).length > 0
  return client.revokedAt === null && hasProof
}
