/** The bodies of OAuth clients. */
import * as z from 'zod/mini'
import { exactly } from '../../http/exactly'
import { latestSecretEnd, type NewClient } from '../../oauth/commands'
import type { FetchFault } from '../../oauth/fetch-keys'
import { maximumKeys, type KeySetFault } from '../../oauth/key-set'
import { maximumClients, maximumSecrets } from '../../oauth/store'
import { maximumTargetLength } from '../../public-address'
import { expiryIn, futureTime, label } from '../shell/forms'

const text = z.string().check(z.trim(), z.minLength(1), z.maxLength(500))
const address = z.string().check(z.trim(), z.minLength(1), z.maxLength(maximumTargetLength))

const expiresAt = z._default(
  z.nullable(
    futureTime.check(z.refine((time) => time <= latestSecretEnd(), 'at most three years from now')),
  ),
  null,
)

const named = { label: z._default(label, '') }

/** Hosts of Entra's issuers, in all its clouds: each signs for every directory with the same keys. */
const entraHosts: ReadonlySet<string> = new Set([
  'login.microsoftonline.com',
  'login.microsoftonline.us',
  'login.partner.microsoftonline.cn',
  'sts.windows.net',
])

const issuer = text.check(z.refine(isHttps, 'an address that begins with https://'))

const federated = exactly({
  kind: z.literal('federated'),
  ...named,
  issuer,
  subject: text,
  audience: text,
  tenantId: z._default(z.nullable(text), null),
  jwksUrl: address,
}).check(
  z.refine(({ issuer, tenantId }) => !isEntra(issuer) || tenantId !== null, {
    path: ['tenantId'],
    error: 'Entra signs for all directories with the same keys: the id of yours is needed',
  }),
  z.refine(({ issuer, tenantId }) => !isEntra(issuer) || issuer.includes(tenantId ?? ''), {
    path: ['issuer'],
    error:
      'the issuer of an Entra directory holds its id: https://login.microsoftonline.com/{tenantId}/v2.0',
  }),
)

const jwt = exactly({
  kind: z.literal('jwt'),
  ...named,
  jwks: z.optional(z.record(z.string(), z.unknown())),
  jwksUrl: z.optional(address),
}).check(
  z.refine(({ jwks, jwksUrl }) => (jwks === undefined) !== (jwksUrl === undefined), {
    path: ['jwks'],
    error: 'send the keys in jwks, or their address in jwksUrl',
  }),
)

const secret = exactly({ kind: z.literal('secret'), ...named, expiresAt })

export const newClient = z.pipe(
  z.discriminatedUnion('kind', [secret, jwt, federated], { error: 'is secret, jwt or federated' }),
  z.transform((input): NewClient => {
    if (input.kind === 'secret') return input
    if (input.kind === 'federated') {
      const { tenantId: directoryId, ...rest } = input
      return { ...rest, directoryId }
    }
    const { kind, label, jwks, jwksUrl } = input
    return { kind, label, ...(jwksUrl === undefined ? { jwks } : { jwksUrl }) }
  }),
)

export const newSecret = exactly({ expiresAt })

function isHttps(text: string): boolean {
  return urlOf(text)?.protocol === 'https:'
}

function isEntra(issuer: string): boolean {
  return entraHosts.has(urlOf(issuer)?.hostname ?? '')
}

function urlOf(text: string): URL | undefined {
  return URL.canParse(text) ? new URL(text) : undefined
}

/** Keys of the messages that say what is wrong with the keys of a client. */
export const keyTexts: Readonly<Record<KeySetFault | FetchFault, string>> = {
  notASet: 'keys.notASet',
  tooManyKeys: 'keys.tooManyKeys',
  privateKey: 'keys.privateKey',
  shortKey: 'keys.shortKey',
  noUsableKey: 'keys.noUsableKey',
  notAnAddress: 'keys.notAnAddress',
  tooLong: 'keys.tooLong',
  notEncrypted: 'keys.notEncrypted',
  credentials: 'keys.credentials',
  port: 'keys.port',
  privateAddress: 'keys.privateAddress',
  privateName: 'keys.privateName',
  unreachable: 'keys.unreachable',
  status: 'keys.status',
  tooLarge: 'keys.tooLarge',
  notJson: 'keys.notJson',
}

/** Numbers that the messages of these pages name. */
export const limits = {
  clients: maximumClients,
  secrets: maximumSecrets,
  keys: maximumKeys,
  length: maximumTargetLength,
}

const wrongKeys = new Map([
  ['label', 'clients.wrong.label'],
  ['issuer', 'clients.wrong.issuer'],
  ['subject', 'clients.wrong.text'],
  ['audience', 'clients.wrong.text'],
  ['tenantId', 'clients.wrong.directory'],
  ['jwksUrl', 'clients.wrong.jwksUrl'],
  ['jwks', 'clients.wrong.jwks'],
  ['days', 'clients.wrong.days'],
])

/** Keys of the messages for the wrong fields of a form, by the name of the field. */
export function wrongFields(error: z.core.$ZodError): Map<string, string> {
  return new Map(
    error.issues.flatMap(({ path }) => {
      const field = String(path[0])
      const key = wrongKeys.get(field)
      return key === undefined ? [] : [[field, key]]
    }),
  )
}

/** Lives of a secret that the pages offer, in days, with the keys of their names. */
export const secretLives = [
  ['90', 'token.quarter'],
  ['180', 'token.halfYear'],
  ['365', 'token.year'],
  ['1095', 'clients.threeYears'],
] as const

const secretForm = z.pipe(
  exactly({ label, days: expiryIn(secretLives) }),
  z.transform(({ label, days }): NewClient => ({ kind: 'secret', label, expiresAt: days })),
)

/** The form of another secret. */
export const nextSecretForm = exactly({ days: expiryIn(secretLives) })

/** The fields of a form as the body of the API has them: empty ones are absent. */
function bodyOf(kind: 'jwt' | 'federated') {
  return z.pipe(
    z.transform((fields: Readonly<Record<string, string>>) => {
      const filled = Object.entries(fields).filter(([, text]) => text.trim() !== '')
      return Object.fromEntries([
        ['kind', kind],
        ...filled.map(([name, text]) => [name, read(name, text)]),
      ])
    }),
    newClient,
  )
}

/** Pasted keys as JSON; a text that is none stays one, which the body then refuses. */
function read(name: string, text: string): unknown {
  if (name !== 'jwks') return text
  try {
    return JSON.parse(text)
  } catch {
    return text
  }
}

/** The forms of the kinds of clients. */
export const clientForms = {
  secret: secretForm,
  jwt: bodyOf('jwt'),
  federated: bodyOf('federated'),
} as const
