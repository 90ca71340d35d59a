/** Who is missing or out of date now, with what to do about it in the provider. */
import { readProblems, type ProblemPage } from '../../activity/problems'
import { placeText, problemsQuery } from '../problems/forms'
import { ProblemList } from '../problems/list'
import { NextPage } from '../shell/components'
import { setUpPath, type AdminContext } from '../shell/context'
import { Troubles } from '../guide/blocks'
import { Live } from '../guide/live'
import { readProgress, type Progress } from '../guide/progress'
import { useWords } from '../guide/words'
import { TabFrame } from '../customer/frame'
import { showInWords, showProblem } from '../customer/show'
import { useProblemWords } from './not-taken'

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
