/** The outcome of something that can be refused. Refusals are values; `throw` means a bug. */
export type Result<T, E> =
  | { readonly ok: true; readonly value: T }
  | { readonly ok: false; readonly error: E }

export function ok<T>(value: T): { readonly ok: true; readonly value: T } {
  return { ok: true, value }
}

export function err<E>(error: E): { readonly ok: false; readonly error: E } {
  return { ok: false, error }
}

type Outcome = Result<unknown, unknown>
type ValueOf<R> = R extends { readonly ok: true; readonly value: infer T } ? T : never
type ErrorOf<R> = R extends { readonly ok: false; readonly error: infer E } ? E : never

/** The values of several outcomes in their order, or the first refusal among them. */
export async function allOk<const Outcomes extends readonly Promise<Outcome>[]>(
  outcomes: Outcomes,
): Promise<
  Result<
    { -readonly [K in keyof Outcomes]: ValueOf<Awaited<Outcomes[K]>> },
    ErrorOf<Awaited<Outcomes[number]>>
  >
> {
  const values: unknown[] = []
  for (const outcome of await Promise.all(outcomes)) {
    if (!outcome.ok) return err(outcome.error as ErrorOf<Awaited<Outcomes[number]>>)
    values.push(outcome.value)
  }
  return ok(values as { -readonly [K in keyof Outcomes]: ValueOf<Awaited<Outcomes[K]>> })
}
