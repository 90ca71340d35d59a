/** Long work with how far it is. The page of it reloads by itself while it goes on. */
import { mostCounted, perMinute, type Work } from '../../attention/work'
import { plural } from '../shell/components'
import { Time } from '../shell/time'
import { tenantPath } from '../shell/context'

/** Seconds between two reloads. */
const interval = 5

export function WorkList(props: {
  readonly work: readonly Work[]
  readonly now: number
  /** True on a page about all tenants. */
  readonly isOfAll?: boolean
}) {
  const { work, now, isOfAll = false } = props
  if (work.length === 0) return null
  const isGoing = work.some(({ kind, since }) => kind !== 'release' || since <= now)
  return (
    <section class="card" aria-labelledby="work" {...(isGoing ? { 'data-reload': interval } : {})}>
      <h2 id="work">Going on</h2>
      <ul class="groups">
        {work.map((one) => (
          <li>
            <p>
              {isOfAll ? <a href={tenantPath(one, pageOf(one))}>{one.name}</a> : null}
              {isOfAll ? ': ' : ''}
              <Sentence work={one} now={now} />
            </p>
            {one.total === null || one.total === 0 ? null : (
              <progress value={one.done} max={one.total} aria-label={titles[one.kind]}></progress>
            )}
          </li>
        ))}
      </ul>
    </section>
  )
}

const titles: Readonly<Record<Work['kind'], string>> = {
  sync: 'Changes of the identity provider',
  release: 'Release',
  deletion: 'Deletion',
  delivery: 'Delivery',
}

function Sentence({ work, now }: { readonly work: Work; readonly now: number }) {
  const { kind, done, total, since } = work
  const most = mostCounted.toLocaleString('en')
  const of = `${done.toLocaleString('en')} of ${(total ?? 0).toLocaleString('en')}`
  switch (kind) {
    case 'sync':
      return (
        <>
          The identity provider sends about {plural(perMinute(work, now), 'change')} a minute:{' '}
          {plural(done, 'person', 'people')} so far.
        </>
      )
    case 'release':
      return since > now ? (
        <>
          A release of{' '}
          {total === null ? `at least ${most} changes` : plural(total - done, 'change')} is told at{' '}
          <Time at={since} />.
        </>
      ) : (
        <>A release is being told: {total === null ? `at least ${most}` : of} changes.</>
      )
    case 'deletion':
      return (
        <>
          The tenant is being deleted:{' '}
          {total === null ? `at least ${most} people are left` : `${of} people are gone`}. It goes
          on by itself.
        </>
      )
    case 'delivery':
      return <>A webhook catches up: {of} events are delivered.</>
  }
}

function pageOf({ kind, subject }: Work): string {
  if (kind === 'release') return '/holds'
  if (kind === 'deletion') return '/delete'
  return kind === 'delivery' ? `/webhooks/${subject}` : ''
}
