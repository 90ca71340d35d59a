/** The description of both APIs (`assets/openapi.json`) as a caller that believes it and nothing else. */
import * as z from 'zod'
import openapi from '../../assets/openapi.json'

interface Response {
  readonly $ref?: string
  readonly content?: Readonly<Record<string, { readonly schema: object }>>
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, Response>>
}

interface Described extends Operation {
  readonly method: string
  readonly path: string
}

/** Operations by their ids. */
export const operations: ReadonlyMap<string, Described> = new Map(
  Object.entries(openapi.paths).flatMap(([path, methods]) =>
    Object.entries(methods as Record<string, Operation>).map(([method, operation]) => [
      operation.operationId,
      { ...operation, method: method.toUpperCase(), path },
    ]),
  ),
)

const $defs = JSON.parse(local(openapi.components.schemas)) as object

/** References as a schema in a document of its own has them. */
function local(value: unknown): string {
  return JSON.stringify(value).replaceAll('#/components/schemas/', '#/$defs/')
}

/** What an answer is in spite of the description, as a text; empty where it fits. */
export function misfitOf(
  operationId: string,
  status: number,
  type: string | null,
  text: string,
): string {
  const operation = operations.get(operationId)
  if (!operation) return 'there is no such operation'
  const described = resolved(operation.responses[String(status)])
  if (!described) return `the status ${status} is not described: ${text}`
  const [wanted] = Object.entries(described.content ?? {})
  if (!wanted) return text === '' ? '' : `there is a body: ${text}`
  const [wantedType, { schema }] = wanted
  if (type?.split(';')[0] !== wantedType) return `the type is ${type}, not ${wantedType}`
  const shape = { ...(JSON.parse(local(schema)) as object), $defs }
  const read = z
    .fromJSONSchema(shape as Parameters<typeof z.fromJSONSchema>[0])
    .safeParse(JSON.parse(text))
  return read.success ? '' : `${z.prettifyError(read.error)}\n${text.slice(0, 2_000)}`
}

function resolved(response: Response | undefined): Response | undefined {
  const name = response?.$ref?.split('/').at(-1)
  if (name === undefined) return response
  return (openapi.components.responses as Readonly<Record<string, Response>>)[name]
}
