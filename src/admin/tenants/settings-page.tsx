/** The settings of a tenant, its schemas included. */
import type { TenantSettings } from '../../tenants/settings'
import type * as z from 'zod/mini'
import { changeTenant, type TenantChange } from '../../tenants/commands'
import {
  authorOf,
  For,
  mayAct,
  show,
  useViewer,
  tenantPath,
  type AdminContext,
} from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { declarationOf, schemasForm } from './extension-form'
import { Extensions, Observed, SchemaForm } from './extensions'
import { withDeclared } from './observed'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Choice, Field, Lines, Notice, type FieldErrors } from '../shell/components'
import type { Tenant } from '../../tenants/tenant'
import { settingsForm } from './forms'
import { profileOptions, type Options } from './profile-options'
import { storedText } from './storage'

export function showSettings(c: AdminContext) {
  const isSaved = c.req.query('done') === 'saved'
  return show(c, <Settings tenant={c.var.tenant} isSaved={isSaved} errors={new Map()} />)
}

export async function receiveSettings(c: AdminContext) {
  return save(c, settingsForm.safeParse(await formOf(c)))
}

/** Declares the schemas of one text, which has the form that the API takes and answers. */
export async function receiveSchemas(c: AdminContext) {
  const { schemas = '' } = await formOf(c)
  return save(c, schemasForm.safeParse(schemas), schemas)
}

/** Declares what was observed under a URN. */
export async function receiveObserved(c: AdminContext) {
  const extensions = withDeclared(c.var.tenant, await formOf(c))
  if (!extensions) return c.redirect(tenantPath(c.var.tenant, '/settings'), 303)
  const declared = JSON.stringify(extensions.map(declarationOf), null, 2)
  return save(c, schemasForm.safeParse(declared), declared)
}

async function save(
  c: AdminContext,
  form: z.core.util.SafeParseResult<TenantChange>,
  schemas?: string,
) {
  const { tenant } = c.var
  if (!form.success) {
    const entered = schemas === undefined ? {} : { schemas }
    return show(c, <Settings tenant={tenant} errors={errorsOf(form.error)} {...entered} />, 422)
  }
  const changed = await changeTenant(c.env.DB, tenant, form.data, authorOf(c))
  if (!changed.ok) return showRefusal(c, changed.error)
  return c.redirect(tenantPath(tenant, '/settings?done=saved'), 303)
}

