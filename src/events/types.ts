/** The types of events, as plain data: the catalogue says what each holds. */
export {
  eventTypes,
  holdEvents,
  membershipEvents,
  teamEvents,
  tokenEvents,
  userEvents,
  type EventType,
} from '../database/schema/event-types'
