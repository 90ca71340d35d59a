/** The first page of a link: the choice of the provider, or where the set-up has got to. */
import { authorOf, mayAct, setUpPath, useViewer, type AdminContext } from '../shell/context'
import { formOf } from '../shell/forms'
import { chooseGuide } from '../../tenants/set-up'
import type { Tenant } from '../../tenants/tenant'
import { readGuides, type Guides } from '../guide/guide'
import { useWords } from '../guide/words'
import { Frame } from '../customer/frame'
import { guideNamed, isTicked, readProgress, type Progress } from '../guide/progress'
import { showInWords, showProblem } from '../customer/show'

/** Leads to the status of a tenant that is in use, else to the step that is next. */
export async function showStart(c: AdminContext) {
  const read = await readProgress(c)
  if (!read.ok) return showProblem(c, read.error)
  return c.redirect(nextPath(read.value), 303)
}

export async function showChoice(c: AdminContext) {
  const guides = await readGuides(c)
  return showInWords(c, <Choice tenant={c.var.tenant} guides={guides} />)
}

export async function receiveChoice(c: AdminContext) {
  const { tenant } = c.var
  const { guide: name = '' } = await formOf(c)
  const guide = guideNamed(await readGuides(c), name)
  if (!guide) return c.redirect(setUpPath(tenant, '/choose'), 303)
  const chosen = await chooseGuide(c.env.DB, tenant, guide.name, authorOf(c))
  if (!chosen.ok) return showProblem(c, chosen.error)
  return c.redirect(setUpPath(tenant, `/steps/${guide.name}/${guide.steps[0]?.id ?? ''}`), 303)
}

/** The page that a set-up goes on with. */
export function nextPath(progress: Progress): string {
  const { tenant } = progress
  const isInUse = tenant.guide === null && tenant.userCount > 0
  return tenant.setUpAt !== null || isInUse ? setUpPath(tenant, '/status') : stepToGoOn(progress)
}

/** The step that is next, or the choice of the provider. */
export function stepToGoOn(progress: Progress): string {
  const { tenant, guides } = progress
  const guide = guideNamed(guides, tenant.guide)
  if (!guide) return setUpPath(tenant, '/choose')
  const step = guide.steps.find((each) => !isTicked(progress, each))
  return setUpPath(tenant, step ? `/steps/${guide.name}/${step.id}` : '/done')
}

function Choice({ tenant, guides }: { readonly tenant: Tenant; readonly guides: Guides }) {
  const words = useWords()
  const mayChoose = mayAct(useViewer(), 'setup')
  return (
    <Frame title={words.text('choose.title')}>
      <h1>{words.text('choose.title')}</h1>
      <p>
        {words.nodes('choose.text', { tenant: tenant.name })} {words.text('choose.needs')}
      </p>
      {mayChoose ? null : <p class="hint">{words.text('choose.readOnly')}</p>}
      <form method="post" action={setUpPath(tenant, '/choose')} class="providers">
        {guides.guides
          .filter(({ isForCustomers }) => isForCustomers)
          .map(({ name, title, steps }) =>
            mayChoose ? (
              <button type="submit" name="guide" value={name} data-kind="tile">
                {title || words.text('choose.other')}
              </button>
            ) : (
              <a class="tile" href={setUpPath(tenant, `/steps/${name}/${steps[0]?.id ?? ''}`)}>
                {title || words.text('choose.other')}
              </a>
            ),
          )}
      </form>
    </Frame>
  )
}
