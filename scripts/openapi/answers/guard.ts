/** Answers about changes that wait, and about delivery. */
import * as z from 'zod'
import { attributes, cause, count, textOrNull, time, timeOrNull } from './parts.ts'

const holdParts = {
  id: z.string(),
  reason: z.string(),
  cause: z.object(cause),
  tokenLabel: textOrNull,
  people: count,
  teams: count,
  waiting: count.describe('Changes that wait.'),
  released: count,
  discarded: count,
  undone: count,
  threshold: z.object({ lost: z.int(), active: z.int(), allowed: z.int() }).nullable(),
  state: z.enum(['open', 'closed']),
  opened: time,
  closed: timeOrNull,
}

const hold = z
  .object(holdParts)
  .meta({ id: 'HoldRecord', description: 'An occasion on which changes were held back.' })

const state = attributes.nullable().describe('Null for nobody.').optional()

const change = z
  .object({
    change: z.string().describe('Names the change in decisions.'),
    effect: z.string(),
    access: z.enum(['gains', 'loses']).nullable(),
    person: z.object({ id: z.string(), userName: textOrNull }).optional(),
    team: z.object({ id: z.string(), displayName: textOrNull }).optional(),
    application: state,
    provider: state,
    reason: z.string(),
    since: time,
    tellAt: timeOrNull.optional(),
    cause: z.object(cause),
  })
  .meta({ id: 'HeldChange', description: 'A change that waits.' })

const changes = { changes: z.array(change), cursor: textOrNull }

const decided = {
  decided: count.describe('Changes that were decided.'),
  release: z.string().describe('The release, until it is told.').optional(),
  tellAt: timeOrNull.optional(),
}

const losses = z
  .object({
    people: count,
    changes: count,
    who: z.array(z.object({ id: z.string(), userName: textOrNull })),
  })
  .meta({ id: 'Losses', description: 'What can be taken back, and the first of the people.' })

const webhook = z
  .object({
    id: z.string(),
    url: z.string(),
    events: z.array(z.string()).nullable().describe('Null for all.'),
    state: z.string(),
    stateSince: timeOrNull,
    created: time,
    deliveredUpTo: z.int(),
    behind: z.int(),
    lost: count,
    lastSuccess: timeOrNull,
    failures: count,
    failingSince: timeOrNull,
    nextAttempt: timeOrNull,
    lastError: textOrNull,
    oldSecretUntil: timeOrNull,
  })
  .meta({ id: 'WebhookRecord', description: 'An endpoint.' })

const issued = webhook.extend({ secret: z.string().describe('Shown in this answer alone.') })

const feedWebhook = webhook
  .omit({ deliveredUpTo: true, behind: true, lost: true })
  .meta({ id: 'FeedWebhookRecord', description: 'An endpoint of all tenants.' })

const feedIssued = feedWebhook.extend({
  secret: z.string().describe('Shown in this answer alone.'),
})

const outcome = {
  status: z.int().nullable(),
  duration: count.describe('Milliseconds.'),
  error: textOrNull,
  excerpt: z.string(),
}

const answer = z
  .object(outcome)
  .meta({ id: 'ReceiverAnswer', description: 'What a receiver answered.' })

const attempt = {
  number: z.int(),
  time,
  seq: z.int().nullable(),
  id: z.string(),
  type: z.string(),
  ...outcome,
}

const before = z.int().nullable().describe('Place of the older page.')

const target = z
  .object({
    id: z.string(),
    kind: z.string(),
    url: z.string(),
    created: time,
    lastSent: timeOrNull,
    lastError: textOrNull,
  })
  .meta({ id: 'NoticeTarget', description: 'An address that notices are sent to.' })

/** Shapes by operation. */
export const guardAnswers: Readonly<Record<string, z.ZodType>> = {
  listHolds: z.object({ holds: z.array(hold) }),
  getHold: z.object({ ...holdParts, ...changes }),
  listDrift: z.object(changes),
  releaseHold: z.object({ ...holdParts, ...decided }),
  discardHold: z.object({ ...holdParts, decided: decided.decided }),
  releaseDrift: z.object(decided),
  getLossesBefore: z.object({ people: count, undoable: losses }),
  undoLossesBefore: z.object({ undone: losses }),
  listReleases: z.object({
    releases: z.array(
      z.object({
        id: z.string(),
        hold: textOrNull,
        decided: time,
        tellAt: time,
        by: z.string(),
        changes: count,
        people: count,
      }),
    ),
  }),
  createWebhook: issued,
  rotateWebhookSecret: issued,
  listWebhooks: z.object({ webhooks: z.array(webhook) }),
  getWebhook: webhook,
  changeWebhook: webhook,
  pauseWebhook: webhook,
  resumeWebhook: webhook,
  retryWebhook: webhook,
  replayWebhook: webhook,
  skipEvent: webhook,
  resendEvent: answer,
  testWebhook: answer,
  listDeliveries: z.object({ deliveries: z.array(z.object(attempt)), before }),
  createFeedWebhook: feedIssued,
  rotateFeedSecret: feedIssued,
  listFeedWebhooks: z.object({ webhooks: z.array(feedWebhook) }),
  getFeedWebhook: feedWebhook.extend({
    behind: count.describe('Events that it has not come to.'),
    waiting: z.array(
      z.object({
        tenant: z.string(),
        deliveredUpTo: z.int(),
        behind: count,
        failures: count,
        failingSince: timeOrNull,
        nextAttempt: timeOrNull,
        lastError: textOrNull,
      }),
    ),
  }),
  changeFeedWebhook: feedWebhook,
  pauseFeedWebhook: feedWebhook,
  resumeFeedWebhook: feedWebhook,
  retryFeedWebhook: feedWebhook,
  replayFeedWebhook: feedWebhook,
  skipTenantEvent: feedWebhook,
  resendTenantEvent: answer,
  testFeedWebhook: answer,
  listFeedDeliveries: z.object({
    deliveries: z.array(
      z.object({ ...attempt, tenant: textOrNull.describe('Slug; null for a test.') }),
    ),
    before,
  }),
  listTenantEvents: z.object({
    deliveredUpTo: z.int(),
    behind: count,
    events: z.array(
      z.object({
        seq: z.int(),
        type: z.string(),
        time,
        state: z.enum(['delivered', 'failed', 'waiting', 'unwanted', 'earlier', 'skipped']),
      }),
    ),
    before,
  }),
  listNotices: z.object({
    notices: z.array(
      z.object({
        kind: z.string(),
        tenant: textOrNull,
        name: z.string(),
        time,
        count,
        text: z.string(),
      }),
    ),
  }),
  listNoticeTargets: z.object({ targets: z.array(target) }),
  addNoticeTarget: z.object({ id: z.string(), secret: textOrNull }),
}
