/** What the administration API answers, as OpenAPI: the shape of each operation, and the refusals. */
import * as z from 'zod'
import { guardAnswers } from './answers/guard.ts'
import { supportAnswers } from './answers/support.ts'
import { tenantAnswers } from './answers/tenants.ts'
import { describeRequest, jsonAnswer, reference, type Described } from './operations.ts'

/** An operation of the administration, with the status of success. */
export interface Operation extends Described {
  readonly status: number
  /** True for one that answers an entity tag, and for a change or deletion that takes it in `If-Match`. */
  readonly isTagged?: boolean
}

const answers: Readonly<Record<string, z.ZodType>> = {
  ...tenantAnswers,
  ...guardAnswers,
  ...supportAnswers,
}

const refusals = [
  [400, 'The request is wrong; "errors" says where.'],
  [401, 'The secret or token is missing or wrong.'],
  [403, 'The token is not for this.'],
  [404, 'There is nothing at this address.'],
  [409, 'The state does not allow it.'],
  [412, 'It was changed since the answer whose ETag is in If-Match.'],
  [413, 'The body is longer than 256 KiB.'],
  [415, 'The body is no JSON, or is encoded.'],
  [429, 'There were too many wrong secrets.'],
  [500, 'The gateway failed; what was asked may have been done.'],
  [503, 'The database cannot take the request at the moment.'],
  [507, 'The database is full.'],
] as const

/** Refusals that a call without a body, or that writes nothing, does not give. */
const ofWrites: ReadonlySet<number> = new Set([409, 412, 413, 415, 507])

const ifMatch = {
  name: 'If-Match',
  in: 'header',
  required: false,
  description: 'The ETag of what is changed or deleted: 412 when it was changed since.',
  schema: { type: 'string' },
}

const tagHeader = {
  ETag: { description: 'Tag of what a change replaces.', schema: { type: 'string' } },
}

/** One operation with all that it answers. */
export function describe(one: Operation) {
  const continued =
    one.operationId === 'deleteTenant'
      ? { 202: jsonAnswer('It goes on: repeat the call.', reference('TenantDeletion')) }
      : {}
  const isConditional = one.isTagged === true && one.method !== 'get'
  const hasTag = one.isTagged === true && one.method !== 'delete'
  const given = refusals.filter(
    ([status]) =>
      (one.method !== 'get' || !ofWrites.has(status)) && (isConditional || status !== 412),
  )
  const request = describeRequest(one, 'Administration')
  const { parameters = [] } = request
  return {
    ...request,
    ...(isConditional ? { parameters: [...parameters, ifMatch] } : {}),
    security: [{ operator: [] }],
    responses: {
      [one.status]: { ...describeDone(one), ...(hasTag ? { headers: tagHeader } : {}) },
      ...continued,
      ...Object.fromEntries(
        given.map(([status]) => [status, { $ref: `#/components/responses/${nameOf(status)}` }]),
      ),
    },
  }
}

function nameOf(status: number): string {
  return `Administration${status}`
}

/** The refusals, which the operations share. */
export const administrationResponses = Object.fromEntries(
  refusals.map(([status, reason]) => [
    nameOf(status),
    jsonAnswer(reason, reference('AdministrationProblem'), 'application/problem+json'),
  ]),
)

/** Each shape has a name: that of its own, or that of the operation. */
function describeDone({ status, summary, operationId }: Operation) {
  if (status === 204) return { description: summary }
  const shape = answers[operationId]
  if (!shape) throw new Error(`${operationId} has no answer in scripts/openapi/answers`)
  const name = z.globalRegistry.get(shape)?.id ?? upperFirst(`${operationId}Answer`)
  if (z.globalRegistry.get(shape) === undefined) z.globalRegistry.add(shape, { id: name })
  return jsonAnswer(summary, reference(name))
}

function upperFirst(text: string): string {
  return text.slice(0, 1).toUpperCase() + text.slice(1)
}

export const administrationSchemas = {
  AdministrationProblem: {
    type: 'object',
    description: 'A refusal of the administration (RFC 9457).',
    required: ['type', 'title', 'status', 'detail'],
    additionalProperties: false,
    properties: {
      type: { const: 'about:blank' },
      title: { type: 'string' },
      status: { type: 'integer' },
      detail: { type: 'string' },
      errors: {
        type: 'array',
        items: {
          type: 'object',
          required: ['detail'],
          additionalProperties: false,
          properties: {
            pointer: { type: 'string', description: 'Place in the body, a JSON pointer.' },
            parameter: { type: 'string', description: 'Parameter of the address.' },
            detail: { type: 'string' },
          },
        },
      },
      people: {
        type: 'array',
        description: 'Protected people whom a release has to confirm.',
        items: {
          type: 'object',
          required: ['id', 'userName'],
          additionalProperties: false,
          properties: { id: { type: 'string' }, userName: { type: ['string', 'null'] } },
        },
      },
    },
  },
  TenantDeletion: {
    type: 'object',
    description: 'The deletion of a tenant that has many rows goes on.',
    required: ['slug', 'deleting'],
    additionalProperties: false,
    properties: { slug: { type: 'string' }, deleting: { const: true } },
  },
}
