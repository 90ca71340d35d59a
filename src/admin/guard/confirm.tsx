/** Questions before a release: of all that fit a filter, and of protected people. */
import type { ProtectedPerson } from '../../guard/commands'
import type { Tenant } from '../../tenants/tenant'
import { Field, plural } from '../shell/components'
import { tenantPath } from '../shell/context'
import { TenantLayout } from '../shell/layout'
import { placeText } from './decide'
import type { DecisionForm } from './forms'

/** Number of people, or of changes, up to which nothing has to be typed. */
const fewest = 25

interface Numbers {
  readonly people: number
  readonly changes: number
}

/** The number that has to be typed: that of the people, or of the changes; undefined for few. */
function numberToType({ people, changes }: Numbers): number | undefined {
  if (people > fewest) return people
  return changes > fewest ? changes : undefined
}

/** True for a release of all that was asked for, with the numbers that it has now. */
export function isConfirmed({ asked, typed }: DecisionForm, numbers: Numbers): boolean {
  const number = numberToType(numbers)
  const isTyped = number === undefined || typed.replaceAll(',', '') === String(number)
  return asked === askedOf(numbers) && isTyped
}

/** The numbers that a question named, as its form has them: others are another question. */
function askedOf({ people, changes }: Numbers): string {
  return `${people}/${changes}`
}

/** Asks before everything that fits is released, and for the number where that is large. */
export function ConfirmWhole(props: {
  readonly tenant: Tenant
  readonly action: string
  readonly input: DecisionForm
  readonly numbers: Numbers
}) {
  const { tenant, action, input, numbers } = props
  const number = numberToType(numbers)
  const { delay } = tenant.settings.guard
  const { search, kind } = input.filter
  return (
    <TenantLayout tenant={tenant} section="holds" title="Release all">
      <section class="card narrow">
        <h1>Release {plural(numbers.changes, 'change')}?</h1>
        <p>
          The application is told that {plural(numbers.people, 'person is', 'people are')} concerned
          {search !== '' || kind !== 'all' ? ', all of this filter' : ''}.{' '}
          {delay === 0
            ? 'It is told at once.'
            : `It is told in ${plural(delay, 'minute')}; until then you can take it back.`}
        </p>
        {input.asked === '' ? null : (
          <p class="error" role="alert">
            That was another number. It may have changed meanwhile.
          </p>
        )}
        <form method="post" action={tenantPath(tenant, action)}>
          <Selected input={input} />
          <input type="hidden" name="asked" value={askedOf(numbers)} />
          {number === undefined ? null : (
            <Field
              name="typed"
              label={`Type ${number} to confirm`}
              isRequired
              more={{ autocomplete: 'off', inputmode: 'numeric' }}
            />
          )}
          <div class="actions">
            <button type="submit" data-kind="danger">
              Release all
            </button>
            <a href={tenantPath(tenant, '/holds')}>Keep them</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}

/** What a form was about, for the form that repeats it. */
function Selected({ input }: { readonly input: DecisionForm }) {
  const { some, filter } = input
  return (
    <>
      <input type="hidden" name="whole" value={some ? 'false' : 'true'} />
      <input type="hidden" name="search" value={filter.search} />
      <input type="hidden" name="kind" value={filter.kind} />
      {some?.changes.map((place) => (
        <input type="hidden" name="changes" value={placeText(place)} />
      ))}
    </>
  )
}

export function ConfirmPeople(props: {
  readonly tenant: Tenant
  readonly action: string
  readonly input: DecisionForm
  readonly people: readonly ProtectedPerson[]
}) {
  const { tenant, action, input, people } = props
  return (
    <TenantLayout tenant={tenant} section="holds" title="Protected people">
      <section class="card narrow">
        <h1>Release protected people?</h1>
        <p>
          They lose something for good with this release. Type the user name of each to confirm that
          it is meant.
        </p>
        <form method="post" action={tenantPath(tenant, action)}>
          <Selected input={input} />
          <input type="hidden" name="asked" value={input.asked} />
          <input type="hidden" name="typed" value={input.typed} />
          {people.map(({ id, userName }) => (
            <>
              <input type="hidden" name={`name.${id}`} value={userName} />
              <Field
                name={`typed.${id}`}
                label={userName}
                isRequired
                more={{ autocomplete: 'off', spellcheck: 'false' }}
              />
            </>
          ))}
          <div class="actions">
            <button type="submit" data-kind="danger">
              Release them
            </button>
            <a href={tenantPath(tenant, '/holds')}>Keep them</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}
