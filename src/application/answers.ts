/** Answers of the application API: the definition behind its documentation and its client. */
import * as z from 'zod'
import { eventShape, memberShape, teamShape, userShape } from '../events/catalog'

const asOf = z
  .int()
  .min(0)
  .describe('Number of the last event when this was read: the answer shows its effect.')

const log = z
  .string()
  .describe('The log that "asOf" counts in; another one begins after a restored backup.')

const next = z.string().nullable().describe('The cursor of the next page; null on the last one.')

export const userPage = z
  .object({ users: z.array(userShape), next, log, asOf })
  .meta({ id: 'UserPage', description: 'Users in the order of their ids.' })

export const teamPage = z
  .object({ teams: z.array(teamShape), next, log, asOf })
  .meta({ id: 'TeamPage', description: 'Teams in the order of their ids.' })

export const memberPage = z
  .object({ members: z.array(memberShape), next, log, asOf })
  .meta({ id: 'MemberPage', description: 'The members of a team in the order of their ids.' })

export const eventPage = z
  .object({
    events: z.array(eventShape),
    after: z.int().min(0).describe('Number to ask for the next page with.'),
    hasMore: z.boolean().describe('False at the end of the log.'),
    log,
    asOf,
  })
  .meta({ id: 'EventPage', description: 'Events in their order, without gaps.' })

const tenantShape = z
  .object({
    slug: z.string().describe('Name of the tenant in addresses and events.'),
    name: z.string().describe('Name of the tenant for people.'),
    enabled: z.boolean().describe('False while the identity provider is refused.'),
    createdAt: z.iso.datetime(),
    log,
    asOf: z.int().min(0).describe('Number of the last event of the tenant.'),
  })
  .meta({ id: 'Tenant' })

export const tenantPage = z
  .object({ tenants: z.array(tenantShape), next })
  .meta({ id: 'TenantPage', description: 'Tenants in the order of their slugs.' })

const gapShape = z
  .object({
    type: z.literal('log.gap'),
    id: z.string(),
    tenant: z.string().describe('Slug of the tenant.'),
    log: z.string(),
    time: z.iso.datetime().describe('When this was answered.'),
    resource: z.object({
      id: z.string().describe('The log.'),
      to: z.int().describe('Number of the last event that is no longer kept.'),
    }),
  })
  .meta({
    id: 'LogGap',
    description: 'Events of a tenant are no longer kept: read its users, teams and members again.',
  })

export const feedPage = z
  .object({
    events: z.array(z.union([eventShape, gapShape])),
    after: z.string().describe('Place to ask for the next page with; an opaque text.'),
    hasMore: z.boolean().describe('False at the end of the feed.'),
  })
  .meta({
    id: 'FeedPage',
    description: 'Events of all tenants, those of each tenant in their order.',
  })

export const acknowledgement = z
  .object({
    seq: z.int().min(0).describe('How far the reader has got; it never goes back.'),
    asOf,
  })
  .meta({ id: 'Acknowledgement' })

export const feedAcknowledgement = z
  .object({
    tenants: z
      .int()
      .min(0)
      .describe('Number of tenants of which more is acknowledged than before.'),
    hasMore: z
      .boolean()
      .describe('True when the place is so far ahead that the same call has to be repeated.'),
  })
  .meta({ id: 'FeedAcknowledgement' })

export const problem = z
  .object({
    type: z.literal('about:blank'),
    title: z.string(),
    status: z.int(),
    detail: z.string().describe('Reason and remedy.'),
    code: z.string().describe('Which refusal it is; docs/errors.md lists them.'),
    reason: z.string(),
    remedy: z.string(),
    asOf: asOf.optional(),
    errors: z
      .array(z.object({ parameter: z.string(), detail: z.string() }))
      .optional()
      .describe('Which parameters are wrong.'),
  })
  .meta({ id: 'Problem', description: 'A refusal (RFC 9457).' })

export type User = z.infer<typeof userShape>
export type Team = z.infer<typeof teamShape>
export type UserPage = z.infer<typeof userPage>
export type TeamPage = z.infer<typeof teamPage>
export type MemberPage = z.infer<typeof memberPage>
export type EventPage = z.infer<typeof eventPage>
export type Acknowledgement = z.infer<typeof acknowledgement>
export type FeedAcknowledgement = z.infer<typeof feedAcknowledgement>
export type Problem = z.infer<typeof problem>
export type Tenant = z.infer<typeof tenantShape>
export type TenantPage = z.infer<typeof tenantPage>
export type LogGap = z.infer<typeof gapShape>
export type FeedPage = z.infer<typeof feedPage>
