/** Key sets (RFC 7517 section 5): which of their keys can verify an assertion. */
import { base64url, importJWK, type JSONWebKeySet, type JWK } from 'jose'

/** Algorithms of assertions: all of them asymmetric. */
export const algorithms = [
  'RS256',
  'RS384',
  'RS512',
  'PS256',
  'PS384',
  'PS512',
  'ES256',
  'ES384',
  'ES512',
  'EdDSA',
  'Ed25519',
] as const

const known: ReadonlySet<string> = new Set(algorithms)

/** Bits of an RSA key: a shorter one can be broken, a longer one takes long to verify with. */
const leastBits = 2_048
const mostBits = 8_192

export const maximumKeys = 50

/** Why a set is refused when it is saved. */
export type KeySetFault = 'notASet' | 'tooManyKeys' | 'privateKey' | 'shortKey' | 'noUsableKey'

export interface ReadKeySet {
  /** The usable keys alone, each with the members that verifying needs. */
  readonly usable: JSONWebKeySet
  /** The worst fault of the set; undefined for none. A set with usable keys may have one. */
  readonly fault: KeySetFault | undefined
}

/** Members of a key that only its owner may know (RFC 7518 sections 6.2.2, 6.3.2 and 6.4.1). */
const secretMembers = ['d', 'p', 'q', 'dp', 'dq', 'qi', 'oth', 'k'] as const

/** Reads a parsed set. Keys of types that nobody here knows are passed over (RFC 7517 section 5). */
export async function readKeySet(set: unknown): Promise<ReadKeySet> {
  const list = membersOf(set)['keys']
  if (!Array.isArray(list)) return { usable: { keys: [] }, fault: 'notASet' }
  const entries = list.slice(0, maximumKeys).map(membersOf)
  const publicKeys = entries.filter((entry) => !isSecret(entry))
  const longKeys = publicKeys.filter((entry) => !isShort(entry))
  const checked = await Promise.all(longKeys.map(usableKey))
  const keys = checked.flatMap((key) => key ?? [])
  return { usable: { keys }, fault: faultOf() }

  function faultOf(): KeySetFault | undefined {
    if (Array.isArray(list) && list.length > maximumKeys) return 'tooManyKeys'
    if (publicKeys.length < entries.length) return 'privateKey'
    if (longKeys.length < publicKeys.length) return 'shortKey'
    return keys.length === 0 ? 'noUsableKey' : undefined
  }
}

type Entry = Readonly<Record<string, unknown>>

function membersOf(value: unknown): Entry {
  const isObject = typeof value === 'object' && value !== null && !Array.isArray(value)
  return isObject ? { ...value } : {}
}

function isSecret(entry: Entry): boolean {
  return entry['kty'] === 'oct' || secretMembers.some((name) => entry[name] !== undefined)
}

function isShort(entry: Entry): boolean {
  const bits = bitsOf(entry['n'])
  return entry['kty'] === 'RSA' && bits > 0 && bits < leastBits
}

/** Bits of a number in base64url; 0 for a text that is none. */
function bitsOf(number: unknown): number {
  if (typeof number !== 'string') return 0
  try {
    const bytes = base64url.decode(number)
    const start = bytes.findIndex((byte) => byte !== 0)
    return start === -1 ? 0 : (bytes.length - start) * 8 - Math.clz32(bytes[start] ?? 0) + 24
  } catch {
    return 0
  }
}

/** The key with the members that verifying needs; undefined when it can't verify. */
async function usableKey(entry: Entry): Promise<JWK | undefined> {
  const { kty, kid, alg, use, key_ops: operations, n, e, crv, x, y } = entry
  const isForVerifying =
    (use === undefined || use === 'sig') &&
    (operations === undefined || (Array.isArray(operations) && operations.includes('verify'))) &&
    (alg === undefined || (typeof alg === 'string' && known.has(alg)))
  const bits = bitsOf(n)
  if (!isForVerifying || (kty === 'RSA' && (bits < leastBits || bits > mostBits))) return undefined
  const named = { kty, kid, alg, n, e, crv, x, y }
  const texts = Object.entries(named).filter(([, text]) => typeof text === 'string')
  const key = Object.fromEntries(texts) as unknown as JWK
  const algorithm = typeof alg === 'string' ? alg : usualAlgorithm(kty, crv)
  if (algorithm === undefined) return undefined
  try {
    await importJWK(key, algorithm)
    return key
  } catch {
    return undefined
  }
}

/** An algorithm that a key without `alg` fits, for trying whether it can be imported. */
function usualAlgorithm(kty: unknown, crv: unknown): string | undefined {
  if (kty === 'RSA') return 'RS256'
  if (kty === 'OKP' && crv === 'Ed25519') return 'EdDSA'
  const curves = new Map<unknown, string>([
    ['P-256', 'ES256'],
    ['P-384', 'ES384'],
    ['P-521', 'ES512'],
  ])
  return kty === 'EC' ? curves.get(crv) : undefined
}
