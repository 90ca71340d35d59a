/** The question before something is lost: what it means, the button that does it, the way back. */
import type { Child } from 'hono/jsx'
import { Layout, TenantLayout } from './layout'
import type { Here } from './navigation'

export function Question(
  props: Here & {
    readonly title: string
    readonly question: string
    /** Address that the form is sent to. */
    readonly action: string
    readonly button: string
    /** Address of the page to return to. */
    readonly back: string
    /** Hidden fields of the form. */
    readonly fields?: Child
    readonly children: Child
  },
) {
  const { title, question, action, button, back, fields, children } = props
  const card = (
    <section class="card narrow">
      <h1>{question}</h1>
      {children}
      <form method="post" action={action}>
        {fields}
        <div class="actions">
          <button type="submit" data-kind="danger">
            {button}
          </button>
          <a href={back}>Keep it</a>
        </div>
      </form>
    </section>
  )
  return 'tenant' in props ? (
    <TenantLayout tenant={props.tenant} section={props.section} title={title}>
      {card}
    </TenantLayout>
  ) : (
    <Layout title={title} here={{ page: props.page }}>
      {card}
    </Layout>
  )
}
