/** Figures of several databases as one. */
import type { HourCount } from '../../activity/hours'
import type { PeopleOfDay } from '../../attention/days'
import type { LagOfHour } from '../../webhooks/lag'

/** Days of which every database has a figure: others would look like a loss. */
export function sumDays(lists: readonly (readonly PeopleOfDay[])[]): PeopleOfDay[] {
  const [first = [], ...others] = lists
  const byDay = others.map((list) => new Map(list.map((one) => [one.day, one])))
  return first.flatMap((one) => {
    const same = byDay.flatMap((days) => days.get(one.day) ?? [])
    if (same.length < others.length) return []
    return same.reduce(
      (sum, { people, teams }) => ({
        day: sum.day,
        people: sum.people + people,
        teams: sum.teams + teams,
      }),
      one,
    )
  })
}

export function sumHours(lists: readonly (readonly HourCount[])[]): HourCount[] {
  const [first = [], ...others] = lists
  return first.map((one, index) =>
    others.reduce((sum, list) => {
      const other = list[index]
      return {
        at: sum.at,
        changed: sum.changed + (other?.changed ?? 0),
        failed: sum.failed + (other?.failed ?? 0),
        passedOver: sum.passedOver + (other?.passedOver ?? 0),
      }
    }, one),
  )
}

/** The slowest delivery of each hour, in whichever database. */
export function worstOf(lists: readonly (readonly LagOfHour[])[]): LagOfHour[] {
  const byHour = Map.groupBy(lists.flat(), ({ at }) => at)
  return Array.from(byHour, ([at, same]) => ({
    at,
    worst: Math.max(...same.map(({ worst }) => worst)),
  }))
}
