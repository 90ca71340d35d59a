/** What was refused lately, with what to do about it in the provider. */
import { readFailures, type FailureGroup } from '../../activity/counts'
import { day } from '../../time'
import { titleOf } from '../activity/failures'
import { Troubles, useProvider } from '../guide/blocks'
import { keyOf } from '../guide/guide'
import { useWords, When } from '../guide/words'
import type { AdminContext } from '../shell/context'
import { TabFrame } from './frame'
import { Live } from '../guide/live'
import { readProgress, type Progress } from '../guide/progress'
import { setUpPath } from '../shell/context'
import { showInWords, showProblem } from './show'

const shownDays = 7

export async function showProblems(c: AdminContext) {
  const [read, failures] = await Promise.all([
    readProgress(c),
    readFailures(c.env.DB, c.var.tenant.id, Date.now() - shownDays * day),
  ])
  if (!read.ok) return showProblem(c, read.error)
  if (!failures.ok) return showProblem(c, failures.error)
  return showInWords(c, <Problems progress={read.value} groups={failures.value.groups} />)
}

function Problems(props: {
  readonly progress: Progress
  readonly groups: readonly FailureGroup[]
}) {
  const { progress, groups } = props
  const { tenant, guide, guides, refused } = progress
  const words = useWords()
  return (
    <TabFrame tenant={tenant} tab="problems">
      <h1>{words.text('problems.title')}</h1>
      {refused.length === 0 ? null : (
        <Live progress={progress} path={setUpPath(tenant, '/problems')} />
      )}
      <section class="card" aria-label={words.text('problems.title')}>
        {groups.length === 0 ? (
          <p class="empty">{words.text('problems.none')}</p>
        ) : (
          <>
            <p class="hint">{words.text('problems.text')}</p>
            <ul class="groups">
              {groups.map((group) => (
                <Problem progress={progress} group={group} />
              ))}
            </ul>
          </>
        )}
      </section>
      {guide ? (
        <Troubles
          codes={Object.keys(guide.fixes)}
          guide={guide}
          guides={guides}
          openTitle="problems.all"
        />
      ) : null}
    </TabFrame>
  )
}

function Problem({
  progress,
  group,
}: {
  readonly progress: Progress
  readonly group: FailureGroup
}) {
  const { guide, guides } = progress
  const words = useWords()
  const provider = useProvider(guide)
  const { code, count, people, teams } = group
  const seen = keyOf(guides.troubles, code)
  const fix = guide && keyOf(guide.fixes, code)
  const whom = [
    ...(people > 0 ? [words.counted('problems.people', people)] : []),
    ...(teams > 0 ? [words.counted('problems.teams', teams)] : []),
    ...(people + teams === 0 ? [words.counted('problems.requests', count)] : []),
  ].flatMap((part, index) => (index === 0 ? [part] : [', ', part]))
  return (
    <li>
      <p>
        <strong>{seen === undefined ? titleOf(code) : words.nodes(seen)}</strong>
      </p>
      <p class="hint">
        {words.nodes('problems.about', { at: <When at={group.latestAt} />, whom: <>{whom}</> })}
      </p>
      {fix === undefined ? null : (
        <p>
          {words.text('step.remedy', { provider })}: {words.nodes(fix)}
        </p>
      )}
      <p class="hint" lang="en">
        {words.nodes('problems.answer', { detail: <bdi>{group.detail}</bdi> })}
      </p>
    </li>
  )
}
