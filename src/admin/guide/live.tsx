/** The live check: what has come so far, and what was refused. The script asks for it again and again. */
import type { Child } from 'hono/jsx'
import type { RefusedRun } from '../../tokens/refused-calls'
import { useProvider } from './blocks'
import { useWords, When } from './words'
import { hasLiveCredential, hasTick, type Progress } from './progress'

/** `path` is the page that has the same section, for the script. */
export function Live(props: {
  readonly progress: Progress
  readonly path: string
  /** Who was sent and refused. */
  readonly children?: Child
}) {
  const { progress, path } = props
  const words = useWords()
  return (
    <section class="card live" aria-labelledby="live-title" id="live" data-live={path}>
      <h2 id="live-title">{words.text('live.title')}</h2>
      <ul class="lights">
        <Connection progress={progress} />
        <Arrived progress={progress} />
      </ul>
      <Refused progress={progress} />
      {props.children}
    </section>
  )
}

function Light(props: { readonly state: 'good' | 'warn' | 'idle'; readonly children?: Child }) {
  return (
    <li>
      <span class="light" data-state={props.state}></span>
      <span>{props.children}</span>
    </li>
  )
}

function Connection({ progress }: { readonly progress: Progress }) {
  const words = useWords()
  const { tenant, lastCall, isConfigOnly } = progress
  const awaited = useProvider(progress.guide)
  const provider = useProvider(progress.caller)
  if (!tenant.enabled) return <Light state="warn">{words.text('live.off')}</Light>
  if (lastCall) {
    return isConfigOnly ? (
      <Light state="warn">{words.text('live.configOnly', { provider })}</Light>
    ) : (
      <Light state="good">
        {words.nodes('live.connected', { provider, at: <When at={lastCall.at} /> })}
      </Light>
    )
  }
  const isReady = hasLiveCredential(progress)
  return (
    <Light state={isReady ? 'warn' : 'idle'}>
      {isReady ? words.text('live.waiting', { provider: awaited }) : words.text('live.noToken')}
    </Light>
  )
}

/** One line for what has come, and one for what is to come next. */
export function Arrived({ progress }: { readonly progress: Progress }) {
  const words = useWords()
  const { tenant, arrivals } = progress
  if (!hasTick(progress, 'test')) return null
  const { userCount, teamCount } = tenant
  const name = <bdi>{arrivals.latestPerson ?? ''}</bdi>
  const team = <bdi>{arrivals.firstTeam ?? ''}</bdi>
  if (userCount === 0) return <Light state="idle">{words.text('live.nobody')}</Light>
  return (
    <>
      <Light state="good">{words.counted('live.people', userCount, { name })}</Light>
      {teamCount === 0 ? (
        <Light state="idle">{words.text('live.noTeam')}</Light>
      ) : (
        <>
          <Light state="good">{words.counted('live.teams', teamCount, { name: team })}</Light>
          {arrivals.hasMember ? (
            <Light state="good">{words.text('live.members')}</Light>
          ) : (
            <Light state="idle">{words.text('live.noMembers')}</Light>
          )}
        </>
      )}
    </>
  )
}

const reasons = {
  revoked: 'refused.revoked',
  expired: 'refused.expired',
  unknown: 'refused.unknown',
  other: 'refused.other',
  malformed: 'refused.malformed',
  missing: 'refused.missing',
  disabled: 'refused.disabled',
} as const

/** "4 calls refused since 12:27: this token was revoked on 3 Nov", with what to do. */
export function Refused({ progress }: { readonly progress: Progress }) {
  const words = useWords()
  const provider = useProvider(progress.guide)
  if (progress.refused.length === 0) return null
  return (
    <div class="notice" data-state="bad" role="status">
      <ul class="plain-list">
        {progress.refused.map((run) => (
          <li>
            {words.counted('refused.count', run.calls, {
              since: <When at={run.firstAt} />,
              reason: <Reason run={run} />,
            })}
          </li>
        ))}
      </ul>
      <p>{words.nodes(remedyOf(progress.refused), { provider })}</p>
    </div>
  )
}

/** The key of what to do: a token that has ended is not to be copied once more. */
function remedyOf(runs: readonly RefusedRun[]): string {
  if (runs.every(({ reason }) => reason === 'disabled')) return 'refused.switchOn'
  const haveEnded = runs.every(({ reason }) => reason === 'revoked' || reason === 'expired')
  return haveEnded ? 'refused.replace' : 'refused.remedy'
}

function Reason({ run }: { readonly run: RefusedRun }) {
  const words = useWords()
  const at = run.reason === 'revoked' ? run.revokedAt : run.expiresAt
  const label = <bdi>{run.label || words.text('refused.unnamed')}</bdi>
  return <>{words.nodes(reasons[run.reason], { label, at: at === null ? '' : <When at={at} /> })}</>
}
