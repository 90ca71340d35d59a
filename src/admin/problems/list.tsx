/** Problems as a list: one line for each person or team, in the words that it is given. */
import type { Child } from 'hono/jsx'
import type { Problem } from '../../activity/problems'
import { Badge } from '../shell/components'

/** The words of the list, in whatever language. */
export interface ProblemWords {
  /** "missing" or "out of date". */
  readonly state: (problem: Problem) => string
  /** Why the latest request was refused, in a few words. */
  readonly cause: (problem: Problem) => string
  /** What somebody does about it at the provider. */
  readonly remedy: (problem: Problem) => Child
  /** "Since …, tried 3 times, last …". */
  readonly since: (problem: Problem) => Child
  /** In place of a list that is empty. */
  readonly none: string
}

export function ProblemList(props: {
  readonly problems: readonly Problem[]
  readonly words: ProblemWords
  /** Address of a page about a problem; without it names are text. */
  readonly path?: (problem: Problem) => string
}) {
  const { problems, words, path } = props
  if (problems.length === 0) return <p class="empty">{words.none}</p>
  return (
    <ul class="groups problems">
      {problems.map((problem) => (
        <li>
          <p>
            <Badge state={problem.presentId === null ? 'bad' : 'warn'}>
              {words.state(problem)}
            </Badge>{' '}
            <strong class="subject">
              {path ? <a href={path(problem)}>{nameOf(problem)}</a> : nameOf(problem)}
            </strong>
          </p>
          <p>{words.cause(problem)}</p>
          <p class="remedy">{words.remedy(problem)}</p>
          <p class="hint">{words.since(problem)}</p>
        </li>
      ))}
    </ul>
  )
}

/** The name of whom it is about; a request that names nobody has its method and path. */
export function nameOf({ name, resourceId, externalId, method, path }: Problem): string {
  return name ?? resourceId ?? externalId ?? `${method} ${path}`
}
