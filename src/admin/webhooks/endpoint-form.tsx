/** The form of an endpoint: its address and its types of events. */
import { eventTypes, type EventType } from '../../database/schema/event-types'
import type { Result } from '../../result'
import type { WebhookInput, WebhookRefusal } from '../../webhooks/commands'
import { CopyField, Field, Notice, type FieldErrors } from '../shell/components'
import type { AdminContext } from '../shell/context'
import { errorsOf, formOf, listsOf } from '../shell/forms'
import { secretOfForm } from '../shell/once'
import { showRefusal } from '../shell/refusal'
import { chosenTypes, targetTexts, webhookForm } from './forms'

/** The form as it was sent, with the texts of wrong fields. */
export interface EnteredEndpoint {
  readonly url: string
  readonly types: readonly EventType[] | null
  readonly errors: FieldErrors
}

type Answer = Response | Promise<Response>

/** Runs a command with the form that was sent, and shows either its value or the form once more. */
export async function submitEndpoint<T>(
  c: AdminContext,
  run: (input: WebhookInput, given: string | undefined) => Promise<Result<T, WebhookRefusal>>,
  showDone: (value: T) => Answer,
  showAgain: (entered: EnteredEndpoint) => Answer,
): Promise<Response> {
  const { form: number, ...fields } = await formOf(c)
  const { events = [] } = await listsOf(c)
  const types = chosenTypes(events)
  const again = (errors: FieldErrors) => showAgain({ url: fields['url'] ?? '', types, errors })
  const form = webhookForm.safeParse(fields)
  if (!form.success) return again(errorsOf(form.error))
  const given = await secretOfForm(c, number)
  if (!given.ok) return showRefusal(c, given.error)
  const outcome = await run({ url: form.data.url, types }, given.value)
  if (outcome.ok) return showDone(outcome.value)
  if (outcome.error.kind !== 'badTarget') return showRefusal(c, outcome.error)
  return again(new Map([['url', targetTexts[outcome.error.reason]]]))
}

export function AddressFields(props: {
  readonly url: string
  readonly types: readonly EventType[] | null
  readonly errors: FieldErrors
}) {
  const { url, types, errors } = props
  return (
    <>
      <Field
        name="url"
        label="Address"
        hint="A public address with https, for example https://example.com/rollcall."
        value={url}
        errors={errors}
        isRequired
        more={{ maxlength: 2_000, autocomplete: 'off', inputmode: 'url' }}
      />
      <fieldset class="choice">
        <legend>Events</legend>
        <p class="hint">None ticked: all of them, also those that come later.</p>
        <div class="ticks">
          {eventTypes.map((type) => (
            <label>
              <input
                type="checkbox"
                name="events"
                value={type}
                checked={types !== null && types.includes(type)}
              />
              <code>{type}</code>
            </label>
          ))}
        </div>
      </fieldset>
    </>
  )
}

export function NewSecret({ secret }: { readonly secret: string }) {
  return (
    <Notice state="good">
      <h2>Copy the signing secret now</h2>
      <p>
        It is shown this once. The receiver verifies with it that a message comes from here, as
        Standard Webhooks says.
      </p>
      <CopyField id="new-secret" label="Signing secret" value={secret} />
    </Notice>
  )
}
