/** Whether it works: health in a sentence, what has arrived, tokens, and the customer's switch. */
import { countedProblems, countProblems } from '../../activity/problems'
import { baseUrlFor } from '../../http/path'
import { idOf } from '../../http/id'
import { changeTenant } from '../../tenants/commands'
import { withdrawToken } from '../../tokens/commands'
import { authorOf, mayAct, setUpPath, useViewer, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Copyable, useProvider } from '../guide/blocks'
import { useWords } from '../guide/words'
import { enabledForm } from '../tokens/forms'
import { stepToGoOn } from './choose-page'
import { TabFrame } from '../customer/frame'
import { Live } from '../guide/live'
import { guideNamed, readProgress, type Progress } from '../guide/progress'
import { showInWords, showProblem } from '../customer/show'
import { Tokens } from './tokens'

export async function showStatus(c: AdminContext) {
  const { tenant } = c.var
  const [read, problems] = await Promise.all([readProgress(c), countProblems(c.env.DB, tenant.id)])
  if (!read.ok) return showProblem(c, read.error)
  if (!problems.ok) return showProblem(c, problems.error)
  const baseUrl = baseUrlFor(c.req.url, tenant.slug)
  const props = { progress: read.value, problems: problems.value, baseUrl }
  return showInWords(c, <Status {...props} />)
}

export async function receiveStatusSwitch(c: AdminContext) {
  const { tenant } = c.var
  const form = enabledForm.safeParse(await formOf(c))
  if (form.success) {
    const change = { customerEnabled: form.data.enabled }
    const changed = await changeTenant(c.env.DB, tenant, change, authorOf(c))
    if (!changed.ok) return showProblem(c, changed.error)
  }
  return c.redirect(setUpPath(tenant, '/status'), 303)
}

export async function receiveStatusRevocation(c: AdminContext) {
  const { tenant } = c.var
  const revoked = await withdrawToken(c.env, tenant, idOf(c), authorOf(c))
  if (!revoked.ok) return showProblem(c, revoked.error)
  return c.redirect(setUpPath(tenant, '/status'), 303)
}

interface StatusProps {
  readonly progress: Progress
  /** People and teams that are missing or out of date. */
  readonly problems: number
  readonly baseUrl: string
}

function Status(props: StatusProps) {
  const { progress, baseUrl } = props
  const { tenant, guides } = progress
  const words = useWords()
  // A tenant that was in use before there was a guide needs none.
  const isInUse = progress.lastCall !== undefined && tenant.userCount > 0
  const isSetUp = tenant.setUpAt !== null || (tenant.guide === null && isInUse)
  const guide = guideNamed(guides, tenant.guide) ?? progress.caller
  const tokenStep = guide?.steps.find(({ blocks }) => blocks.some(({ kind }) => kind === 'token'))
  const number = (count: number) => count.toLocaleString(words.language)
  return (
    <TabFrame tenant={tenant} tab="status">
      <h1>{words.text('status.title')}</h1>
      <Health {...props} />
      {isSetUp && progress.lastCall !== undefined ? null : (
        <p>
          <a class="button" href={stepToGoOn(progress)}>
            {words.text('status.continue')}
          </a>
        </p>
      )}
      <div class="figures">
        <a class="card figure" href={setUpPath(tenant, '/people')}>
          <strong>{number(tenant.userCount)}</strong>{' '}
          {words.counted('status.people', tenant.userCount)}
        </a>
        <p class="card figure">
          <strong>{number(tenant.teamCount)}</strong>{' '}
          {words.counted('status.teams', tenant.teamCount)}
        </p>
      </div>
      <Live progress={progress} path={setUpPath(tenant, '/status')} />
      <section class="card" aria-labelledby="connection">
        <h2 id="connection">{words.text('status.connection')}</h2>
        <dl class="fields">
          <div>
            <dt>{words.text('status.baseUrl')}</dt>
            <dd>
              <Copyable id="base-url" value={baseUrl} />
            </dd>
          </div>
        </dl>
        {guide && isSetUp ? (
          <p>
            <a href={setUpPath(tenant, `/steps/${guide.name}/${guide.steps[0]?.id}`)}>
              {words.text('tab.setUp')}
            </a>
          </p>
        ) : null}
        <h3>{words.text('status.tokens')}</h3>
        <Tokens progress={progress} />
        {guide && tokenStep && isSetUp && mayAct(useViewer(), 'setup') ? (
          <p>
            <a href={setUpPath(tenant, `/steps/${guide.name}/${tokenStep.id}`)}>
              {words.text('token.makeAnother')}
            </a>
          </p>
        ) : null}
        <p>
          <a href={setUpPath(tenant, '/clients')}>{words.text('token.clients')}</a>
        </p>
      </section>
      <Switch progress={progress} />
    </TabFrame>
  )
}

/** The worst of what there is to say, first. */
function Health({ progress, problems }: StatusProps) {
  const { tenant, refused, lastCall, isConfigOnly } = progress
  const words = useWords()
  const provider = useProvider(progress.guide)
  const sentences = [
    ...(tenant.enabled ? [] : [words.text('status.off')]),
    ...(tenant.operatorOff ? [words.nodes('status.offByVendor')] : []),
    ...(tenant.enabled && refused.length > 0 ? [words.nodes('status.refused', { provider })] : []),
    ...(problems > 0
      ? [
          <a href={setUpPath(tenant, '/problems')}>
            {problems === countedProblems
              ? words.text('status.manyProblems', {
                  count: problems.toLocaleString(words.language),
                })
              : words.counted('status.problems', problems)}
          </a>,
        ]
      : []),
    ...(tenant.openHold === null ? [] : [words.nodes('status.held')]),
    ...(lastCall === undefined
      ? [
          tenant.setUpAt === null
            ? words.text('status.notYet')
            : words.nodes('status.notCalled', { provider }),
        ]
      : []),
    ...(isConfigOnly ? [words.nodes('live.configOnly', { provider })] : []),
  ]
  const isGood = sentences.length === 0
  return (
    <div
      class="notice"
      data-state={isGood ? 'good' : tenant.enabled ? 'warn' : 'bad'}
      role="status"
    >
      {isGood ? <p class="health">{words.text('status.good')}</p> : null}
      {sentences.map((sentence) => (
        <p class="health">{sentence}</p>
      ))}
    </div>
  )
}

/** The customer's own switch. That of the operator is not for it. */
function Switch({ progress }: { readonly progress: Progress }) {
  const { tenant } = progress
  const words = useWords()
  if (!mayAct(useViewer(), 'setup')) return null
  return (
    <section class="card" aria-labelledby="switch">
      <h2 id="switch">{words.text('status.switch')}</h2>
      <p>{words.text('status.switchText')}</p>
      <form method="post" action={setUpPath(tenant, '/enabled')} data-once>
        <input type="hidden" name="enabled" value={String(tenant.customerOff)} />
        <button type="submit" data-kind={tenant.customerOff ? 'main' : 'danger'}>
          {words.text(tenant.customerOff ? 'status.switchOn' : 'status.switchOff')}
        </button>
      </form>
    </section>
  )
}
