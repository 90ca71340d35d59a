/** Answers about tenants, and about whatever opens one. */
import * as z from 'zod'
import { count, lifetime, textOrNull, time, timeOrNull } from './parts.ts'

const attribute: z.ZodType = z
  .object({
    name: z.string(),
    type: z.string().optional(),
    multiValued: z.boolean().optional(),
    description: z.string().optional(),
    required: z.boolean().optional(),
    canonicalValues: z.array(z.string()).optional(),
    caseExact: z.boolean().optional(),
    mutability: z.string().optional(),
    returned: z.string().optional(),
    uniqueness: z.string().optional(),
    referenceTypes: z.array(z.string()).optional(),
    maximumLength: z.int().optional(),
    get subAttributes() {
      return z.array(attribute).optional()
    },
  })
  .meta({ id: 'SchemaAttribute', description: 'An attribute; what is absent is the default.' })

const schema = {
  id: z.string().describe('URN of the schema.'),
  name: z.string(),
  description: z.string().optional(),
  attributes: z.array(attribute),
}

export const tenant = z
  .object({
    slug: z.string(),
    name: z.string(),
    enabled: z.boolean().describe('False while the operator has switched it off.'),
    customerEnabled: z.boolean().describe('False while the customer has switched it off.'),
    users: count,
    teams: count,
    created: time,
    database: z.string().describe('Binding of the database in which it lives.'),
    rules: z.object({
      name: z.enum(['reject', 'allow']),
      email: z.enum(['reject', 'lowercase', 'allow']),
    }),
    withoutActive: z.enum(['profile', 'keep', 'inactive']),
    guard: z.object({
      deactivations: z.number(),
      people: z.int(),
      delay: z.int(),
      teams: z.enum(['apply', 'review']),
      protected: z.array(z.string()),
    }),
    profile: z.string(),
    putWithoutMembers: z.enum(['body', 'empty', 'keep']),
    retention: z.object({ activity: z.int(), events: z.int(), exchanges: z.int() }),
    storage: z.object({ megabytes: z.int() }),
    oauth: z.object({ accessTokenMinutes: z.int() }),
    extensions: z
      .array(z.object({ resourceType: z.string(), schema: z.object(schema) }))
      .describe('Schemas that are declared.'),
    stored: z
      .object({ directory: z.int(), log: z.int(), isFull: z.boolean() })
      .describe('Bytes that are stored.'),
    observed: z
      .array(z.object({ resourceType: z.string(), ...schema }))
      .describe('Schemas that were seen and are not declared.'),
  })
  .meta({ id: 'TenantSettings', description: 'A tenant with its settings.' })

const token = z
  .object({
    id: z.string(),
    label: z.string(),
    lastUsed: timeOrNull,
    lastAddress: textOrNull,
    lastAgent: textOrNull,
    requestsToday: count,
    ...lifetime,
  })
  .meta({ id: 'TokenRecord', description: 'A token of an identity provider.' })

const link = z
  .object({
    id: z.string(),
    label: z.string(),
    role: z.string(),
    createdBy: z.string(),
    lastUsed: timeOrNull,
    returnUrl: textOrNull,
    opensUntil: timeOrNull,
    ...lifetime,
  })
  .meta({ id: 'LinkRecord', description: 'A link to the console.' })

const secret = z
  .object({ id: z.string(), lastUsed: timeOrNull, ...lifetime })
  .meta({ id: 'ClientSecretRecord', description: 'A secret of an OAuth client.' })

const client = z
  .object({
    id: z.string(),
    clientId: z.string(),
    kind: z.string(),
    label: z.string(),
    tokenUrl: z.string(),
    issuer: z.string(),
    created: time,
    lastUsed: timeOrNull,
    lastAddress: textOrNull,
    lastAgent: textOrNull,
    revoked: timeOrNull,
    secrets: z.array(secret).optional(),
    jwksUrl: textOrNull.optional(),
    keysRead: timeOrNull.optional(),
    federation: z
      .object({
        issuer: textOrNull,
        subject: textOrNull,
        audience: textOrNull,
        tenantId: textOrNull.describe("Entra's id of the directory."),
      })
      .optional(),
  })
  .meta({ id: 'ClientRecord', description: 'An OAuth client.' })

const key = z
  .object({
    id: z.string(),
    label: z.string(),
    scope: z.string(),
    tenants: z.enum(['one', 'all']),
    lastUsed: timeOrNull,
    ...lifetime,
  })
  .meta({ id: 'KeyRecord', description: 'A key of the application.' })

const reader = z
  .object({ reader: z.string(), seq: z.int(), at: time, behind: z.int() })
  .meta({ id: 'ReaderRecord', description: 'How far a reader has got.' })

const operatorToken = z
  .object({
    id: z.string(),
    label: z.string(),
    scope: z.string(),
    createdBy: z.string(),
    lastUsed: timeOrNull,
    ...lifetime,
  })
  .meta({ id: 'OperatorTokenRecord', description: 'An operator token.' })

const person = z
  .object({
    id: z.string(),
    name: z.string(),
    role: z.string(),
    createdBy: z.string(),
    lastUsed: timeOrNull,
    ...lifetime,
  })
  .meta({ id: 'StaffRecord', description: 'A person of the operator.' })

const auditPage = z
  .object({
    entries: z.array(
      z.object({
        position: z.int(),
        seq: z.int(),
        tenant: textOrNull,
        at: time,
        actor: z.string(),
        role: z.string(),
        action: z.string(),
        subject: z.string(),
        label: textOrNull,
        before: z.unknown(),
        after: z.unknown(),
        requestId: z.string(),
      }),
    ),
    before: z.union([z.int(), z.string()]).nullable().describe('Place of the older page.'),
  })
  .meta({ id: 'AuditPage', description: 'Changes of the administration, the latest first.' })

const once = 'Shown in this answer alone.'

/** Shapes by operation. */
export const tenantAnswers: Readonly<Record<string, z.ZodType>> = {
  createTenant: tenant,
  getTenant: tenant,
  changeTenant: tenant,
  listAllTenants: z.object({ tenants: z.array(tenant) }),
  rotateSealingKey: z.object({ purpose: z.string(), number: z.int() }),
  restartLogs: z.object({ tenants: count }),
  createToken: token.extend({ token: z.string().describe(once), baseUrl: z.string() }),
  listTokens: z.object({ tokens: z.array(token) }),
  createLink: link.extend({ url: z.string().describe(once) }),
  listLinks: z.object({ links: z.array(link) }),
  createClient: client.extend({ clientSecret: z.string().describe(once).optional() }),
  listClients: z.object({ clients: z.array(client) }),
  createClientSecret: secret.extend({ clientSecret: z.string().describe(once) }),
  createKey: key.extend({ key: z.string().describe(once) }),
  createKeyOfAll: key.extend({ key: z.string().describe(once) }),
  listKeys: z.object({ keys: z.array(key), readers: z.array(reader) }),
  listKeysOfAll: z.object({ keys: z.array(key) }),
  createOperatorToken: operatorToken.extend({ token: z.string().describe(once) }),
  listOperatorTokens: z.object({ tokens: z.array(operatorToken) }),
  addPerson: person.extend({ code: z.string().describe(once) }),
  listStaff: z.object({ people: z.array(person) }),
  listAudit: auditPage,
  listTenantAudit: auditPage,
}
