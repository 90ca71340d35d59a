/** TypeScript types of JSON Schema, as far as the answers of the application API go. */
import type { Schema } from '../openapi/schemas.ts'

/** `export type Name = …` for each schema, in the order of the names. */
export function printTypes(schemas: Readonly<Record<string, Schema>>): string {
  return Object.entries(schemas)
    .map(([name, schema]) => `${comment(schema)}export type ${name} = ${typeOf(schema)}\n`)
    .join('\n')
}

function typeOf(schema: Schema): string {
  const { $ref, enum: names, anyOf, oneOf, type } = schema
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1)
  if ('const' in schema) return JSON.stringify(schema['const'])
  if (Array.isArray(names)) return names.map((name) => JSON.stringify(name)).join(' | ')
  const choices = [anyOf, oneOf].find((list) => Array.isArray(list))
  if (choices) return (choices as Schema[]).map(typeOf).join(' | ')
  if (Array.isArray(type)) return type.map((one) => typeOf({ ...schema, type: one })).join(' | ')
  if (type === 'array') return `readonly (${typeOf(schema['items'] as Schema)})[]`
  if (type === 'object') return objectOf(schema)
  if (type === 'integer' || type === 'number') return 'number'
  return typeof type === 'string' ? type : 'unknown'
}

function objectOf({ properties, required, additionalProperties: more }: Schema): string {
  const names = Array.isArray(required) ? required : []
  const members = Object.entries((properties ?? {}) as Record<string, Schema>).map(
    ([name, schema]) => {
      const isOptional = !names.includes(name)
      const undefinable = isOptional ? ' | undefined' : ''
      return `${comment(schema)}  readonly ${name}${isOptional ? '?' : ''}: ${typeOf(schema)}${undefinable}`
    },
  )
  const isClosed = more === false || more === undefined
  const rest = !isClosed && members.length === 0 ? typeOf(more as Schema) : 'unknown'
  if (!isClosed) members.push(`  readonly [name: string]: ${rest}`)
  return `{\n${members.join('\n')}\n}`
}

function comment({ description }: Schema): string {
  return typeof description === 'string' ? `/** ${description} */\n` : ''
}
