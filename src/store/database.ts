/** A batch sent to D1, and what its refusal means. The only place that reads D1's error texts. */
import { err, ok, type Result } from '../result'

/** Why a batch was rolled back. */
export type Refusal =
  | { readonly kind: 'credential' | 'target' | 'version' | 'members' }
  | { readonly kind: 'taken'; readonly what: 'userName' | 'teamName' | 'slug' | 'id' }
  | { readonly kind: 'unavailable' }

export type Rows = readonly (readonly Readonly<Record<string, unknown>>[])[]

/** One transaction, one round trip: all of it happens, or none. */
export async function runBatch(
  database: D1Database,
  statements: readonly D1PreparedStatement[],
): Promise<Result<Rows, Refusal>> {
  try {
    const results = await database.batch<Record<string, unknown>>([...statements])
    return ok(results.map((result) => result.results ?? []))
  } catch (error) {
    const refusal = refusalOf(error)
    if (!refusal) throw error
    return err(refusal)
  }
}

const refusals: readonly (readonly [RegExp, Refusal])[] = [
  [/CHECK constraint failed: guard_credential/, { kind: 'credential' }],
  [/CHECK constraint failed: guard_target/, { kind: 'target' }],
  [/CHECK constraint failed: guard_version/, { kind: 'version' }],
  [/CHECK constraint failed: guard_members/, { kind: 'members' }],
  [/UNIQUE constraint failed: .*users.*user_name/, { kind: 'taken', what: 'userName' }],
  [/UNIQUE constraint failed: .*teams.*name_key/, { kind: 'taken', what: 'teamName' }],
  [/UNIQUE constraint failed: .*tenants.*slug/, { kind: 'taken', what: 'slug' }],
  [/UNIQUE constraint failed: .*(users|teams).*\bid\b/, { kind: 'taken', what: 'id' }],
  // Documented by D1 as passing states; "overloaded" must not be repeated at once.
  [
    /Network connection lost|object to be reset|code was updated|transient issue|overloaded|exceeded timeout|storage operation exceeded/i,
    { kind: 'unavailable' },
  ],
]

function refusalOf(error: unknown): Refusal | undefined {
  const text = error instanceof Error ? `${error.message} ${causeOf(error)}` : String(error)
  return refusals.find(([pattern]) => pattern.test(text))?.[1]
}

function causeOf(error: Error): string {
  return error.cause instanceof Error ? error.cause.message : ''
}
