/** The sign-in with the operator's secret, and the sign-out. */
import { isOperatorSecret } from '../../access/operator-secret'
import { addSession } from '../../access/sessions'
import { noteAttempt, refuseSecret } from './attempts'
import { homePath, operatorSecretCommand, root, show, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { Layout, MessagePage } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Notice, plural } from '../shell/components'
import { closeSession, findViewer, isOn, openSession, pageAfterSignIn } from './session'
import { signIn } from './forms'

const notices = new Map([
  ['signed-out', 'You are signed out.'],
  ['everywhere', 'All operators are signed out, everywhere.'],
])

export async function showSignIn(c: AdminContext) {
  const next = pageAfterSignIn(c.req.query('next'))
  if (!isOn(c)) return show(c, <SwitchedOff command={operatorSecretCommand(c)} />, 503)
  const viewer = await findViewer(c)
  if (!viewer.ok) return showRefusal(c, viewer.error)
  if (!viewer.value && !c.env.ADMIN_TOKEN) return show(c, <AccessOnly />, 403)
  if (viewer.value) return c.redirect(next === root ? homePath(viewer.value) : next, 303)
  return show(c, <SignIn next={next} notice={notices.get(c.req.query('done') ?? '')} />)
}

export async function receiveSignIn(c: AdminContext) {
  const expected = c.env.ADMIN_TOKEN
  if (!expected) return show(c, <SwitchedOff command={operatorSecretCommand(c)} />, 503)
  const form = signIn.safeParse(await formOf(c))
  const next = pageAfterSignIn(form.data?.next)
  const wait = await noteAttempt(c)
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    return show(c, <SignIn next={next} error={waitText(wait)} />, 429)
  }
  if (!form.success || !(await isOperatorSecret(form.data.secret, expected))) {
    await refuseSecret(c, 'console')
    const text = 'This is not the operator secret. It is the value of ADMIN_TOKEN.'
    return show(c, <SignIn next={next} error={text} />, 403)
  }
  const { requestId } = c.var
  const author = { actor: 'operator', role: 'operator', requestId } as const
  const opened = await openSession(c, c.env, (hash) => addSession(c.env.DB, hash, author))
  return opened.ok ? c.redirect(next, 303) : showRefusal(c, opened.error)
}

export async function receiveSignOut(c: AdminContext) {
  const closed = await closeSession(c)
  if (!closed.ok) return showRefusal(c, closed.error)
  // Access signs its people out itself.
  if (c.var.viewer?.isFromAccess) return c.redirect('/cdn-cgi/access/logout', 303)
  if (c.var.viewer?.tenant) return c.redirect(`${root}/open?ended=1`, 303)
  return c.redirect(`${root}/sign-in?done=signed-out`, 303)
}

function waitText(seconds: number): string {
  return `Too many attempts. Try again in ${plural(Math.ceil(seconds / 60), 'minute')}.`
}

function SignIn(props: {
  readonly next: string
  readonly error?: string
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
            label="Operator secret"
            type="password"
            hint="The value of ADMIN_TOKEN of this deployment."
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

function AccessOnly() {
  return (
    <MessagePage
      title="Sign in with Cloudflare Access"
      text="This console is opened by Cloudflare Access alone. Use the address that Access protects."
      isOpen
    />
  )
}
