/** The built Worker inside this process, called as the platform would call it. */
import { registerHooks } from 'node:module'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'

export type Worker = (request: Request) => Promise<Response>

const platform = `export class DurableObject { constructor(ctx, env) { this.ctx = ctx; this.env = env } }
export class WorkerEntrypoint extends DurableObject {}
export const env = {}, exports = {}`

/**
 * `bindings` are D1 and the variables; KV is a map here, and objects live in this process. `later`
 * is told of the work after an answer.
 */
export async function loadWorker(
  buildDirectory: string,
  bindings: Readonly<Record<string, unknown>>,
  later: (work: Promise<unknown>) => void = () => undefined,
): Promise<Worker> {
  registerHooks({
    resolve: (specifier, context, next) =>
      specifier.startsWith('cloudflare:')
        ? { url: `data:text/javascript,${encodeURIComponent(platform)}`, shortCircuit: true }
        : next(specifier, context),
  })
  Reflect.set(crypto.subtle, 'timingSafeEqual', isSameBytes)
  Reflect.set(globalThis, 'scheduler', {
    wait: (time: number) => new Promise((resolve) => setTimeout(resolve, time)),
  })
  const built = await import(pathToFileURL(join(buildDirectory, 'index.js')).href)
  const environment: Record<string, unknown> = { TOKENS: new Store(), ...bindings }
  const context = { waitUntil: later, passThroughOnException: () => undefined }
  const objects = new Map<string, unknown>()
  environment['TEAM'] = {
    getByName: (name: string) => {
      const known = objects.get(name) ?? new built.Team(context, environment)
      objects.set(name, known)
      return known
    },
  }
  return (request) => built.default.fetch(request, environment, context)
}

function isSameBytes(left: Uint8Array, right: Uint8Array): boolean {
  return left.length === right.length && left.every((byte, index) => byte === right[index])
}

class Store {
  readonly #values = new Map<string, string>()
  async get(key: string): Promise<unknown> {
    const value = this.#values.get(key)
    return value === undefined ? null : JSON.parse(value)
  }
  async put(key: string, value: string): Promise<void> {
    this.#values.set(key, value)
  }
  async delete(key: string): Promise<void> {
    this.#values.delete(key)
  }
}
