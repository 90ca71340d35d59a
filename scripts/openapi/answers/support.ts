/** Answers about people and their problems, the log and the deployment. */
import * as z from 'zod'
import { attributes, cause, count, instant, textOrNull, time, timeOrNull } from './parts.ts'

const problem = z
  .object({
    key: z.string(),
    kind: z.enum(['user', 'team', 'request']),
    name: textOrNull,
    externalId: textOrNull,
    id: textOrNull.describe('Id of what is here; null for who is missing.'),
    state: z.enum(['missing', 'out of date', 'refused']),
    code: z.string(),
    status: z.int(),
    detail: z.string(),
    remedy: z.string(),
    since: time,
    lastTried: time,
    tried: count,
    path: z.string(),
    ...cause,
    method: z.string(),
  })
  .meta({ id: 'ProblemRecord', description: 'Somebody who is missing or out of date now.' })

const activity = z
  .object({
    outcome: z.enum(['changed', 'failed', 'passedOver']),
    at: time,
    ...cause,
    path: z.string().optional(),
    status: z.int().optional(),
    code: z.string().optional(),
    detail: z.string().optional(),
    subject: textOrNull.optional(),
    changes: z
      .array(
        z.object({
          seq: z.int(),
          type: z.string(),
          resourceId: z.string(),
          memberId: textOrNull,
          name: z.string(),
          changes: attributes,
        }),
      )
      .optional(),
  })
  .meta({ id: 'ActivityRecord', description: 'A request that changed something, or was refused.' })

const ofTenant = { slug: z.string(), tenantName: z.string() }
const hits = <T extends z.core.$ZodLooseShape>(shape: T) =>
  z.array(z.object({ ...ofTenant, ...shape }))

const found = z
  .object({
    tenants: hits({ people: count }),
    people: hits({
      id: z.string(),
      userName: z.string(),
      name: z.string(),
      externalId: textOrNull,
      isActive: z.boolean(),
    }),
    refused: hits({
      id: textOrNull.describe('Id in the request; null for somebody new.'),
      key: z.string(),
      kind: z.string(),
      name: z.string(),
      code: z.string(),
      lastAt: instant,
      isOver: z.boolean(),
    }),
    held: hits({ id: z.string(), userName: z.string(), at: instant }),
    departed: hits({ userId: z.string(), userName: z.string(), at: instant }),
    former: hits({ id: z.string(), former: z.string(), userName: textOrNull, at: instant }),
    teams: hits({ id: z.string(), name: z.string(), memberCount: count }),
    refusedRequests: hits({ at: instant, seq: count, key: textOrNull }),
    requests: hits({
      seq: count,
      at: instant,
      type: z.string(),
      id: z.string(),
      memberId: textOrNull,
    }),
    passedOver: hits({
      seq: count,
      at: instant,
      method: z.string(),
      path: z.string(),
      subject: textOrNull,
    }),
    isWhole: z.boolean().describe('False where changes of the last minutes may be missing.'),
  })
  .meta({ id: 'SearchResult', description: 'What was found, by kind.' })

const strength = z.enum(['missing', 'weak', 'strong'])

const deployment = z
  .object({
    time,
    worker: textOrNull,
    tenant: textOrNull,
    newTenants: z.string(),
    jurisdiction: textOrNull,
    locationHint: textOrNull,
    unusable: z.array(z.string()).describe('Variables that could not be used.'),
    secrets: z.object({ ADMIN_TOKEN: strength, WEBHOOK_KEY: strength }),
    bindings: z.record(z.string(), z.boolean()),
    flags: z.record(z.string(), z.boolean()),
    databases: z.array(
      z.object({
        name: z.string(),
        migrations: z.array(z.string()).nullable(),
        clockAhead: z.int().nullable().describe('Milliseconds.'),
        region: textOrNull,
      }),
    ),
  })
  .meta({ id: 'Deployment', description: 'What this deployment is.' })

/** Shapes by operation. */
export const supportAnswers: Readonly<Record<string, z.ZodType>> = {
  search: found,
  listProblems: z.object({ problems: z.array(problem), before: textOrNull }),
  listActivity: z.object({ activity: z.array(activity), after: z.string(), hasMore: z.boolean() }),
  listReturning: z.object({
    people: z.array(
      z.object({
        id: z.string(),
        userName: z.string(),
        externalId: textOrNull,
        offered: z.string(),
        attempts: count,
        latest: time,
      }),
    ),
  }),
  getWork: z.object({
    work: z.array(
      z.object({
        kind: z.string(),
        subject: z.string(),
        done: count,
        total: count.nullable(),
        since: timeOrNull,
      }),
    ),
  }),
  getDeployment: deployment,
}
