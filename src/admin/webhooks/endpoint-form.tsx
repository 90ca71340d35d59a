/** The form of an endpoint: its address and its types of events. */
import { eventTypes, type EventType } from '../../database/schema/event-types'
import type { Refusal } from '../../database/batch'
import type { Result } from '../../result'
import type { Endpoint, IsAsSeen } from '../../webhooks/endpoint-commands'
import type { WebhookInput, WebhookRefusal } from '../../webhooks/commands'
import { CopyField, Field, Notice, type FieldErrors } from '../shell/components'
import type { AdminContext } from '../shell/context'
import { errorsOf, formOf, listsOf } from '../shell/forms'
import { secretOfForm } from '../shell/once'
import { showRefusal } from '../shell/refusal'
import { compare, readShown, shownName, type Comparison } from '../shell/stale/shown'
import { endpointDigests, enteredDigests, seenKeyOf } from './seen'
import { chosenTypes, targetTexts, webhookForm } from './forms'

/** The form as it was sent, with the texts of wrong fields. */
export interface EnteredEndpoint {
  readonly url: string
  readonly types: readonly EventType[] | null
  readonly errors: FieldErrors
}

/** A form of an endpoint that was not saved: what of it is kept, and why. */
export interface EnteredChange extends Partial<EnteredEndpoint> {
  /** What the form says that it showed; absent for what is stored. */
  readonly shown?: string
  /** Fields that were changed while the form stood open, and whether they were entered otherwise. */
  readonly changed?: readonly { readonly name: string; readonly isTyped: boolean }[]
}

type Answer = Response | Promise<Response>

/** Runs a command with the form that was sent, and shows either its value or the form once more. */
export async function submitEndpoint<T>(
  c: AdminContext,
  run: (input: WebhookInput, given: string | undefined) => Promise<Result<T, WebhookRefusal>>,
  showDone: (value: T) => Answer,
  showAgain: (entered: EnteredEndpoint) => Answer,
): Promise<Response> {
  const { fields: sent, events, types, form } = await readEndpoint(c)
  const { form: number, ...fields } = sent
  const again = (errors: FieldErrors) => showAgain({ url: fields['url'] ?? '', types, errors })
  if (!form.success) return again(errorsOf(form.error))
  const given = await secretOfForm(c, number, { ...fields, events: events.join(' ') })
  if (!given.ok) return showRefusal(c, given.error)
  const outcome = await run({ url: form.data.url, types }, given.value)
  if (outcome.ok) return showDone(outcome.value)
  if (outcome.error.kind !== 'badTarget') return showRefusal(c, outcome.error)
  return again(new Map([['url', targetTexts[outcome.error.reason]]]))
}

/** Runs a change with the form that was sent, unless what the form showed was changed meanwhile. */
export async function submitChange<T>(
  c: AdminContext,
  find: () => Promise<Result<unknown, Refusal>>,
  edit: (input: WebhookInput, isAsSeen: IsAsSeen) => Promise<Result<T, WebhookRefusal>>,
  showDone: () => Answer,
  showAgain: (entered: EnteredChange, status: 409 | 422) => Answer,
): Promise<Response> {
  const { fields, types, form } = await readEndpoint(c)
  const { [shownName]: shown = '', url = '' } = fields
  const again = (errors: FieldErrors) => showAgain({ url, types, errors, shown }, 422)
  if (!form.success) return again(errorsOf(form.error))
  const key = await seenKeyOf(c, await find())
  if (!key.ok) return showRefusal(c, key.error)
  const input = { url: form.data.url, types }
  const entered = await enteredDigests(key.value, input)
  let found: Comparison | undefined
  const isAsSeen = async (present: Endpoint) => {
    found = compare(readShown(shown), await endpointDigests(key.value, present), entered)
    return found.meanwhile.length === 0
  }
  const outcome = await edit(input, isAsSeen)
  if (outcome.ok) return showDone()
  if (outcome.error.kind === 'badTarget') {
    return again(new Map([['url', targetTexts[outcome.error.reason]]]))
  }
  if (outcome.error.kind !== 'stale' || !found) return showRefusal(c, outcome.error)
  const { meanwhile, typed } = found
  const changed = meanwhile.map((name) => ({ name, isTyped: typed.has(name) }))
  const kept = {
    ...(typed.has('url') ? { url } : {}),
    ...(typed.has('events') ? { types } : {}),
  }
  return showAgain({ ...kept, changed }, 409)
}

async function readEndpoint(c: AdminContext) {
  const fields = await formOf(c)
  const { events = [] } = await listsOf(c)
  return { fields, events, types: chosenTypes(events), form: webhookForm.safeParse(fields) }
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
