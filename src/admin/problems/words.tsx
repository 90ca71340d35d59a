/** The operator's words for problems; remedies name the screens of the provider. */
import type { Problem } from '../../activity/problems'
import type { Tenant } from '../../tenants/tenant'
import { readAsset } from '../../http/assets'
import type { AdminContext } from '../shell/context'
import { plural } from '../shell/components'
import { Time } from '../shell/time'
import { remedyOf, titleOf } from '../activity/failures'
import { providerOf } from '../guide/caller'
import type { ProblemWords } from './list'

/** Remedies by provider and code. */
export type Remedies = Readonly<Record<string, Readonly<Record<string, string>>>>

export async function readRemedies(c: AdminContext): Promise<Remedies> {
  return (await readAsset<Remedies>(c.env, '/remedies.json')) ?? {}
}

export function remedyFor(problem: Problem, tenant: Tenant, remedies: Remedies): string {
  const provider = problem.cause.provider ?? providerOf(tenant, undefined)
  const known = provider && remedies[provider]
  return known && Object.hasOwn(known, problem.code)
    ? (known[problem.code] ?? '')
    : remedyOf(problem)
}

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
        Since <Time at={firstAt} />, tried {plural(tries, 'time')}
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
