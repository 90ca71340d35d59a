/** The question before something of a tenant is lost: what it means, the button that does it, the way back. */
import type { Child } from 'hono/jsx'
import type { Tenant } from '../../tenants/tenant'
import { TenantLayout } from './layout'
import type { Section } from './navigation'

export function Question(props: {
  readonly tenant: Tenant
  readonly section: Section
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
}) {
  const { tenant, section, title, question, action, button, back, fields, children } = props
  return (
    <TenantLayout tenant={tenant} section={section} title={title}>
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
    </TenantLayout>
  )
}
