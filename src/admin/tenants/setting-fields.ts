/** The fields of a tenant's settings as its forms have them: their labels, and what is stored as text. */
import { digest } from '../../scim/version'
import type { TenantSettings } from '../../tenants/settings'
import type { Tenant } from '../../tenants/tenant'
import { plain, type Digests } from '../shell/stale/shown'
import { declarationOf } from './extension-form'
import { profileOptions, type Options } from './profile-options'

interface SettingField {
  readonly label: string
  /** The choices of one that is chosen. */
  readonly options?: Options<string>
  readonly textOf: (tenant: Pick<Tenant, 'name' | 'settings'>) => string
}

const withoutActiveOptions: Options<TenantSettings['withoutActive']> = [
  [
    'profile',
    'As the identity provider',
    'Inactive with the tools for AWS; as before with all others.',
  ],
  ['keep', 'Stays as before', 'A new person is active. The log says that nothing was said.'],
  ['inactive', 'Is inactive', 'For clients that leave “false” out, as those written in Go do.'],
]

const silenceOptions: Options<TenantSettings['putWithoutMembers']> = [
  ['body', 'Look at the request', 'A renaming leaves its members in; a whole team has none.'],
  ['empty', 'It has none', 'Everybody leaves the team.'],
  ['keep', 'They stay', 'For a provider that reads teams without members and sends them back.'],
]

const teamOptions: Options<TenantSettings['guard']['teams']> = [
  ['apply', 'Reach the application at once', 'Unless too many people would lose something.'],
  ['review', 'Wait for a review', 'Each change shows who gains and who loses access.'],
]

const nameOptions: Options<TenantSettings['rules']['name']> = [
  ['reject', 'Refuse', 'The identity provider is told which characters are wrong.'],
  ['allow', 'Allow', 'Names are kept as they come.'],
]

const emailOptions: Options<TenantSettings['rules']['email']> = [
  ['reject', 'Refuse', 'The identity provider is told the address in lower case.'],
  ['lowercase', 'Write in lower case', 'The address is changed before it is kept.'],
  ['allow', 'Allow', 'Addresses are kept as they come.'],
]

/** By the names that the fields have in the forms. */
const fields: ReadonlyMap<string, SettingField> = new Map<string, SettingField>([
  ['name', { label: 'Name of the tenant', textOf: ({ name }) => name }],
  [
    'profile',
    {
      label: 'Identity provider',
      options: profileOptions,
      textOf: ({ settings }) => settings.profile,
    },
  ],
  [
    'putWithoutMembers',
    {
      label: 'A team that is sent whole, without its members',
      options: silenceOptions,
      textOf: ({ settings }) => settings.putWithoutMembers,
    },
  ],
  [
    'rules.name',
    {
      label: 'Names with special characters',
      options: nameOptions,
      textOf: ({ settings }) => settings.rules.name,
    },
  ],
  [
    'rules.email',
    {
      label: 'E-mail addresses with capital letters',
      options: emailOptions,
      textOf: ({ settings }) => settings.rules.email,
    },
  ],
  [
    'withoutActive',
    {
      label: 'A person who comes whole, without saying whether active',
      options: withoutActiveOptions,
      textOf: ({ settings }) => settings.withoutActive,
    },
  ],
  [
    'guard.deactivations',
    {
      label: 'People who may be lost within an hour, in percent',
      textOf: ({ settings }) => percentOf(settings.guard.deactivations),
    },
  ],
  [
    'guard.people',
    {
      label: 'The most people of one hour',
      textOf: ({ settings }) => String(settings.guard.people),
    },
  ],
  [
    'guard.delay',
    {
      label: 'Minutes before a release is told',
      textOf: ({ settings }) => String(settings.guard.delay),
    },
  ],
  [
    'guard.teams',
    {
      label: 'Teams and who is in them',
      options: teamOptions,
      textOf: ({ settings }) => settings.guard.teams,
    },
  ],
  [
    'guard.protected',
    {
      label: 'Protected people',
      textOf: ({ settings }) => settings.guard.protected.join('\n'),
    },
  ],
  [
    'retention.activity',
    {
      label: 'Failed and passed-over requests',
      textOf: ({ settings }) => String(settings.retention.activity),
    },
  ],
  [
    'retention.events',
    { label: 'Changes', textOf: ({ settings }) => String(settings.retention.events) },
  ],
  [
    'retention.exchanges',
    {
      label: 'Bodies of refused requests',
      textOf: ({ settings }) => String(settings.retention.exchanges),
    },
  ],
  [
    'storage.megabytes',
    {
      label: 'The most that may be stored',
      textOf: ({ settings }) => String(settings.storage.megabytes),
    },
  ],
  [
    'oauth.accessTokenMinutes',
    {
      label: 'Life of an access token',
      textOf: ({ settings }) => String(settings.oauth.accessTokenMinutes),
    },
  ],
  ['schemas', { label: 'Schemas, as JSON', textOf: declaredText }],
])

/** A share in percent, with all its digits: a form that is sent as it was shown changes nothing. */
function percentOf(share: number): string {
  return String(Number((share * 100).toPrecision(15)))
}

/** The declared schemas as one text; empty for none. */
export function declaredText({ settings: { extensions } }: Pick<Tenant, 'settings'>): string {
  return extensions.length === 0 ? '' : JSON.stringify(extensions.map(declarationOf), null, 2)
}

export function fieldNamed(name: string): SettingField {
  const field = fields.get(name)
  if (!field) throw new Error(`No setting has the name ${name}`)
  return field
}

/** What is stored, by field, as the forms show it. */
export function settingTexts(tenant: Tenant): ReadonlyMap<string, string> {
  return new Map(Array.from(fields, ([name, { textOf }]) => [name, textOf(tenant)]))
}

/** What the forms show of a tenant, for a later look whether it is still so. */
export function settingDigests(tenant: Tenant): Digests {
  return new Map(Array.from(settingTexts(tenant), ([name, text]) => [name, [digestOf(text)]]))
}

export function digestOf(text: string): string {
  return digest([plain(text)])
}

/** The value of a field in the words of its choices. */
export function meaningOf(name: string, text: string): string {
  const chosen = fieldNamed(name).options?.find(([value]) => value === text)
  return chosen?.[1] ?? text
}
