/** The operator's first page: what needs somebody, and all tenants to look through. */
import { readNotices } from '../../attention/notices'
import { readWork } from '../../attention/work'
import { listLines } from '../../attention/listing'
import { databaseNames, eachDatabase, mainName } from '../../database/placement'
import { readMetLimits } from '../../http/met-limits'
import { allOk } from '../../result'
import { makeTenant } from '../../tenants/commands'
import { Notice } from '../shell/components'
import { authorOf, For, show, tenantPath, type AdminContext } from '../shell/context'
import { errorsOf, formOf } from '../shell/forms'
import { Layout } from '../shell/layout'
import { showRefusal } from '../shell/refusal'
import { ageOfForm, timeOfForm } from '../shell/stale/form-number'
import { newTenant } from '../tenants/forms'
import { NewTenant, type TenantDraft } from '../tenants/new-tenant'
import { homeQuery } from './forms'
import { Inbox } from './inbox'
import { WorkList } from '../work/list'
import { MetLimits } from './met-limits'
import { Tenants } from './tenants'

export function showHome(c: AdminContext) {
  return showPage(c, 200)
}

export async function receiveTenant(c: AdminContext) {
  const { form: number, ...fields } = await formOf(c)
  const form = newTenant.safeParse(fields)
  const { name = '', slug = '', profile, database } = fields
  const again = (errors: TenantDraft['errors']) =>
    showPage(c, 422, { name, slug, profile, database, errors })
  if (!form.success) return again(errorsOf(form.error))
  if (ageOfForm(number) === 'old') return showRefusal(c, { kind: 'oldForm' })
  const created = await makeTenant(c.env, form.data, authorOf(c), timeOfForm(number))
  if (created.ok) return c.redirect(tenantPath(created.value, '/connection'), 303)
  if (created.error.kind !== 'taken') return showRefusal(c, created.error)
  return again(new Map([['slug', 'Another tenant has this slug. Choose another one.']]))
}

async function showPage(c: AdminContext, status: 200 | 422, draft?: TenantDraft) {
  const now = Date.now()
  const loaded = await allOk([
    readNotices(c.env, now),
    listLines(c.env),
    allOk(eachDatabase(c.env).map(({ DB }) => readWork(DB, 0, now))),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [notices, tenants, work] = loaded.value
  const limits = await readMetLimits(c.env)
  const query = homeQuery.parse(c.req.query())
  const databases = databaseNames(c.env)
  return show(
    c,
    <Layout title="Home" here={{ page: 'Home' }}>
      <h1>Home</h1>
      {c.req.query('done') === 'deleted' ? (
        <Notice state="good">The tenant is deleted.</Notice>
      ) : null}
      <MetLimits limits={limits} />
      <For least="operator">
        <NewTenant
          draft={draft}
          databases={databases}
          usual={c.env.NEW_TENANTS || mainName}
          isOpen={draft !== undefined || tenants.length === 0}
        />
      </For>
      <Inbox notices={notices} isWhole={query.inbox === 'all'} now={now} />
      <WorkList work={work.flat()} now={now} isOfAll />
      <Tenants {...{ tenants, notices, query, databases, now }} />
    </Layout>,
    status,
  )
}
