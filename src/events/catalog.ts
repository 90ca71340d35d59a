/**
 * The events of a tenant as a reader gets them: by the application API, by webhooks, by the client.
 * The one definition of their types and contents; the documentation and the tests are made from it.
 */
import * as z from 'zod'
import {
  holdEvents,
  logEvents,
  membershipEvents,
  teamEvents,
  tokenEvents,
  userEvents,
} from '../database/schema/event-types'

/** An attribute that providers may leave out. */
const text = z.string().optional()

const listed = z.looseObject({
  value: z.string().optional(),
  type: z.string().optional(),
  primary: z.boolean().optional(),
})

/** A person. What the identity provider states beyond these attributes is there as well. */
export const userShape = z
  .looseObject({
    id: z.string().describe('Made by the gateway; never changes and never comes again.'),
    userName: z.string().describe('Name that the person signs in with; unique in the tenant.'),
    active: z.boolean().describe('False for a person who may not use the product now.'),
    externalId: text.describe('Identifier that the identity provider gave to the person.'),
    displayName: text,
    name: z
      .looseObject({ formatted: text, givenName: text, familyName: text })
      .optional()
      .describe('Parts of the name of the person.'),
    emails: z.array(listed).optional(),
    title: text,
  })
  .meta({ id: 'User', description: 'A person of the directory, with SCIM attributes.' })

export const teamShape = z
  .looseObject({
    id: z.string().describe('Made by the gateway; never changes and never comes again.'),
    displayName: z.string().describe('Name of the team; unique in the tenant.'),
    externalId: text.describe('Identifier that the identity provider gave to the team.'),
  })
  .meta({ id: 'Team', description: 'A team of the directory, without its members.' })

export const memberShape = z
  .object({
    id: z.string().describe('Identifier of the user.'),
    userName: z.string().nullable(),
  })
  .meta({ id: 'Member', description: 'A person in a team.' })

const holdShape = z.looseObject({
  id: z.string(),
  reason: text.describe('Why the changes wait: losses, review, protected or together.'),
  people: z.int().optional().describe('Number of people.'),
  changes: z.int().optional().describe('Number of changes of people, teams and memberships.'),
  who: z
    .array(z.object({ id: z.string(), userName: z.string().nullable() }))
    .optional()
    .describe('The first 20 of the people.'),
  threshold: z
    .object({
      lost: z.int().describe('People lost within the hour.'),
      active: z.int().describe('People who were active when the hour began.'),
      allowed: z.int().describe('People who may be lost within an hour.'),
    })
    .optional()
    .describe('Set where losses passed the threshold.'),
  link: text.describe('Path of the page on this gateway where it is decided.'),
})

const expiringTokenShape = z.looseObject({
  id: z.string(),
  label: z.string(),
  days: z.int().describe('Days that are left at most.'),
  expires: z.iso.datetime(),
})

/** The cause of an event: a request of the identity provider. */
const causeShape = z
  .looseObject({
    requestId: z.string().describe('Identifier of the request, as its answer named it.'),
    provider: z.string().nullable().describe('Which identity provider the request looked like.'),
    token: z
      .object({ id: z.string(), label: z.string() })
      .nullable()
      .describe('The token that was used; null for what no token caused.'),
    tolerated: z.array(z.string()).describe('Deviations from SCIM that the request needed.'),
    decision: text.describe('What an operator decided, as in “undo of hold …”.'),
  })
  .meta({ id: 'Cause', description: 'What caused an event.' })

const changesShape = z
  .record(z.string(), z.object({ before: z.unknown(), after: z.unknown() }))
  .meta({
    id: 'Changes',
    description:
      'What changed, by attribute; of long lists and objects the entries and members that differ. Empty where all of the resource is new or gone.',
  })

const common = {
  seq: z.int().min(1).describe('Place in the log of the tenant; numbers follow without gaps.'),
  id: z.string().describe('The same event always has the same identifier.'),
  tenant: z.string().describe('Slug of the tenant.'),
  log: z
    .string()
    .describe('The log that "seq" counts in; another one begins after a restored backup.'),
  time: z.iso.datetime().describe('When the change was made.'),
  cause: causeShape,
  changes: changesShape,
}

const part = {
  isPart: z
    .literal(true)
    .optional()
    .describe(
      'True when the resource is long, and has here its identifying attributes alone beside `changes`: read it by its id.',
    ),
}

const userEvent = z
  .object({
    type: z.enum(userEvents),
    ...common,
    ...part,
    resource: userShape.describe('The person after the change, or before the deletion.'),
  })
  .meta({ id: 'UserEvent' })

const teamEvent = z
  .object({
    type: z.enum(teamEvents),
    ...common,
    ...part,
    resource: teamShape.describe('The team after the change, or before the deletion.'),
  })
  .meta({ id: 'TeamEvent' })

const membershipEvent = z
  .object({
    type: z.enum(membershipEvents),
    ...common,
    resource: z
      .object({
        id: z.string(),
        displayName: z
          .string()
          .describe('Empty for a team that is gone and whose name took more than 128 bytes.'),
      })
      .describe('The team, by identifier and name.'),
    member: memberShape.describe('Who came or went.'),
  })
  .meta({ id: 'MembershipEvent' })

const holdEvent = z.object({ type: z.enum(holdEvents), ...common, resource: holdShape }).meta({
  id: 'HoldEvent',
  description:
    'Changes were held back, or an operator decided about them. Nothing of what is held has reached the application.',
})

const tokenEvent = z
  .object({ type: z.enum(tokenEvents), ...common, resource: expiringTokenShape })
  .meta({ id: 'TokenEvent', description: 'A token of the identity provider expires soon.' })

const logEvent = z
  .object({ type: z.enum(logEvents), ...common, resource: z.looseObject({ id: z.string() }) })
  .meta({
    id: 'LogEvent',
    description: 'A backup was restored: read users, teams and members again.',
  })

/** Every event that there is, told apart by its type. */
export const eventShape = z
  .discriminatedUnion('type', [
    userEvent,
    teamEvent,
    membershipEvent,
    holdEvent,
    tokenEvent,
    logEvent,
  ])
  .meta({ id: 'Event', description: 'One change of the directory. New types may be added.' })

export type WireEvent = z.infer<typeof eventShape>
