/** The settings of a tenant as a page: what is stored, or what was sent and could not be saved. */
import type { Tenant } from '../../tenants/tenant'
import { Choice, Field, Lines, Notice, type FieldErrors } from '../shell/components'
import { For, mayAct, tenantPath, useViewer } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { ChangedMeanwhile, Shown, type ChangedField } from '../shell/stale/shown'
import { Extensions, Observed, SchemaForm } from './extensions'
import { fieldNamed } from './setting-fields'
import { storedText } from './storage'

export interface SettingsForm {
  /** The texts in the fields. */
  readonly texts: ReadonlyMap<string, string>
  /** What the forms say that they showed. */
  readonly shown: string
  readonly errors: FieldErrors
  /** What was changed while the form stood open. */
  readonly changed?: readonly ChangedField[]
  readonly isSaved?: boolean
  /** The fields of the form that was sent and not saved. */
  readonly sent?: { readonly fields: Readonly<Record<string, string>> }
}

/** True for the form of the schemas, when it was sent and not saved. */
export function isOfSchemas({ sent }: SettingsForm): boolean {
  return sent !== undefined && 'schemas' in sent.fields
}

export function Settings(props: { readonly tenant: Tenant; readonly form: SettingsForm }) {
  const { tenant, form } = props
  const { errors } = form
  return (
    <TenantLayout tenant={tenant} section="settings">
      <h1>Settings</h1>
      {form.isSaved ? <Notice state="good">The settings are saved.</Notice> : null}
      <ChangedMeanwhile fields={form.changed} audit={tenantPath(tenant, '/audit')} />
      {errors.size > 0 ? <Notice state="bad">Nothing was saved: {describe(errors)}</Notice> : null}
      <form method="post" action={tenantPath(tenant, '/settings')}>
        <Shown shown={form.shown} />
        <fieldset class="plain" disabled={!mayAct(useViewer(), 'operator')}>
          <section class="card" aria-labelledby="general">
            <h2 id="general">General</h2>
            <Field
              name="name"
              {...texted(form, 'name')}

              isRequired
              more={{ maxlength: 200, autocomplete: 'off' }}
            />
            <Chosen form={form} name="profile" />
            <p class="hint">
              The page Security → SCIM opens with the guide of the one that is chosen. The rules
              below stay as they are.
            </p>
            <Chosen form={form} name="putWithoutMembers" />
          </section>
          <section class="card" aria-labelledby="rules">
            <h2 id="rules">Rules</h2>
            <p>They apply to values that change from now on; what is stored stays.</p>
            <Chosen form={form} name="rules.name" />
            <Chosen form={form} name="rules.email" />
          </section>
          <section class="card" aria-labelledby="active">
            <h2 id="active">People without “active”</h2>
            <Chosen form={form} name="withoutActive" />
          </section>
          <section class="card" aria-labelledby="guard">
            <h2 id="guard">Guard</h2>
            <p>
              What waits is done in the directory and kept from the application until somebody
              decides. The identity provider notices nothing of it.
            </p>
            <NumberField
              form={form}
              name="guard.deactivations"
              hint="Of those who were active an hour ago; never fewer than 10. With 100 nothing is counted, and nothing waits."
              range={{ min: 0, max: 100, step: 'any' }}
            />
            <NumberField
              form={form}
              name="guard.people"
              hint="A number of people, where it is smaller than that share; never fewer than 10."
              range={{ min: 1, max: 1_000_000 }}
            />
            <NumberField
              form={form}
              name="guard.delay"
              hint="Until then it can be taken back. 0 to 60; with 0 it is told at once."
              range={{ min: 0, max: 60 }}
            />
            <Chosen form={form} name="guard.teams" />
            <Lines
              name="guard.protected"
              hint="User names, one a line, at most 100. Their loss always waits, and is released only with a second confirmation."
              {...texted(form, 'guard.protected')}
            />
          </section>
          <section class="card" aria-labelledby="retention">
            <h2 id="retention">Retention</h2>
            <p>What is older is deleted every night. The people and teams themselves stay.</p>
            <div class="columns">
              <NumberField
                form={form}
                name="retention.activity"
                hint="Days, 1 to 365. They hold names of people."
                range={{ min: 1, max: 365 }}
              />
              <NumberField
                form={form}
                name="retention.events"
                hint="Days, 7 to 3650. The application can read them as long."
                range={{ min: 7, max: 3650 }}
              />
              <NumberField
                form={form}
                name="retention.exchanges"
                hint="Days, 0 to 30; 0 keeps none. They hold data of people, and no secrets."
                range={{ min: 0, max: 30 }}
              />
            </div>
          </section>
          <section class="card" aria-labelledby="storage">
            <h2 id="storage">Storage</h2>
            <p>{storedText(tenant)}</p>
            <NumberField
              form={form}
              name="storage.megabytes"
              hint="Megabytes, 1 to 10000. Beyond them nothing is taken in."
              range={{ min: 1, max: 10_000 }}
            />
          </section>
          <section class="card" aria-labelledby="oauth">
            <h2 id="oauth">OAuth clients</h2>
            <NumberField
              form={form}
              name="oauth.accessTokenMinutes"
              hint="Minutes, 10 to 360. It ends at once when its secret or client is revoked."
              range={{ min: 10, max: 360 }}
            />
          </section>
          <For least="operator">
            <button type="submit">
              {form.changed && !isOfSchemas(form) ? 'Save over it' : 'Save settings'}
            </button>
          </For>
        </fieldset>
      </form>
      <Extensions extensions={tenant.settings.extensions} />
      <Observed tenant={tenant} />
      <For least="operator">
        <SchemaForm
          tenant={tenant}
          text={form.texts.get('schemas') ?? ''}
          shown={form.shown}
          error={
            isOfSchemas(form)
              ? (errors.get('') ?? 'Nothing was saved: see above what is wrong.')
              : undefined
          }
          isChanged={form.changed !== undefined && isOfSchemas(form)}
        />
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

interface Fielded {
  readonly form: SettingsForm
  readonly name: string
}

/** Label, text and errors of a field. */
function texted(form: SettingsForm, name: string) {
  const { label } = fieldNamed(name)
  return { label, value: form.texts.get(name) ?? '', errors: form.errors }
}

function Chosen({ form, name }: Fielded) {
  const { label, options = [] } = fieldNamed(name)
  return <Choice name={name} legend={label} value={form.texts.get(name) ?? ''} options={options} />
}

/** A number that has to be given, within a range. */
function NumberField(
  props: Fielded & {
    readonly hint: string
    readonly range: { readonly min: number; readonly max: number; readonly step?: 'any' }
  },
) {
  const { form, name, hint, range } = props
  const field = texted(form, name)
  return <Field name={name} hint={hint} {...field} type="number" isRequired more={range} />
}

function describe(errors: FieldErrors): string {
  return Array.from(errors, ([field, text]) => `${field}: ${text}`).join('; ')
}
