/** The end of the set-up, and the way back to the product. */
import { finishSetUp } from '../../tenants/set-up'
import { useProvider } from '../guide/blocks'
import type { Tick } from '../guide/guide'
import { useWords } from '../guide/words'
import { authorOf, mayAct, setUpPath, useViewer, type AdminContext } from '../shell/context'
import { Frame } from './frame'
import { Live } from '../guide/live'
import { hasTick, readProgress, type Progress } from '../guide/progress'
import { showInWords, showProblem } from './show'

export async function showDone(c: AdminContext) {
  const read = await readProgress(c)
  if (!read.ok) return showProblem(c, read.error)
  return showInWords(c, <Done progress={read.value} />)
}

/** Finishes the set-up, and leads back to the product if the link says where that is. */
export async function receiveDone(c: AdminContext) {
  const { tenant } = c.var
  const finished = await finishSetUp(c.env.DB, tenant, authorOf(c))
  if (!finished.ok) return showProblem(c, finished.error)
  return c.redirect(setUpPath(tenant, '/status'), 303)
}

const ticks: readonly (readonly [Tick, string])[] = [
  ['token', 'tick.token'],
  ['test', 'tick.test'],
  ['person', 'tick.person'],
  ['team', 'tick.team'],
  ['rule', 'tick.rule'],
]

export function Ticks({ progress }: { readonly progress: Progress }) {
  const words = useWords()
  return (
    <ul class="ticked">
      {ticks.map(([tick, key]) => {
        const isDone = hasTick(progress, tick)
        return (
          <li data-done={String(isDone)}>
            <span aria-hidden="true">{isDone ? '✓' : '○'}</span> {words.text(key)}
            <span class="unseen">: {words.text(isDone ? 'step.done' : 'step.open')}</span>
          </li>
        )
      })}
    </ul>
  )
}

function Done({ progress }: { readonly progress: Progress }) {
  const { tenant, guide } = progress
  const words = useWords()
  const provider = useProvider(guide)
  const viewer = useViewer()
  const isComplete = ticks.every(([tick]) => hasTick(progress, tick))
  const title = words.text(isComplete ? 'done.title' : 'done.almost')
  return (
    <Frame title={title}>
      <h1>{title}</h1>
      <p>{words.nodes(isComplete ? 'done.text' : 'done.missing', { provider })}</p>
      <Ticks progress={progress} />
      <p>{words.nodes('done.next')}</p>
      <Live progress={progress} path={setUpPath(tenant, '/done')} />
      <div class="actions">
        {mayAct(viewer, 'setup') ? (
          <form method="post" action={setUpPath(tenant, '/done')}>
            <button type="submit">{words.text('done.button')}</button>
          </form>
        ) : (
          <a href={setUpPath(tenant, '/status')}>{words.text('tab.status')}</a>
        )}
        {viewer?.returnUrl === undefined ? null : (
          <a href={viewer.returnUrl} target="_top">
            {words.text('frame.back')}
          </a>
        )}
      </div>
    </Frame>
  )
}
