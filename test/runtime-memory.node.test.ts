import { afterEach, expect, it, vi } from 'vitest'

const name = 'MINIFLARE_WORKERD_V8_FLAGS'

afterEach(() => {
  vi.unstubAllEnvs()
  vi.resetModules()
})

it.each([undefined, '--max-semi-space-size=2'])(
  'the local runtime collects early unless the environment has flags of its own: %s',
  async (given) => {
    vi.stubEnv(name, given)
    const { collectAsGiven, collectEarly } = await import('../scripts/runtime-memory.ts')
    collectEarly()
    expect(process.env[name]).toBe(given ?? '--initial-old-space-size=8')
    collectAsGiven()
    expect(process.env[name]).toBe(given)
  },
)
