/** Refusals as pages. */
import type { Fault } from '../../http/exactly'
import { show, type AdminContext } from './context'
import { pageOfForm } from './headers'
import { MessagePage } from './layout'
import { problemOf, problems, type AdminRefusal } from './problem'

export function showNotFound(c: AdminContext) {
  const text = 'There is no such page. What it showed may have been deleted.'
  return show(c, <MessagePage title="Not found" text={text} />, 404)
}

export function showRefusal(c: AdminContext, refusal: AdminRefusal) {
  if (refusal.kind === 'target') return showNotFound(c)
  const { title, detail, status } = problemOf(refusal)
  return show(c, <MessagePage title={title} text={detail} anew={pageToRenew(c, refusal)} />, status)
}

/** The page for an address with a parameter that cannot be taken for absent: more would be shown than was asked for. */
export function showBadQuery(c: AdminContext, [fault]: readonly Fault[]) {
  const text = `"${fault?.path[0]}" ${fault?.detail}. Nothing is shown, since it would be something else. Go back and choose again.`
  return show(
    c,
    <MessagePage title={problems.invalid.title} text={text} isOpen={c.var.viewer === undefined} />,
    problems.invalid.status,
  )
}

const outlived: ReadonlySet<AdminRefusal['kind']> = new Set([
  'deletedSince',
  'ended',
  'oldForm',
  'version',
])

/** The page of a form that is no longer good for anything; undefined for other refusals, and where it is unknown. */
export function pageToRenew(c: AdminContext, { kind }: AdminRefusal): string | undefined {
  return outlived.has(kind) ? pageOfForm(c) : undefined
}
