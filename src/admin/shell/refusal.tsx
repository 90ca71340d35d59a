/** Refusals as pages. */
import { show, type AdminContext } from './context'
import { MessagePage } from './layout'
import { problemOf, type AdminRefusal } from './problem'

export function showNotFound(c: AdminContext) {
  const text = 'There is no such page. What it showed may have been deleted.'
  return show(c, <MessagePage title="Not found" text={text} />, 404)
}

export function showRefusal(c: AdminContext, refusal: AdminRefusal) {
  if (refusal.kind === 'target') return showNotFound(c)
  const { title, detail, status } = problemOf(refusal)
  return show(c, <MessagePage title={title} text={detail} />, status)
}
