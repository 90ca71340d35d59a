/** People and teams that were refused, in the customer's words: beside what has arrived, and as a list of its own. */
import { readProblems, type Problem } from '../../activity/problems'
import { useProvider } from '../guide/blocks'
import { keyOf } from '../guide/guide'
import { readProgress, type Progress } from '../guide/progress'
import { useWords, When } from '../guide/words'
import { ProblemList, type ProblemWords } from '../problems/list'
import { setUpPath, type AdminContext } from '../shell/context'

/** Rows that are looked through for the latest problems, of which so many are shown. */
const latestRows = 20
const shownBeside = 3

/** What has arrived, and the latest of those that were refused and are not over. */
export interface Arriving {
  readonly progress: Progress
  readonly notTaken: readonly Problem[]
}

export async function readArriving(c: AdminContext) {
  const [progress, page] = await Promise.all([
    readProgress(c),
    readProblems(c.env.DB, c.var.tenant.id, undefined, latestRows),
  ])
  if (!progress.ok) return progress
  if (!page.ok) return page
  const notTaken = page.value.problems.slice(0, shownBeside)
  return { ok: true, value: { progress: progress.value, notTaken } } as const
}

/** Who was sent and refused, for the live check: without it a refused person looks like one who never came. */
export function NotTaken({ progress, notTaken }: Arriving) {
  const words = useWords()
  const problemWords = useProblemWords(progress)
  if (notTaken.length === 0) return null
  return (
    <div class="not-taken">
      <h3>{words.text('live.notTaken')}</h3>
      <ProblemList problems={notTaken} words={problemWords} />
      <p>
        <a href={setUpPath(progress.tenant, '/problems')}>{words.text('live.allProblems')}</a>
      </p>
    </div>
  )
}

/** A problem in the customer's words: what is seen, and what to do in the provider. */
export function useProblemWords({ guide, guides }: Progress): ProblemWords {
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
