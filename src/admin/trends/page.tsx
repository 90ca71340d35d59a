/** Pictures of how a tenant, or all of them, have been doing. */
import { readHours, type HourCount } from '../../activity/hours'
import { readDaysOfPeople, type PeopleOfDay } from '../../attention/days'
import { eachDatabase } from '../../database/placement'
import { listLosing, readLosses } from '../../guard/review/losses'
import { allOk } from '../../result'
import { day, dayNumber } from '../../time'
import {
  attemptsOfAll,
  endpointsOfAll,
  listLate,
  readLag,
  type LagOfHour,
  type LateEndpoint,
} from '../../webhooks/lag'
import { plural, Table } from '../shell/components'
import { Ago } from '../shell/time'
import { show, tenantPath, type AdminContext } from '../shell/context'
import { Layout, TenantLayout } from '../shell/layout'
import { Columns, Line } from '../shell/pictures'
import { showRefusal } from '../shell/refusal'
import { LossMeasure, LossTable } from './losses'
import { sumDays, sumHours, worstOf } from './sum'

const hours = 48

export async function showTrends(c: AdminContext) {
  const { tenant } = c.var
  const now = Date.now()
  const loaded = await allOk([
    readDaysOfPeople(c.env.DB, tenant.id, now),
    readHours(c.env.DB, tenant.id, hours, now),
    readLag(c.env.DB, tenant.id, now - hours * hour),
    readLosses(c.env.DB, tenant, now),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [days, calls, lag, losses] = loaded.value
  const today = { day: dayNumber(now), people: tenant.userCount, teams: tenant.teamCount }
  return show(
    c,
    <TenantLayout tenant={tenant} section="trends">
      <h1>Trends</h1>
      <People days={[...days, today]} />
      <Calls calls={calls} />
      <section class="card" aria-labelledby="lag">
        <h2 id="lag">Delivery lag</h2>
        <Lag lag={lag} now={now} />
      </section>
      <section class="card" aria-labelledby="losses">
        <h2 id="losses">Losses of the hour</h2>
        <LossMeasure label="People" losses={losses} />
        <LossTable of={[{ ...losses, name: tenant.name }]} />
      </section>
    </TenantLayout>,
  )
}

export async function showTrendsOfAll(c: AdminContext) {
  const now = Date.now()
  const homes = eachDatabase(c.env)
  const loaded = await allOk([
    allOk(homes.map(({ DB }) => readDaysOfPeople(DB, 0, now))),
    allOk(homes.map(({ DB }) => readHours(DB, 0, hours / 2, now))),
    allOk(homes.map(({ DB }) => listLate(DB, now))),
    allOk(homes.map(({ DB }) => readLag(DB, 0, now - hours * hour))),
    allOk(homes.map(({ DB }) => listLosing(DB, now))),
  ])
  if (!loaded.ok) return showRefusal(c, loaded.error)
  const [days, calls, late, lag, losing] = loaded.value
  return show(
    c,
    <Layout title="Trends" here={{ page: 'Trends' }}>
      <h1>Trends</h1>
      <People days={sumDays(days)} />
      <Calls calls={sumHours(calls)} />
      <Late late={late.flat()} lag={worstOf(lag)} now={now} />
      <section class="card" aria-labelledby="losses">
        <h2 id="losses">Losses of the hour</h2>
        {losing.flat().length === 0 ? <p class="empty">No tenant has lost anybody.</p> : null}
        {losing.flat().map((losses) => (
          <LossMeasure
            label={<a href={tenantPath(losses, '/holds')}>{losses.name}</a>}
            losses={losses}
          />
        ))}
        <LossTable of={losing.flat()} />
      </section>
    </Layout>,
  )
}

const hour = 3_600_000

function People({ days }: { readonly days: readonly PeopleOfDay[] }) {
  const [first] = days
  const last = days.at(-1)
  return (
    <section class="card" aria-labelledby="people">
      <h2 id="people">People and teams</h2>
      {first && last && days.length > 1 ? (
        <div class="pair">
          {(['people', 'teams'] as const).map((of) => (
            <Line
              series={[
                of === 'people'
                  ? { name: 'People', look: 'changes' }
                  : { name: 'Teams', look: 'third' },
              ]}
              points={days.map((one) => ({ label: dateOf(one.day), values: [one[of]] }))}
              unit="at the end of a day"
              first="Day"
              caption={`${of === 'people' ? 'People' : 'Teams'} day by day`}
              summary={`${of === 'people' ? 'People' : 'Teams'} since ${dateOf(first.day)}: from ${first[of]} to ${last[of]}.`}
            />
          ))}
        </div>
      ) : (
        <p class="empty">
          These are noted every night, from the first night after this version was deployed: there
          is nothing to draw yet.
        </p>
      )}
      {first && days.length > 1 && days.length < 90 ? (
        <p class="hint">Noted since {dateOf(first.day)}.</p>
      ) : null}
    </section>
  )
}

function Calls({ calls }: { readonly calls: readonly HourCount[] }) {
  const total = (of: 'changed' | 'failed' | 'passedOver') =>
    calls.reduce((sum, one) => sum + one[of], 0)
  return (
    <section class="card" aria-labelledby="calls">
      <h2 id="calls">Calls by outcome, an hour</h2>
      <Columns
        series={[
          { name: 'Changed something', look: 'changes' },
          { name: 'Passed over', look: 'third' },
          { name: 'Refused', look: 'failures' },
        ]}
        points={calls.map(({ at, changed, failed, passedOver }) => ({
          at,
          label: timeOf(at),
          values: [changed, passedOver, failed],
        }))}
        unit="changes and requests an hour"
        first="Hour"
        caption="Calls of each hour in which something happened"
        summary={`The last ${calls.length} hours: ${plural(total('changed'), 'change')}, ${total('passedOver')} passed over, ${total('failed')} refused.`}
      />
      <p class="hint">Look-ups that changed nothing are not in the log.</p>
    </section>
  )
}

function Lag({ lag, now }: { readonly lag: readonly LagOfHour[]; readonly now: number }) {
  if (lag.length === 0) return <p class="empty">Nothing was delivered in the last {hours} hours.</p>
  const byHour = new Map(lag.map(({ at, worst }) => [at, worst]))
  const last = Math.floor(now / hour) * hour
  const points = Array.from({ length: hours }, (_, index) => {
    const at = last - (hours - 1 - index) * hour
    return { at, label: timeOf(at), values: [byHour.get(at) ?? 0] }
  })
  const worst = Math.max(...lag.map((one) => one.worst))
  return (
    <Columns
      series={[{ name: 'Slowest delivery', look: 'changes' }]}
      points={points}
      unit="from the event to its receipt"
      first="Hour"
      caption="The slowest delivery of each hour"
      summary={`The slowest delivery of the last ${hours} hours took ${span(worst)}.`}
      say={span}
    />
  )
}

function Late(props: {
  readonly late: readonly LateEndpoint[]
  readonly lag: readonly LagOfHour[]
  readonly now: number
}) {
  const { late, lag, now } = props
  return (
    <section class="card" aria-labelledby="lag">
      <h2 id="lag">Delivery lag</h2>
      <Lag lag={lag} now={now} />
      {lag.length === 0 ? null : (
        <p class="hint">
          Of the latest {attemptsOfAll} attempts of the {endpointsOfAll} endpoints of each database
          that were reached last.
        </p>
      )}
      {late.length === 0 ? (
        <p class="empty after">No endpoint is more than a minute behind.</p>
      ) : (
        <Table
          caption="Endpoints whose next event waits longest"
          columns={['Tenant', 'The next event has been waiting']}
          rows={late
            .toSorted((left, right) => left.waitingSince - right.waitingSince)
            .map((one) => [
              <a href={tenantPath(one, `/webhooks/${one.id}`)}>{one.name}</a>,
              <>
                since <Ago at={one.waitingSince} now={now} />
              </>,
            ])}
        />
      )}
    </section>
  )
}

function dateOf(number: number): string {
  return new Date(number * day).toISOString().slice(0, 10)
}

function timeOf(at: number): string {
  return new Date(at).toISOString().slice(5, 16).replace('T', ' ')
}

/** Milliseconds in words. */
function span(milliseconds: number): string {
  if (milliseconds < 1_000) return `${milliseconds} ms`
  const seconds = Math.round(milliseconds / 1_000)
  return seconds < 120 ? `${seconds} s` : `${Math.round(seconds / 60)} min`
}
