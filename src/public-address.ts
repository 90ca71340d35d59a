/**
 * Addresses that the gateway calls for a customer, such as webhooks and key sets: public hosts over
 * https, so that none makes it call what only the gateway can reach. Names are not resolved: a
 * Worker's requests leave through the public network, which has no way into a private one, wherever
 * a name points.
 */
import { err, ok, type Result } from './result'

export type TargetRefusal =
  | 'notAnAddress'
  | 'tooLong'
  | 'notEncrypted'
  | 'credentials'
  | 'port'
  | 'privateAddress'
  | 'privateName'

export interface LoopbackVariables {
  /** `true` lets calls go to this machine; set by `npm run dev` alone. */
  readonly WEBHOOK_LOOPBACK?: string
}

export function isLoopbackAllowed({ WEBHOOK_LOOPBACK }: LoopbackVariables): boolean {
  return WEBHOOK_LOOPBACK === 'true'
}

export const maximumTargetLength = 2_000

/** 8443 is the other port that servers use for https; more would let a webhook scan a host. */
const ports: ReadonlySet<string> = new Set(['', '8443'])

/** Top-level names that lead to no public host, or to whatever the resolver nearby says. */
const privateNames: ReadonlySet<string> = new Set([
  'localhost',
  'localdomain',
  'local',
  'internal',
  'intranet',
  'private',
  'corp',
  'home',
  'lan',
  'arpa',
  'onion',
])

/** Networks that are not public (IANA's registry of special addresses), as address and bits. */
const privateNetworks: readonly (readonly [string, number])[] = [
  ['0.0.0.0', 8],
  ['10.0.0.0', 8],
  ['100.64.0.0', 10],
  ['127.0.0.0', 8],
  // Azure's platform address: public by its number, and everything but public.
  ['168.63.129.16', 32],
  ['169.254.0.0', 16],
  ['172.16.0.0', 12],
  ['192.0.0.0', 24],
  ['192.0.2.0', 24],
  ['192.88.99.0', 24],
  ['192.168.0.0', 16],
  ['198.18.0.0', 15],
  ['198.51.100.0', 24],
  ['203.0.113.0', 24],
  ['224.0.0.0', 4],
  ['240.0.0.0', 4],
]

/**
 * The address as it will be called. Everything is checked on what the URL parser made of it: it
 * writes octal, hexadecimal and decimal addresses in the one form that is looked at here.
 */
export function checkTarget(text: string, isLoopbackAllowed: boolean): Result<URL, TargetRefusal> {
  if (text.length > maximumTargetLength) return err('tooLong')
  const url = parse(text)
  if (!url) return err('notAnAddress')
  if (url.username !== '' || url.password !== '') return err('credentials')
  url.hash = ''
  const host = url.hostname.replace(/\.$/, '')
  const isWeb = url.protocol === 'https:' || url.protocol === 'http:'
  if (isLoopbackAllowed && isWeb && isLoopback(host)) return ok(url)
  if (url.protocol !== 'https:') return err('notEncrypted')
  const version6 = /^\[(.*)\]$/.exec(host)?.[1]
  if (version6 !== undefined ? !isPublicVersion6(version6) : isPrivateVersion4(host)) {
    return err('privateAddress')
  }
  if (version6 === undefined && !isPublicName(host)) return err('privateName')
  return ports.has(url.port) ? ok(url) : err('port')
}

/** The address as it is shown and noted: its query may hold a key. */
export function shownTarget(url: string): string {
  const [address = ''] = url.split('?')
  return address.length === url.length ? url : `${address}?…`
}

function parse(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

function isLoopback(host: string): boolean {
  return host === 'localhost' || host === '127.0.0.1' || host === '[::1]'
}

const version4 = /^\d{1,3}(?:\.\d{1,3}){3}$/

function isPrivateVersion4(host: string): boolean {
  if (!version4.test(host)) return false
  const address = numberOf(host)
  return privateNetworks.some(([network, bits]) => {
    const size = 2 ** (32 - bits)
    return Math.floor(address / size) === Math.floor(numberOf(network) / size)
  })
}

function numberOf(address: string): number {
  return address.split('.').reduce((number, byte) => number * 256 + Number(byte), 0)
}

/**
 * Only global unicast (2000::/3) is public, and of that not what carries or stands for other
 * addresses: protocol assignments (2001::/23, with Teredo), documentation, 6to4 (2002::/16).
 * Mapped IPv4, loopback, link-local and unique local addresses all lie outside.
 */
function isPublicVersion6(address: string): boolean {
  const [first = 0, second = 0] = address.split(':').map((group) => Number.parseInt(group, 16) || 0)
  if (first < 0x2000 || first > 0x3fff) return false
  if (first === 0x2001) return second >= 0x200 && second !== 0xdb8
  return first !== 0x2002 && !(first === 0x3fff && second < 0x1000)
}

/** A name with a dot that ends in none of the private ones; an address of version 4 is one, too. */
function isPublicName(host: string): boolean {
  const labels = host.split('.')
  return labels.length > 1 && !privateNames.has(labels.at(-1) ?? '')
}
