/** The operator's words for problems; remedies name the screens of the provider. */
import type { Problem } from '../../activity/problems'
import type { Tenant } from '../../tenants/tenant'
import { plural } from '../shell/components'
import { Time } from '../shell/time'
import { titleOf } from '../activity/failures'
import { remedyFor, type Remedies } from '../activity/remedies'
import type { ProblemWords } from './list'

/** "missing", "out of date", or "refused" for what names nobody. */
export function stateOf({ kind, presentId }: Problem): string {
  if (kind === 'request') return 'refused'
  return presentId === null ? 'missing' : 'out of date'
}

export function causeOf({ kind, code, status }: Problem): string {
  const of = { user: 'Person', team: 'Team', request: 'Request' }[kind]
  return `${of} · ${titleOf(code)} (${code}, status ${status})`
}

export function operatorWords(tenant: Tenant, remedies: Remedies): ProblemWords {
  return {
    state: stateOf,
    cause: causeOf,
    remedy: (problem) => `What to do: ${remedyFor(problem, tenant, remedies)}`,
    since: ({ firstAt, lastAt, tries }) => (
      <>
        Since <Time at={firstAt} />, tried {tries === 1 ? 'once' : plural(tries, 'time')}
        {tries === 1 ? null : (
          <>
            , last <Time at={lastAt} />
          </>
        )}
      </>
    ),
    none: 'Nobody is missing, and nobody is out of date.',
  }
}
