/**
 * The types of events, without the shapes: what the Worker itself needs of the catalogue. The
 * shapes are for documents and tests, and would be a large part of the Worker.
 */
import type { EventType } from './catalog'

const all: { readonly [type in EventType]: true } = {
  'user.created': true,
  'user.updated': true,
  'user.deactivated': true,
  'user.reactivated': true,
  'user.deleted': true,
  'team.created': true,
  'team.renamed': true,
  'team.updated': true,
  'team.deleted': true,
  'team.member_added': true,
  'team.member_removed': true,
  'hold.opened': true,
  'token.expiring': true,
}

/** In the order of the catalogue; the compiler sees to it that none is missing. */
export const eventNames = Object.keys(all) as readonly EventType[]
