/** The types of events, as plain data that brings no package along. */

export const userEvents = [
  'user.created',
  'user.updated',
  'user.deactivated',
  'user.reactivated',
  'user.deleted',
] as const

export const teamEvents = ['team.created', 'team.renamed', 'team.updated', 'team.deleted'] as const

export const membershipEvents = ['team.member_added', 'team.member_removed'] as const

export const holdEvents = ['hold.opened', 'hold.released', 'hold.discarded', 'hold.undone'] as const

export const tokenEvents = ['token.expiring', 'secret.expiring'] as const

/** The log begins again, after a backup was restored. */
export const logEvents = ['log.restarted'] as const

/** All types, in the order of the catalogue. */
export const eventTypes = [
  ...userEvents,
  ...teamEvents,
  ...membershipEvents,
  ...holdEvents,
  ...tokenEvents,
  ...logEvents,
] as const

export type EventType = (typeof eventTypes)[number]
