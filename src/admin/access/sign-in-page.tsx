/** The sign-in with the operator's secret or an access code, and the sign-out. */
import { isOperatorSecret } from '../../access/operator-secret'
import { addSession } from '../../access/sessions'
import { openByCode } from '../../access/staff'
import { ok } from '../../result'
import { isAccessCode } from '../../tokens/secret'
import { forgetAttempt, noteAttempt, refuseSecret } from './attempts'
import { homePath, operatorSecretCommand, root, show, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Layout, MessagePage } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Notice, plural } from '../shell/components'
import {
  closeSession,
  findViewer,
  isOn,
  openSession,
  pageAfterSignIn,
  personFromAccess,
} from './session'
import { signIn } from './forms'

const notices = new Map([
  ['signed-out', 'You are signed out.'],
  ['everywhere', 'All operators are signed out, everywhere.'],
  [
    'unsaved',
    'Your session had ended when the form was sent: nothing was done, and nothing of it was saved. Sign in: it leads back to the page of the form, where you enter it once more.',
  ],
])

export async function showSignIn(c: AdminContext) {
  const next = pageAfterSignIn(c.req.query('next'))
  if (!isOn(c)) return show(c, <SwitchedOff command={operatorSecretCommand(c)} />, 503)
  const found = await findViewer(c)
  if (!found.ok) return showRefusal(c, found.error)
  const { viewer } = found.value
  const person = viewer ? undefined : await personFromAccess(c)
  if (!viewer && !c.env.ADMIN_TOKEN) return show(c, <AccessOnly person={person} />, 403)
  const notice = notices.get(c.req.query('done') ?? '')
  // Whoever visits a tenant has come here for a page of operators, or for the first page there is.
  const isWanted = viewer?.tenant === undefined || (next === root && notice === undefined)
  if (viewer && isWanted) return c.redirect(next === root ? homePath(viewer) : next, 303)
  const error = person === undefined ? undefined : withoutRole(person)
  return show(c, <SignIn next={next} notice={notice} error={error} />)
}

export async function receiveSignIn(c: AdminContext) {
  const expected = c.env.ADMIN_TOKEN
  if (!expected) return show(c, <SwitchedOff command={operatorSecretCommand(c)} />, 503)
  const form = signIn.safeParse(await formOf(c))
  const next = pageAfterSignIn(form.data?.next)
  const wait = await noteAttempt(c, 'operator')
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    return show(c, <SignIn next={next} error={waitText(wait)} />, 429)
  }
  const opened = await openWith(c, form.data?.secret ?? '', expected)
  if (!opened.ok) return showRefusal(c, opened.error)
  if (opened.value) {
    forgetAttempt(c, 'operator')
    return c.redirect(next, 303)
  }
  await refuseSecret(c, 'console')
  const text =
    'This is neither the operator secret (the value of ADMIN_TOKEN) nor a live access code.'
  return show(c, <SignIn next={next} error={text} />, 403)
}

/** Opens a session with the operator's secret or an access code; undefined for anything else. */
async function openWith(c: AdminContext, given: string, expected: string) {
  const { requestId } = c.var
  if (isAccessCode(given)) {
    return openSession(c, c.env, (hash) => openByCode(c.env.DB, given, { hash, requestId }))
  }
  if (!(await isOperatorSecret(given, expected))) return ok(undefined)
  const author = { actor: 'operator', role: 'owner', requestId } as const
  return openSession(c, c.env, (hash) => addSession(c.env.DB, hash, author))
}

export async function receiveSignOut(c: AdminContext) {
  const closed = await closeSession(c)
  if (!closed.ok) return showRefusal(c, closed.error)
  // Access signs its people out itself.
  if (c.var.viewer?.isFromAccess) return c.redirect('/cdn-cgi/access/logout', 303)
  if (c.var.viewer?.tenant) return c.redirect(`${root}/open?ended=out`, 303)
  return c.redirect(`${root}/sign-in?done=signed-out`, 303)
}

function waitText(seconds: number): string {
  return `Too many attempts. Try again in ${plural(Math.ceil(seconds / 60), 'minute')}.`
}

function SignIn(props: {
  readonly next: string
  readonly error?: string | undefined
  readonly notice?: string | undefined
}) {
  return (
    <Layout title="Sign in" isOpen>
      <section class="card narrow">
        <h1>Sign in</h1>
        {props.notice ? <Notice state="good">{props.notice}</Notice> : null}
        {props.error ? <Notice state="bad">{props.error}</Notice> : null}
        <form method="post" action={`${root}/sign-in`}>
          <input type="hidden" name="next" value={props.next} />
          <Field
            name="secret"
            label="Operator secret or access code"
            type="password"
            hint="The value of ADMIN_TOKEN of this deployment, or the code that an owner gave you."
            isRequired
            more={{ autocomplete: 'current-password' }}
          />
          <button type="submit">Sign in</button>
        </form>
        <p class="hint after">
          Were you given a link to the console? Open it again: what it opened has ended.
        </p>
      </section>
    </Layout>
  )
}

function SwitchedOff(props: { readonly command: string }) {
  return (
    <MessagePage
      title="The console is off"
      text={`This deployment has no operator secret. Set one: ${props.command}`}
      isOpen
    />
  )
}

/** What somebody reads whom Cloudflare Access let in, and whom nobody here knows. */
function withoutRole(person: string): string {
  return `Cloudflare Access let in ${person}, who has no role here. An owner gives one on the page Operators.`
}

function AccessOnly({ person }: { readonly person: string | undefined }) {
  return (
    <MessagePage
      title={person === undefined ? 'Sign in with Cloudflare Access' : 'No role'}
      text={
        person === undefined
          ? 'This console is opened by Cloudflare Access alone. Use the address that Access protects.'
          : withoutRole(person)
      }
      isOpen
    />
  )
}
