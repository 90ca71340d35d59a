/** What the log tells of losses in the hour before a hold. Reads only. */
import { sql } from 'drizzle-orm'
import { alias } from 'drizzle-orm/sqlite-core'
import { rowsPerRead } from '../../limits'
import { ok, type Result } from '../../result'
import { readBatch, type Refusal } from '../../database/batch'
import { fieldList, flag } from '../../database/field'
import { users } from '../../database/schema/directory'
import { events } from '../../database/schema/events'
import { overlays } from '../../database/schema/guard'
import { query, tenant, value } from '../../database/statement'
import type { Hold } from '../holds'
import { lossWindow } from '../loss-window'
import { teamNameKey, userNameKey } from '../names/keys'
import { losing, lossesToUndo, type ToldEvent, type ToldLoss } from './told-losses'

const event = alias(events, 'event')
const user = alias(users, 'user')
const taken = alias(overlays, 'taken')

/** Number of the last event before a time. */
const selectFloor = query(
  {
    seq: sql<number>`coalesce((select ${events.seq} from ${events}
    where ${events.tenantId} = ${tenant} and ${events.seq} <= ${value('lossesSeq')}
      and ${events.at} < ${value('since')} order by ${events.seq} desc limit 1), 0)`,
  },
  (fields) => sql`select ${fieldList(fields)}`,
)

const selectTold = query(
  {
    seq: event.seq,
    type: sql<(typeof losing)[number]>`${event.type}`,
    resourceId: event.resourceId,
    memberId: event.memberId,
    isActive: flag(sql`(exists (select 1 from ${users} as ${user}
        where ${user.tenantId} = ${tenant} and ${user.id} = ${event.memberId}
          and ${user.attributes} ->> '$.active' is not 0)
      or exists (select 1 from ${overlays} as ${taken} where ${taken.tenantId} = ${tenant}
        and ${taken.teamId} = '' and ${taken.userId} = ${event.memberId}
        and ${taken.released} ->> '$.active' is not 0 and ${taken.released} is not null))`),
    wasActive: flag(sql`${event.resource} ->> '$.active' is not 0`),
    name: sql<string | null>`iif(${event.type} = 'team.deleted',
      ${event.resource} ->> '$.displayName', coalesce(${event.resource} ->> '$.userName',
        ${event.changes} ->> '$.members.before.userName'))`,
  },
  (fields) => sql`
  select ${fieldList(fields)} from ${events} as ${event} where ${event.tenantId} = ${tenant}
    and ${event.seq} <= ${value('lossesSeq')} and ${event.seq} > ${value('after')}
    and ${event.type} in (${sql.join(
      losing.map((type) => sql`${sql.raw(`'${type}'`)}`),
      sql`, `,
    )})
  order by ${event.seq} limit ${sql.raw(String(rowsPerRead.events))}`,
)

/** Losses that the application was told of in the hour before a hold, in the order of the log. */
export async function readTold(
  database: D1Database,
  tenantId: number,
  hold: Hold,
): Promise<Result<readonly ToldLoss[], Refusal>> {
  if (hold.lossesAt === null || hold.lossesSeq === null) return ok([])
  const { lossesSeq } = hold
  const since = (Math.floor(hold.lossesAt / 60_000) - lossWindow + 1) * 60_000
  const floor = await readBatch(database, [selectFloor(database, { tenantId, lossesSeq, since })])
  if (!floor.ok) return floor
  const told: ToldEvent[] = []
  let after = floor.value[0][0]?.seq ?? 0
  for (;;) {
    const read = await readBatch(database, [selectTold(database, { tenantId, lossesSeq, after })])
    if (!read.ok) return read
    const [rows] = read.value
    told.push(...rows)
    const last = rows.at(-1)
    if (!last || rows.length < rowsPerRead.events) return ok(lossesToUndo(told, keys))
    after = last.seq
  }
}

const keys = {
  userKey: (userName: string) => userNameKey({ userName }),
  teamKey: (displayName: string) => teamNameKey({ displayName }),
}
