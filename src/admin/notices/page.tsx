/** The addresses that are told of what needs somebody: a webhook, Slack, e-mail. */
import { sendTrial } from '../../attention/send'
import {
  addTarget,
  listTargets,
  maximumTargets,
  removeTarget,
  type NoticeTarget,
} from '../../attention/targets'
import { idOf } from '../../http/id'
import { isLoopbackAllowed, shownTarget } from '../../public-address'
import {
  Badge,
  Field,
  FormNumber,
  Notice,
  Select,
  Table,
  type FieldErrors,
} from '../shell/components'
import { Time } from '../shell/time'
import { authorOf, root, show, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { redirectWith, secretOfForm, takeOnce } from '../shell/once'
import { Layout } from '../shell/layout'
import { showNotFound, showRefusal } from '../shell/refusal'
import { targetTexts } from '../webhooks/forms'
import { NewSecret } from '../webhooks/endpoint-form'
import { errorText, isErrorName } from '../webhooks/health'
import { newNoticeTarget } from './forms'

const path = `${root}/notices`
const received = 'received'

interface Shown {
  readonly entered?: { readonly kind: string; readonly url: string; readonly errors: FieldErrors }
  readonly secret?: string
  readonly notice?: string
  readonly problem?: string
}

export async function showNotices(c: AdminContext) {
  const secret = await takeOnce(c)
  return showPage(c, 200, {
    ...trialShown(c.req.query('trial') ?? ''),
    ...(secret === undefined ? {} : { secret }),
  })
}

export async function receiveNoticeTarget(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const { kind = '', url = '' } = fields
  const again = (errors: FieldErrors) => showPage(c, 422, { entered: { kind, url, errors } })
  const form = newNoticeTarget.safeParse(fields)
  if (!form.success) return again(errorsOf(form.error))
  const given = await secretOfForm(c, number, fields)
  if (!given.ok) return showRefusal(c, given.error)
  const isLoopbackTarget = isLoopbackAllowed(c.env)
  const added = await addTarget(c.env, form.data, authorOf(c), isLoopbackTarget, given.value)
  if (added.ok) return redirectWith(c, path, added.value.secret)
  const { error } = added
  if (error.kind === 'badTarget') return again(new Map([['url', targetTexts[error.reason]]]))
  if (error.kind !== 'tooManyTargets') return showRefusal(c, error)
  return again(
    new Map([['url', `There are ${maximumTargets} addresses already. Delete one first.`]]),
  )
}

export async function receiveNoticeTest(c: AdminContext) {
  const targets = await listTargets(c.env.DB)
  if (!targets.ok) return showRefusal(c, targets.error)
  const target = targets.value.find(({ id }) => id === idOf(c))
  if (!target) return showNotFound(c)
  const trial = (await sendTrial(c.env, target, Date.now())) ?? received
  return c.redirect(`${path}?trial=${encodeURIComponent(trial)}`, 303)
}

/** What became of a test, in the address of the page: reloading sends nothing again. */
function trialShown(trial: string): Shown {
  if (trial === received) return { notice: 'The test was received.' }
  return isErrorName(trial) ? { problem: `The test was not received: ${errorText(trial)}.` } : {}
}

export async function receiveNoticeDeletion(c: AdminContext) {
  const removed = await removeTarget(c.env.DB, idOf(c), authorOf(c))
  return removed.ok ? c.redirect(path, 303) : showRefusal(c, removed.error)
}

async function showPage(c: AdminContext, status: 200 | 422, shown: Shown) {
  const targets = await listTargets(c.env.DB)
  if (!targets.ok) return showRefusal(c, targets.error)
  const { EMAIL, NOTICES_FROM, NOTICES_TO } = c.env
  const mail = EMAIL && NOTICES_FROM && NOTICES_TO ? NOTICES_TO : undefined
  return show(c, <Notices targets={targets.value} mail={mail} {...shown} />, status)
}

function Notices(
  props: Shown & { readonly targets: readonly NoticeTarget[]; readonly mail: string | undefined },
) {
  const { targets, mail, secret, notice, problem, entered } = props
  return (
    <Layout title="Notices" here={{ page: 'Notices' }}>
      <h1>Notices</h1>
      <p class="lead">
        What needs somebody is sent here as well, within five minutes and once each: names of
        tenants and counts, nothing of their people.
      </p>
      {notice ? <Notice state="good">{notice}</Notice> : null}
      {problem ? <Notice state="bad">{problem}</Notice> : null}
      {secret === undefined || secret === '' ? null : <NewSecret secret={secret} />}
      <section class="card" aria-labelledby="targets">
        <h2 id="targets">Addresses</h2>
        {targets.length === 0 ? (
          <p class="empty">None yet.</p>
        ) : (
          <Table
            caption="Addresses"
            columns={['Address', 'Kind', 'Last message', '']}
            rows={targets.map((target) => [
              <span class="wrap">{addressOf(target)}</span>,
              target.kind === 'slack' ? 'Slack' : 'Webhook',
              <Last target={target} />,
              <div class="actions">
                <Act target={target} what="test" label="Send a test" />
                <Act target={target} what="delete" label="Delete" />
              </div>,
            ])}
          />
        )}
        <p class="hint after">
          {mail
            ? `By e-mail to ${mail}.`
            : 'E-mail is off: it takes a binding EMAIL (send_email) and the variables NOTICES_FROM and NOTICES_TO.'}
        </p>
      </section>
      <section class="card" aria-labelledby="add">
        <h2 id="add">Add an address</h2>
        <form method="post" action={path} class="filters" data-fields="2">
          <FormNumber />
          <Field
            name="url"
            label="Address"
            hint="A public address with https."
            value={entered?.url ?? ''}
            errors={entered?.errors ?? new Map()}
            isRequired
            more={{ maxlength: 2_000, autocomplete: 'off', inputmode: 'url' }}
          />
          <Select
            name="kind"
            label="Kind"
            value={entered?.kind ?? 'webhook'}
            options={[
              ['webhook', 'Webhook'],
              ['slack', 'Slack'],
            ]}
          />
          <button type="submit">Add</button>
        </form>
      </section>
    </Layout>
  )
}

/** The address of Slack is a secret itself: its host is enough to know it by. */
function addressOf({ kind, url }: NoticeTarget): string {
  return kind === 'slack' ? `${new URL(url).origin}/…` : shownTarget(url)
}

function Last({ target: { lastAt, lastError } }: { readonly target: NoticeTarget }) {
  if (lastAt === null) return <span>None yet</span>
  return (
    <span>
      <Time at={lastAt} />{' '}
      {lastError === null ? null : <Badge state="bad">Not received: {errorText(lastError)}</Badge>}
    </span>
  )
}

function Act(props: {
  readonly target: NoticeTarget
  readonly what: 'test' | 'delete'
  readonly label: string
}) {
  const { target, what, label } = props
  return (
    <form method="post" action={`${path}/${target.id}/${what}`}>
      <button type="submit" data-kind="plain">
        {label}
        <span class="unseen"> {addressOf(target)}</span>
      </button>
    </form>
  )
}
