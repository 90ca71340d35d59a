/** Who is missing or out of date now, with what to do about it in the provider. */
import { readProblems, type Problem, type ProblemPage } from '../../activity/problems'
import { placeText, problemsQuery } from '../problems/forms'
import { ProblemList, type ProblemWords } from '../problems/list'
import { NextPage } from '../shell/components'
import { setUpPath, type AdminContext } from '../shell/context'
import { Troubles, useProvider } from '../guide/blocks'
import { keyOf } from '../guide/guide'
import { Live } from '../guide/live'
import { readProgress, type Progress } from '../guide/progress'
import { useWords, When } from '../guide/words'
import { TabFrame } from '../customer/frame'
import { showInWords, showProblem } from '../customer/show'

export async function showOwnProblems(c: AdminContext) {
  const { before } = problemsQuery.parse(c.req.query())
  const [read, problems] = await Promise.all([
    readProgress(c),
    readProblems(c.env.DB, c.var.tenant.id, before),
  ])
  if (!read.ok) return showProblem(c, read.error)
  if (!problems.ok) return showProblem(c, problems.error)
  return showInWords(c, <Problems progress={read.value} page={problems.value} />)
}

function Problems({ progress, page }: { readonly progress: Progress; readonly page: ProblemPage }) {
  const { tenant, guide, guides, refused } = progress
  const words = useWords()
  const path = setUpPath(tenant, '/problems')
  return (
    <TabFrame tenant={tenant} tab="problems">
      <h1>{words.text('problems.title')}</h1>
      {refused.length === 0 ? null : <Live progress={progress} path={path} />}
      <section class="card" aria-label={words.text('problems.title')}>
        {page.problems.length === 0 ? null : <p class="hint">{words.text('problems.text')}</p>}
        <ProblemList problems={page.problems} words={useProblemWords(progress)} />
        {page.older ? (
          <NextPage
            path={`${path}?before=${encodeURIComponent(placeText(page.older))}`}
            text={words.text('people.next')}
          />
        ) : null}
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

/** A problem in the customer's words: what is seen, and what to do in the provider. */
function useProblemWords({ guide, guides }: Progress): ProblemWords {
  const words = useWords()
  const provider = useProvider(guide)
  return {
    state: ({ kind, presentId }) => {
      if (kind === 'request') return words.text('problems.refused')
      return words.text(presentId === null ? 'problems.missing' : 'problems.stale')
    },
    cause: ({ code }) => {
      const seen = keyOf(guides.troubles, code)
      return seen === undefined ? words.text('trouble.other', { code }) : words.text(seen)
    },
    remedy: (problem: Problem) => {
      const fix = guide && keyOf(guide.fixes, problem.code)
      const { detail } = problem
      if (fix === undefined) return words.text('problems.asShown', { provider, detail })
      return (
        <>
          {words.text('step.remedy', { provider })}: {words.nodes(fix)}
        </>
      )
    },
    since: ({ firstAt, lastAt, tries }) =>
      words.counted('problems.since', tries, {
        first: <When at={firstAt} />,
        last: <When at={lastAt} />,
      }),
    none: words.text('problems.none'),
  }
}
