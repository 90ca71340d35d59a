/** The shapes of the application API as JSON Schema, from the definitions of its answers. */
import { registerHooks } from 'node:module'
import * as z from 'zod'

// The sources name each other without endings, as their bundler wants it.
registerHooks({
  resolve: (specifier, context, next) =>
    next(/^\.\.?\/(?!.*\.[jt]sx?$)/.test(specifier) ? `${specifier}.ts` : specifier, context),
})

export type Schema = Readonly<Record<string, unknown>>

/** Every named shape. */
export async function namedSchemas(): Promise<Record<string, Schema>> {
  // Registers the shapes of all answers.
  await import('../../src/application/answers.ts')
  const { schemas } = z.toJSONSchema(z.globalRegistry, {
    uri: (id) => `#/components/schemas/${id}`,
  })
  return Object.fromEntries(
    Object.entries(schemas)
      .toSorted(([left], [right]) => (left < right ? -1 : 1))
      .map(([id, schema]) => [id, bare(schema)]),
  )
}

/** The schema of a shape without a name. */
export function plain(shape: z.core.$ZodType, io: 'input' | 'output'): Schema {
  return bare(z.toJSONSchema(shape, { io, unrepresentable: 'any' }))
}

/** Without what only a schema in a file of its own needs. */
function bare(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).filter(([name]) => name !== '$schema' && name !== '$id'),
  )
}
