/** Signing in with the operator's secret, and out. */
import { isOperator } from '../auth/operator'
import { forgetAttempts, noteAttempt } from './attempts'
import { root, show, type ConsoleContext } from './context'
import { formOf, signIn } from './forms'
import { Layout, MessagePage } from './layout'
import { Field, Notice } from './pieces'
import { closeSession, findViewer, openSession, pageAfterSignIn } from './session'

/** Milliseconds that a wrong secret waits for its answer. */
const delayOfRefusal = 500

export async function showSignIn(c: ConsoleContext) {
  const next = pageAfterSignIn(c.req.query('next'))
  if (!c.env.ADMIN_TOKEN) return show(c, <SwitchedOff />, 503)
  if (await findViewer(c)) return c.redirect(next, 303)
  return show(c, <SignIn next={next} isLeaving={c.req.query('done') === 'signed-out'} />)
}

export async function receiveSignIn(c: ConsoleContext) {
  const expected = c.env.ADMIN_TOKEN
  if (!expected) return show(c, <SwitchedOff />, 503)
  const form = signIn.safeParse(await formOf(c))
  const next = pageAfterSignIn(form.data?.next)
  const address = c.req.header('CF-Connecting-IP') ?? 'this machine'
  const wait = noteAttempt(address, Date.now())
  if (wait > 0) {
    c.header('Retry-After', String(wait))
    const text = `Too many attempts. Try again in ${Math.ceil(wait / 60)} minutes.`
    return show(c, <SignIn next={next} error={text} />, 429)
  }
  if (!form.success || !(await isOperator(`Bearer ${form.data.secret}`, expected))) {
    await new Promise((resolve) => setTimeout(resolve, delayOfRefusal))
    const text = 'This is not the operator secret. It is the value of ADMIN_TOKEN.'
    return show(c, <SignIn next={next} error={text} />, 403)
  }
  forgetAttempts(address)
  await openSession(c, expected)
  return c.redirect(next, 303)
}

export function receiveSignOut(c: ConsoleContext) {
  closeSession(c)
  return c.redirect(`${root}/sign-in?done=signed-out`, 303)
}

function SignIn(props: {
  readonly next: string
  readonly error?: string
  readonly isLeaving?: boolean
}) {
  return (
    <Layout title="Sign in" isOpen>
      <section class="card narrow">
        <h1>Sign in</h1>
        {props.isLeaving ? <Notice state="good">You are signed out.</Notice> : null}
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
      </section>
    </Layout>
  )
}

function SwitchedOff() {
  return (
    <MessagePage
      title="The console is off"
      text="This deployment has no operator secret. Set one: npx wrangler secret put ADMIN_TOKEN."
      isOpen
    />
  )
}
