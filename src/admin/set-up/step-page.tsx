/** One step of the set-up on a page, with the tenant's own values. */
import { baseUrlFor } from '../../http/path'
import { issueToken } from '../../tokens/commands'
import { isLive } from '../../tokens/limited-credential'
import { Blocks, Copyable, useProvider } from '../guide/blocks'
import type { Guide, Step } from '../guide/guide'
import { useWords, When } from '../guide/words'
import { authorOf, mayAct, setUpPath, useViewer, type AdminContext } from '../shell/context'
import { FormNumber } from '../shell/components'
import { formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { serverOf } from '../guide/server'
import { tokenForm } from '../tokens/forms'
import { Frame } from '../customer/frame'
import { Live } from '../guide/live'
import { guideNamed, isTicked } from '../guide/progress'
import { showInWords, showProblem } from '../customer/show'
import { NotTaken, readArriving, type Arriving } from './not-taken'

interface Place extends Arriving {
  readonly guide: Guide
  readonly step: Step
}

interface StepProps extends Place {
  readonly baseUrl: string
  readonly tokenUrl: string
  readonly token?: string
  readonly isFull?: boolean
}

export async function showStep(c: AdminContext) {
  const place = await placeOf(c)
  if (!('guide' in place)) return place
  const token = await takeOnce(c)
  return showPlace(c, place, 200, token === undefined ? {} : { token })
}

/** The page of its step shows the token once; nobody can read it later. */
export async function receiveStepToken(c: AdminContext) {
  const place = await placeOf(c)
  if (!('guide' in place)) return place
  const { form: number, ...fields } = await formOf(c)
  const label = place.guide.title || 'SCIM'
  const form = tokenForm.safeParse({ label, days: fields['days'] })
  if (!form.success) return showPlace(c, place, 422, {})
  const secret = await secretOfForm(c, number, fields)
  if (!secret.ok) return showProblem(c, secret.error)
  const issued = await issueToken(c.env, c.var.tenant, form.data, authorOf(c), secret.value)
  if (issued.ok) return redirectWith(c, stepPath(place, place.step), issued.value.token)
  // A form whose token has ended since makes none again: the page of the step has a new form.
  if (issued.error.kind === 'ended') return c.redirect(stepPath(place, place.step), 303)
  if (issued.error.kind !== 'tooManyTokens') return showProblem(c, issued.error)
  return showPlace(c, place, 409, { isFull: true })
}

/** Leads from the address of the form, where a refusal of it is shown, to its step: in another language, or anew. */
export function leaveStepToken(c: AdminContext) {
  const { pathname, search } = new URL(c.req.url)
  return c.redirect(`${pathname.replace(/\/token$/, '')}${search}`, 303)
}

async function placeOf(c: AdminContext): Promise<Place | Response> {
  const read = await readArriving(c)
  if (!read.ok) return showProblem(c, read.error)
  const { progress, notTaken } = read.value
  const guide = guideNamed(progress.guides, c.req.param('guide') ?? '')
  const step = guide?.steps.find(({ id }) => id === c.req.param('step'))
  if (!guide || !step) return c.redirect(setUpPath(c.var.tenant, '/choose'), 303)
  return { progress: { ...progress, guide }, notTaken, guide, step }
}

function showPlace(
  c: AdminContext,
  place: Place,
  status: 200 | 409 | 422,
  more: { readonly token?: string; readonly isFull?: boolean },
) {
  const baseUrl = baseUrlFor(c.req.url, c.var.tenant.slug)
  const { tokenUrl } = serverOf(c)
  const page = <StepPage {...place} baseUrl={baseUrl} tokenUrl={tokenUrl} {...more} />
  return showInWords(c, page, status)
}

function StepPage(props: StepProps) {
  const { progress, guide, step, baseUrl, token } = props
  const { tenant, guides } = progress
  const words = useWords()
  const title = words.text(step.title)
  const index = guide.steps.indexOf(step)
  const [before, after] = [guide.steps[index - 1], guide.steps[index + 1]]
  const tokenPart = <Token {...props} />
  const clientsPath = (page: string) => setUpPath(tenant, page)
  const addresses = { baseUrl, tokenUrl: props.tokenUrl, clientsPath }
  const shown = { guide, guides, tenant, ...addresses, token, prefix: step.id, tokenPart }
  return (
    <Frame title={title}>
      <Steps {...props} index={index} />
      <h1>{title}</h1>
      <div class="guide">
        <Blocks blocks={step.blocks} shown={shown} />
      </div>
      <Live progress={progress} path={stepPath(props, step)}>
        <NotTaken {...props} />
      </Live>
      <nav class="actions" aria-label={words.text('step.all')}>
        {after ? (
          <a class="button" href={stepPath(props, after)}>
            {words.text('step.next', { title: words.text(after.title) })}
          </a>
        ) : (
          <a class="button" href={setUpPath(tenant, '/done')}>
            {words.text('step.finish')}
          </a>
        )}
        {before ? (
          <a href={stepPath(props, before)}>{words.text('step.back')}</a>
        ) : (
          <a href={setUpPath(tenant, '/choose')}>{words.text('step.change')}</a>
        )}
      </nav>
    </Frame>
  )
}

function stepPath({ progress, guide }: Place, { id }: Step): string {
  return setUpPath(progress.tenant, `/steps/${guide.name}/${id}`)
}

/** All steps in a row, each with what has been seen of it. */
function Steps(props: Place & { readonly index: number }) {
  const { progress, guide, step, index } = props
  const words = useWords()
  const count = { number: index + 1, all: guide.steps.length }
  return (
    <nav
      class="steps"
      aria-label={words.text('step.all')}
      id="steps"
      data-live={stepPath(props, step)}
    >
      <p>
        {guide.title ? `${guide.title} · ` : ''}
        {words.text('step.count', count)}
      </p>
      <ol>
        {guide.steps.map((each) => {
          const isDone = isTicked(progress, each)
          return (
            <li>
              <a
                href={stepPath(props, each)}
                data-done={String(isDone)}
                title={words.text(each.title)}
                {...(each === step ? { 'aria-current': 'step' as const } : {})}
              >
                <span aria-hidden="true">{isDone ? '✓' : guide.steps.indexOf(each) + 1}</span>
                <span class="unseen">
                  {words.text(each.title)}: {words.text(isDone ? 'step.done' : 'step.open')}
                </span>
              </a>
            </li>
          )
        })}
      </ol>
    </nav>
  )
}

const lifetimes = [
  ['', 'token.never'],
  ['365', 'token.year'],
  ['180', 'token.halfYear'],
  ['90', 'token.quarter'],
] as const

/** The token: shown once, or the form that makes one. */
function Token(props: StepProps) {
  const { progress, guide, token } = props
  const { tenant, tokens, now } = progress
  const words = useWords()
  const provider = useProvider(guide)
  const isAllowed = mayAct(useViewer(), 'setup')
  const latest = tokens.findLast((each) => isLive(each, now))
  if (token !== undefined) {
    return (
      <div class="notice" data-state="good" role="status">
        <p>{words.nodes('token.shown', { tenant: tenant.name })}</p>
        <p>
          <b>{words.text('token.label')}</b> <Copyable id="new-token" value={token} />
        </p>
      </div>
    )
  }
  return (
    <div class="card">
      {props.isFull ? <p class="error">{words.text('token.full')}</p> : null}
      <p>
        {latest
          ? words.nodes('token.exists', { at: <When at={latest.createdAt} /> })
          : words.nodes('token.needed', { provider })}
      </p>
      {isAllowed ? (
        <form
          method="post"
          action={`${stepPath(props, props.step)}/token`}
          class="inline"
          data-once
        >
          <FormNumber />
          <label for="days">{words.text('token.expires')}</label>
          <select id="days" name="days">
            {lifetimes.map(([days, key]) => (
              <option value={days}>{words.text(key)}</option>
            ))}
          </select>
          <button type="submit">{words.text(latest ? 'token.makeAnother' : 'token.make')}</button>
        </form>
      ) : (
        <p class="hint">{words.text('choose.readOnly')}</p>
      )}
    </div>
  )
}
