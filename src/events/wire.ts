/** From an event as it is kept to the event that readers get. */
import { isObject, textOf, type JsonObject } from '../scim/json'
import { partMark } from './change'
import type { StoredEvent } from './log'
import type { WireEvent } from './catalog'

/**
 * The shape that the catalogue defines. What is kept was written by this gateway and is not
 * checked again; a test checks every type against the catalogue.
 */
export function wireEvent(event: StoredEvent): WireEvent {
  const { log, seq, type, at, tokenLabel, memberId, memberName } = event
  const { resource, changes } = shownOf(event)
  const { requestId, tokenId, provider, tolerated, decision } = event.cause
  const wire = {
    type,
    seq,
    id: eventId(event),
    tenant: event.tenant,
    log,
    time: new Date(at).toISOString(),
    cause: {
      requestId,
      provider: provider ?? null,
      token: tokenLabel === null ? null : { id: tokenId, label: tokenLabel },
      tolerated: tolerated ?? [],
      ...(decision === undefined ? {} : { decision }),
    },
    ...resourceOf(event, resource),
    ...(memberId === null
      ? {}
      : {
          member: { id: event.releasedId ?? memberId, userName: nameOf(changes) ?? memberName },
        }),
    changes,
  }
  return wire as unknown as WireEvent
}

/** The event with the id by which readers know the person. */
function shownOf({ resource, changes, memberId, releasedId }: StoredEvent) {
  if (releasedId === null) return { resource, changes }
  if (memberId === null) return { resource: { ...resource, id: releasedId }, changes }
  const members = isObject(changes['members']) ? changes['members'] : {}
  const sides = Object.entries(members).map(([side, person]) => [
    side,
    isObject(person) ? { ...person, value: releasedId } : person,
  ])
  return { resource, changes: { ...changes, members: Object.fromEntries(sides) } }
}

/** Derived, so that it is the same whoever reads the event, however often. */
export function eventId({ tenantId, log, seq }: Pick<StoredEvent, 'tenantId' | 'log' | 'seq'>) {
  return log === '' ? `evt_${tenantId}_${seq}` : `evt_${log}_${seq}`
}

/** The resource of an event, with the name that the event of a membership refers to. */
function resourceOf({ memberId, teamName }: StoredEvent, resource: JsonObject) {
  if (memberId !== null && typeof resource['displayName'] !== 'string') {
    return { resource: { ...resource, displayName: teamName ?? '' } }
  }
  const { [partMark]: isPart, ...shown } = resource
  return isPart === true ? { resource: shown, isPart: true } : { resource }
}

function nameOf({ members }: JsonObject): string | null {
  if (!isObject(members)) return null
  const person = isObject(members['after']) ? members['after'] : members['before']
  return isObject(person) ? textOf(person['userName']) || null : null
}
