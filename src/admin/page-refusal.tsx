/** Refusals of the store, as pages. */
import type { TokenRefusal } from './commands'
import { show, type ConsoleContext } from './context'
import { MessagePage } from './layout'
import { problems } from './problem'

export function showNotFound(c: ConsoleContext) {
  const text = 'There is no such page. What it showed may have been deleted.'
  return show(c, <MessagePage title="Not found" text={text} />, 404)
}

export function showRefusal(c: ConsoleContext, refusal: TokenRefusal) {
  switch (refusal.kind) {
    case 'target':
      return showNotFound(c)
    case 'taken':
      return showProblem(c, problems.slugTaken)
    case 'tooManyTokens':
      return showProblem(c, problems.tooManyTokens)
    case 'credential':
    case 'version':
    case 'members':
    case 'unavailable':
      return showProblem(c, problems.unavailable)
  }
}

function showProblem(
  c: ConsoleContext,
  { title, detail, status }: (typeof problems)[keyof typeof problems],
) {
  return show(c, <MessagePage title={title} text={detail} />, status)
}
