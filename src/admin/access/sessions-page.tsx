/** The sessions of operators, and the button that ends them all. */
import { endOperatorSessions, listOperatorSessions, type OpenSession } from '../../access/sessions'
import { authorOf, root, show, type AdminContext } from '../shell/context'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { plural, Table } from '../shell/components'
import { Time } from '../shell/time'

export async function showSessions(c: AdminContext) {
  const found = await listOperatorSessions(c.env.DB)
  return found.ok ? show(c, <Sessions sessions={found.value} />) : showRefusal(c, found.error)
}

export async function receiveSignOutEverywhere(c: AdminContext) {
  const ended = await endOperatorSessions(c.env.DB, authorOf(c))
  if (!ended.ok) return showRefusal(c, ended.error)
  return c.redirect(`${root}/sign-in?done=everywhere`, 303)
}

function Sessions({ sessions }: { readonly sessions: readonly OpenSession[] }) {
  return (
    <Layout title="Sessions" here={{ page: 'Sessions' }}>
      <h1>Sessions</h1>
      <section class="card" aria-labelledby="operators">
        <h2 id="operators">Operators</h2>
        <p>
          {plural(sessions.length, 'session')}. Each ends by itself after eight hours, and when the
          operator secret changes.
        </p>
        <Table
          caption="Sessions of operators"
          columns={['Who', 'Role', 'Signed in', 'Ends']}
          rows={sessions.map(({ actor, role, createdAt, expiresAt }) => [
            actor,
            role,
            <Time at={createdAt} />,
            <Time at={expiresAt} />,
          ])}
        />
        <form method="post" action={`${root}/sessions/end`} class="after">
          <button type="submit" data-kind="danger">
            Sign out everywhere
          </button>
        </form>
      </section>
    </Layout>
  )
}
