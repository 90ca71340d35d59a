/** The deletion of a tenant, which its typed slug confirms. */
import { authorOf, root, show, tenantPath, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { TenantLayout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { Field, Notice, plural, type FieldErrors } from '../shell/components'
import { readWork, type Work } from '../../attention/work'
import type { Tenant } from '../../tenants/tenant'
import { WorkList } from '../work/list'
import { removeTenant } from '../../tokens/commands'

export async function showDeletion(c: AdminContext) {
  const { tenant } = c.var
  const now = Date.now()
  const work = await readWork(c.env.DB, tenant.id, now)
  if (!work.ok) return showRefusal(c, work.error)
  const going = work.value.filter(({ kind }) => kind === 'deletion')
  return show(c, <Deletion tenant={tenant} errors={new Map()} work={going} now={now} />)
}

export async function receiveDeletion(c: AdminContext) {
  const { tenant } = c.var
  const { slug } = await formOf(c)
  if (slug?.trim() !== tenant.slug) {
    const errors = new Map([['slug', `Type ${tenant.slug} to delete this tenant.`]])
    return show(c, <Deletion tenant={tenant} errors={errors} work={[]} now={Date.now()} />, 422)
  }
  const removed = await removeTenant(c.env, tenant, authorOf(c))
  if (!removed.ok) return showRefusal(c, removed.error)
  // The page shows that there is more to delete, with a button to go on.
  return c.redirect(removed.value ? `${root}?done=deleted` : tenantPath(tenant, '/delete'), 303)
}

function Deletion(props: {
  readonly tenant: Tenant
  readonly errors: FieldErrors
  readonly work: readonly Work[]
  readonly now: number
}) {
  const { tenant, errors, work, now } = props
  return (
    <TenantLayout tenant={tenant} section="settings" title="Delete the tenant">
      {tenant.deletingAt === null ? null : (
        <Notice state="warn">
          The deletion has begun, and there is more to delete. It goes on by itself every five
          minutes, also when you leave; here you can go on at once.
        </Notice>
      )}
      <WorkList work={work} now={now} />
      <section class="card narrow">
        <h1>Delete {tenant.name}?</h1>
        <p>
          {plural(tenant.userCount, 'user')}, {plural(tenant.teamCount, 'team')}, all tokens, links,
          settings and logs of this tenant are deleted. It can't be undone. The identity provider is
          refused from then on.
        </p>
        <form method="post" action={tenantPath(tenant, '/delete')}>
          <Field
            name="slug"
            label="Slug of the tenant"
            hint={`Type ${tenant.slug} to confirm.`}
            errors={errors}
            isRequired
            more={{ maxlength: 63, autocomplete: 'off', autocapitalize: 'none', spellcheck: false }}
          />
          <div class="actions">
            <button type="submit" data-kind="danger">
              Delete tenant
            </button>
            <a href={tenantPath(tenant, '/settings')}>Keep it</a>
          </div>
        </form>
      </section>
    </TenantLayout>
  )
}
