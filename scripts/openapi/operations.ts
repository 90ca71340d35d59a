/** Parts of the OpenAPI document that both APIs have: parameters, bodies and answers. */
import type * as z from 'zod'
import { plain, type Schema } from './schemas.ts'

/** An operation of either API. `{name}` in the path is a parameter of it. */
export interface Described {
  readonly path: string
  readonly method: 'get' | 'post' | 'patch' | 'delete'
  readonly operationId: string
  readonly summary: string
  readonly query?: z.core.$ZodType
  readonly body?: z.core.$ZodType
  readonly isBodyOptional?: boolean
}

const pathParameters: Readonly<Record<string, string>> = {
  tenant: 'Slug of the tenant.',
  id: 'Identifier.',
}

/** Id, summary, tag, parameters and body of an operation. */
export function describeRequest(operation: Described, tag: string) {
  const { operationId, summary, query, body, path, isBodyOptional } = operation
  const inPath = Array.from(path.matchAll(/\{(\w+)\}/g), ([, name = '']) => ({
    name,
    in: 'path',
    required: true,
    description: pathParameters[name],
    schema: { type: 'string' },
  }))
  const parameters = [...inPath, ...(query ? queryParameters(query) : [])]
  return {
    operationId,
    summary,
    tags: [tag],
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: requestBody(body, isBodyOptional !== true) } : {}),
  }
}

function requestBody(body: z.core.$ZodType, required: boolean) {
  return { required, content: { 'application/json': { schema: plain(body, 'input') } } }
}

function queryParameters(query: z.core.$ZodType) {
  const { properties = {} } = plain(query, 'output') as { properties?: Record<string, Schema> }
  const sent = plain(query, 'input') as {
    required?: readonly string[]
    properties?: Record<string, Schema>
  }
  return Object.entries(properties).map(([name, { description, ...schema }]) => {
    // What a text is read as has no schema; the text has one. What is read as a number is described as one.
    const isDescribed = Object.keys(schema).some((key) => key !== 'default')
    const { description: _, ...form } = sent.properties?.[name] ?? {}
    return {
      name,
      in: 'query',
      required: sent.required?.includes(name) ?? false,
      ...(description === undefined ? {} : { description }),
      schema: isDescribed ? schema : form,
    }
  })
}

export function reference(name: string) {
  return { $ref: `#/components/schemas/${name}` }
}

export function jsonAnswer(description: string, schema: Schema, type = 'application/json') {
  return { description, content: { [type]: { schema } } }
}
