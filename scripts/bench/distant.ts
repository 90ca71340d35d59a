/**
 * The gateway with its database a network's way off: beside this process a batch travels no way at
 * all, and what shares one saves nothing of it.
 */
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'

/**
 * Writes a Worker beside the built one whose batches take so many milliseconds longer; its name.
 */
export async function writeDistant(buildDirectory: string, milliseconds: number): Promise<string> {
  const entry = `distant-${milliseconds}.js`
  await writeFile(
    join(buildDirectory, entry),
    `import near, { Delivery as NearDelivery, Team as NearTeam } from './index.js'

const distant = (env) => ({
  ...env,
  DB: {
    prepare: (text) => env.DB.prepare(text),
    async batch(statements) {
      await scheduler.wait(${milliseconds})
      return env.DB.batch(statements)
    },
  },
})

const distantly = (Near) => class extends Near {
  constructor(context, env) {
    super(context, distant(env))
  }
}

export const Team = distantly(NearTeam)
export const Delivery = distantly(NearDelivery)

export default {
  fetch: (request, env, context) => near.fetch(request, distant(env), context),
}
`,
  )
  return entry
}
