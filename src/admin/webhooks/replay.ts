/** A replay from a time on, for pages and JSON alike. */
import { firstEventSince } from '../../activity/counts'
import { replayEvents, type OperatorContext } from '../../webhooks/commands'

/** Delivers again what happened at a time or later. Refused with `notDelivered` where nothing did. */
export async function replaySince(command: OperatorContext, id: string, time: number) {
  const first = await firstEventSince(command.environment.DB, command.tenant.id, time)
  return first.ok ? replayEvents(command, id, first.value - 1) : first
}
