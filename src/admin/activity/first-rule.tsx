/** A rule that refuses all that an identity provider sends first, with its switch. */
import type { SameRefusals } from '../../activity/first-refusals'
import type { Tenant } from '../../tenants/tenant'
import type { TenantSettings } from '../../tenants/settings'
import { For, tenantPath } from '../shell/context'
import { Shown } from '../shell/stale/shown'

type Rules = TenantSettings['rules']

/** A rule by the code of its refusals: what they are about, and the setting that ends them. */
interface Switch {
  readonly about: string
  readonly name: `rules.${keyof Rules}`
  readonly value: string
  readonly label: string
  readonly isInForce: (rules: Rules) => boolean
}

const switches: ReadonlyMap<string, Switch> = new Map([
  [
    'emailCapitals',
    {
      about: 'about capital letters in e-mail addresses',
      name: 'rules.email',
      value: 'lowercase',
      label: 'Write addresses in lower case',
      isInForce: ({ email }: Rules) => email === 'reject',
    },
  ],
  [
    'notAnAddress',
    {
      about: 'about e-mail addresses that are none',
      name: 'rules.email',
      value: 'allow',
      label: 'Take any text as an address',
      isInForce: ({ email }: Rules) => email === 'reject',
    },
  ],
  [
    'nameCharacters',
    {
      about: 'about characters in names',
      name: 'rules.name',
      value: 'allow',
      label: 'Allow any characters in names',
      isInForce: ({ name }: Rules) => name === 'reject',
    },
  ],
])

/** The rule that is to be proposed; undefined where it is no longer in force. */
export function ruleOf(first: SameRefusals | undefined, { settings }: Tenant): Switch | undefined {
  const rule = first && switches.get(first.code)
  return rule?.isInForce(settings.rules) ? rule : undefined
}

export function FirstRule(props: {
  readonly tenant: Tenant
  readonly rule: Switch
  readonly count: number
  /** What the page shows of the settings. */
  readonly shown: string
}) {
  const { tenant, rule, count, shown } = props
  return (
    <>
      <p>
        <strong>
          All of the first {count} refusals are {rule.about}.
        </strong>{' '}
        If such values are right for your product, the rule can be changed; what was refused comes
        with the next attempt of the identity provider.{' '}
        <a href={tenantPath(tenant, '/settings#rules')}>To the setting</a>
      </p>
      <For least="operator">
        <form method="post" action={tenantPath(tenant, '/settings')}>
          <Shown shown={shown} />
          <input type="hidden" name={rule.name} value={rule.value} />
          <button type="submit">{rule.label}</button>
        </form>
      </For>
    </>
  )
}