function Settings(props: {
  readonly tenant: Tenant
  readonly errors: FieldErrors
  readonly isSaved?: boolean
  /** The text of schemas that could not be saved. */
  readonly schemas?: string
}) {
  const { tenant, errors } = props
  const { rules, guard, profile, retention, storage, oauth, extensions } = tenant.settings
  const { putWithoutMembers, withoutActive } = tenant.settings
  return (
    <TenantLayout tenant={tenant} section="settings">
      <h1>Settings</h1>
      {props.isSaved ? <Notice state="good">The settings are saved.</Notice> : null}
      {errors.size > 0 ? <Notice state="bad">Nothing was saved: {describe(errors)}</Notice> : null}
      <form method="post" action={tenantPath(tenant, '/settings')}>
        <fieldset class="plain" disabled={!mayAct(useViewer(), 'operator')}>
          <section class="card" aria-labelledby="general">
            <h2 id="general">General</h2>
            <Field
              name="name"
              label="Name of the tenant"
              value={tenant.name}
              errors={errors}
              isRequired
              more={{ maxlength: 200, autocomplete: 'off' }}
            />
            <Choice
              name="profile"
              legend="Identity provider"
              value={profile}
              options={profileOptions}
            />
            <p class="hint">
              The page Security → SCIM opens with the guide of the one that is chosen. The rules
              below stay as they are.
            </p>
            <Choice
              name="putWithoutMembers"
              legend="A team that is sent whole, without its members"
              value={putWithoutMembers}
              options={silenceOptions}
            />
          </section>
          <section class="card" aria-labelledby="rules">
            <h2 id="rules">Rules</h2>
            <p>They apply to values that change from now on; what is stored stays.</p>
            <Choice
              name="rules.name"
              legend="Names with special characters"
              value={rules.name}
              options={nameOptions}
            />
            <Choice
              name="rules.email"
              legend="E-mail addresses with capital letters"
              value={rules.email}
              options={emailOptions}
            />
          </section>
          <section class="card" aria-labelledby="active">
            <h2 id="active">People without “active”</h2>
            <Choice
              name="withoutActive"
              legend="A person who comes whole, without saying whether active"
              value={withoutActive}
              options={withoutActiveOptions}
            />
          </section>
          <section class="card" aria-labelledby="guard">
            <h2 id="guard">Guard</h2>
            <p>
              What waits is done in the directory and kept from the application until somebody
              decides. The identity provider notices nothing of it.
            </p>
            <NumberField
              name="guard.deactivations"
              label="People who may be lost within an hour, in percent"
              hint="Of those who were active an hour ago; never fewer than 10. With 100 nothing is counted, and nothing waits."
              value={Math.round(guard.deactivations * 1_000) / 10}
              errors={errors}
              range={{ min: 0, max: 100, step: 0.1 }}
            />
            <NumberField
              name="guard.people"
              label="The most people of one hour"
              hint="A number of people, where it is smaller than that share; never fewer than 10."
              value={guard.people}
              errors={errors}
              range={{ min: 1, max: 1_000_000 }}
            />
            <NumberField
              name="guard.delay"
              label="Minutes before a release is told"
              hint="Until then it can be taken back. 0 to 60; with 0 it is told at once."
              value={guard.delay}
              errors={errors}
              range={{ min: 0, max: 60 }}
            />
            <Choice
              name="guard.teams"
              legend="Teams and who is in them"
              value={guard.teams}
              options={teamOptions}
            />
            <Lines
              name="guard.protected"
              label="Protected people"
              hint="User names, one a line, at most 100. Their loss always waits, and is released only with a second confirmation."
              value={guard.protected.join('\n')}
              errors={errors}
            />
          </section>
          <section class="card" aria-labelledby="retention">
            <h2 id="retention">Retention</h2>
            <p>What is older is deleted every night. The people and teams themselves stay.</p>
            <div class="columns">
              <NumberField
                name="retention.activity"
                label="Failed and passed-over requests"
                hint="Days, 1 to 365. They hold names of people."
                value={retention.activity}
                errors={errors}
                range={{ min: 1, max: 365 }}
              />
              <NumberField
                name="retention.events"
                label="Changes"
                hint="Days, 7 to 3650. The application can read them as long."
                value={retention.events}
                errors={errors}
                range={{ min: 7, max: 3650 }}
              />
              <NumberField
                name="retention.exchanges"
                label="Bodies of refused requests"
                hint="Days, 0 to 30; 0 keeps none. They hold data of people, and no secrets."
                value={retention.exchanges}
                errors={errors}
                range={{ min: 0, max: 30 }}
              />
            </div>
          </section>
          <section class="card" aria-labelledby="storage">
            <h2 id="storage">Storage</h2>
            <p>{storedText(tenant)}</p>
            <NumberField
              name="storage.megabytes"
              label="The most that may be stored"
              hint="Megabytes, 1 to 10000. Beyond them nothing is taken in."
              value={storage.megabytes}
              errors={errors}
              range={{ min: 1, max: 10_000 }}
            />
          </section>
          <section class="card" aria-labelledby="oauth">
            <h2 id="oauth">OAuth clients</h2>
            <NumberField
              name="oauth.accessTokenMinutes"
              label="Life of an access token"
              hint="Minutes, 10 to 360. It ends at once when its secret or client is revoked."
              value={oauth.accessTokenMinutes}
              errors={errors}
              range={{ min: 10, max: 360 }}
            />
          </section>
          <For least="operator">
            <button type="submit">Save settings</button>
          </For>
        </fieldset>
      </form>
      <Extensions extensions={extensions} />
      <Observed tenant={tenant} />
      <For least="operator">
        <SchemaForm {...props} />
        <section class="card" aria-labelledby="delete">
          <h2 id="delete">Delete the tenant</h2>
          <p>
            With all its users, teams, tokens and logs.{' '}
            <a href={tenantPath(tenant, '/delete')}>Delete this tenant</a>
          </p>
        </section>
      </For>
    </TenantLayout>
  )
}

/** A number that has to be given, within a range. */
function NumberField(props: {
  readonly name: string
  readonly label: string
  readonly hint: string
  readonly value: number
  readonly errors: FieldErrors
  readonly range: { readonly min: number; readonly max: number; readonly step?: number }
}) {
  const { value, range, ...field } = props
  return <Field {...field} type="number" value={String(value)} isRequired more={range} />
}

function describe(errors: FieldErrors): string {
  return Array.from(errors, ([field, text]) => `${field}: ${text}`).join('; ')
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
