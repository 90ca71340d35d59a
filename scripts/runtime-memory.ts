/**
 * Memory of the local runtime. V8 lets the old heap of a new isolate grow far before it collects it for the
 * first time; what requests have left there holds memory outside of the heap, which is let go with it.
 * Nothing of this is deployed: Cloudflare bounds its isolates.
 */
const name = 'MINIFLARE_WORKERD_V8_FLAGS'

/** Megabytes of the old heap at the first collection; later ones go by what stays in use. */
const flags = '--initial-old-space-size=8'

const given = process.env[name]

/** From now on a runtime that this process starts collects early, unless the environment has flags of its own. */
export function collectEarly(): void {
  process.env[name] ??= flags
}

/** Takes that back, for the runtime of another checkout that is measured beside. */
export function collectAsGiven(): void {
  if (given === undefined) delete process.env[name]
}
