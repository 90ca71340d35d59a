/** Limits of the plan that requests have met lately. */
import type { MetLimit } from '../../http/met-limits'
import { Notice } from '../shell/components'
import { Time } from '../shell/time'
import { problemOf } from '../shell/problem'

/** What requests were refused for within a week, whichever tenant they were of. */
export function MetLimits({ limits }: { readonly limits: readonly MetLimit[] }) {
  if (limits.length === 0) return null
  return (
    <Notice state="warn">
      {limits.map(({ limit, at }) => {
        const { title, detail } = problemOf({ kind: 'unavailable', outage: limit })
        return (
          <p>
            Requests were refused about <Time at={at} />. {title}: {detail}
          </p>
        )
      })}
    </Notice>
  )
}
