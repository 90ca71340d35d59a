/** Lines of the log that say the same, one after the other, as one. */
import type { Activity } from '../../activity/rows'

export interface GroupedActivity {
  /** The latest. */
  readonly activity: Activity
  readonly count: number
  /** Time of the earliest. */
  readonly since: number
}

/** Same requests that changed nothing, for the same reason, are one line; changes never are. */
export function groupEqual(list: readonly Activity[]): GroupedActivity[] {
  const groups: GroupedActivity[] = []
  for (const activity of list) {
    const last = groups.at(-1)
    if (last && keyOf(last.activity) !== undefined && keyOf(last.activity) === keyOf(activity)) {
      groups[groups.length - 1] = { ...last, count: last.count + 1, since: activity.at }
    } else groups.push({ activity, count: 1, since: activity.at })
  }
  return groups
}

function keyOf({ failure, request, cause }: Activity): string | undefined {
  const tried = failure ?? request
  return tried && JSON.stringify([tried, cause.passedOver, cause.tokenId])
}
