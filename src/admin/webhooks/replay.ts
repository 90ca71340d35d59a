/** A replay from a time on, for pages and JSON alike. */
import { firstEventSince } from '../../activity/counts'
import { err } from '../../result'
import { replayEvents, type OperatorContext } from '../../webhooks/commands'
import { findWebhook } from '../../webhooks/store'

/** Delivers again what happened at a time or later. Refused with `nothingSince` where nothing of it was delivered. */
export async function replaySince(command: OperatorContext, id: string, time: number) {
  const { environment, tenant } = command
  const [found, first] = await Promise.all([
    findWebhook(environment.DB, tenant.id, id),
    firstEventSince(environment.DB, tenant.id, time),
  ])
  if (!found.ok) return found
  if (!first.ok) return first
  if (first.value > found.value.place) return err({ kind: 'nothingSince' } as const)
  return replayEvents(command, id, first.value - 1)
}
