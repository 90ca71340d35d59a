/** The end of the set-up, and the way back to the product. */
import { finishSetUp } from '../../tenants/set-up'
import type { Tenant } from '../../tenants/tenant'
import { useProvider } from '../guide/blocks'
import type { Tick } from '../guide/guide'
import { useWords } from '../guide/words'
import { authorOf, mayAct, setUpPath, useViewer, type AdminContext } from '../shell/context'
import { Frame } from '../customer/frame'
import { formOf } from '../shell/forms'
import { stepToGoOn } from './choose-page'
import { Live } from '../guide/live'
import { hasTick, type Progress } from '../guide/progress'
import { showInWords, showProblem } from '../customer/show'
import { NotTaken, readArriving, type Arriving } from './not-taken'

export async function showDone(c: AdminContext) {
  const read = await readArriving(c)
  if (!read.ok) return showProblem(c, read.error)
  return showInWords(c, <Done {...read.value} />)
}

/** Finishes the set-up. Before any call has come that is a decision of its own, which the form has to say. */
export async function receiveDone(c: AdminContext) {
  const { tenant } = c.var
  const { without } = await formOf(c)
  const read = await readArriving(c)
  if (!read.ok) return showProblem(c, read.error)
  const hasCalled = read.value.progress.lastCall !== undefined
  // Nothing has begun that could be finished.
  if (!hasCalled && tenant.guide === null) return c.redirect(setUpPath(tenant, '/choose'), 303)
  if (!hasCalled && without !== 'calls') {
    return showInWords(c, <Done {...read.value} />, 409)
  }
  const finished = await finishSetUp(c.env.DB, tenant, hasCalled, authorOf(c))
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

function Done(props: Arriving) {
  const { progress } = props
  const { tenant, guide } = progress
  const path = setUpPath(tenant, '/done')
  const words = useWords()
  const provider = useProvider(guide)
  const viewer = useViewer()
  const isComplete = ticks.every(([tick]) => hasTick(progress, tick))
  const hasCalled = progress.lastCall !== undefined
  const [title, text] = isComplete
    ? [words.text('done.title'), 'done.text']
    : hasCalled
      ? [words.text('done.almost'), 'done.missing']
      : [words.text('done.nothing', { provider }), 'done.nothing.text']
  return (
    <Frame title={title}>
      <div id="come" data-live={path}>
        <h1>{title}</h1>
        <p>{words.nodes(text, { provider })}</p>
        <Ticks progress={progress} />
      </div>
      <p>{words.nodes('done.next')}</p>
      <Live progress={progress} path={path}>
        <NotTaken {...props} />
      </Live>
      <div class="actions" id="next" data-live={path}>
        {hasCalled ? null : (
          <a class="button" href={stepToGoOn(progress)}>
            {words.text('status.continue')}
          </a>
        )}
        {mayAct(viewer, 'setup') && (hasCalled || tenant.guide !== null) ? (
          <Finish tenant={tenant} hasCalled={hasCalled} />
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

/** Before any call has come it is a second choice, and says what it does. */
function Finish(props: { readonly tenant: Tenant; readonly hasCalled: boolean }) {
  const { tenant, hasCalled } = props
  const words = useWords()
  return (
    <form method="post" action={setUpPath(tenant, '/done')} data-once>
      {hasCalled ? null : <input type="hidden" name="without" value="calls" />}
      <button type="submit" data-kind={hasCalled ? 'main' : 'quiet'}>
        {words.text(hasCalled ? 'done.button' : 'done.anyway')}
      </button>
    </form>
  )
}
