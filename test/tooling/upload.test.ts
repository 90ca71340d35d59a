/** What a deployment would upload, for many tenants and for one. Nothing leaves this machine. */
import { execFile } from 'node:child_process'
import { rm } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, describe, expect, it } from 'vitest'
import { root } from '../../scripts/root.ts'

const bindings = [
  'env.DB',
  'env.TOKENS',
  'env.TEAM',
  'env.REQUESTS',
  'env.REFUSALS',
  'env.SIGN_INS',
]

afterAll(async () => {
  await rm(join(root, 'wrangler.dry-run-test.json'), { force: true })
})

describe('npm run deploy', () => {
  it.each([
    ['for many tenants', [], '""'],
    ['for one tenant', ['--env', 'dry-run-test'], '"dry-run-test"'],
  ])('%s binds all that the Worker uses', async (_, parameters, tenant) => {
    const { stdout } = await promisify(execFile)(
      process.execPath,
      [join(root, 'scripts', 'deploy.ts'), '--dry-run', ...parameters],
      { cwd: root, env: { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' } },
    )
    for (const binding of bindings) expect(stdout).toContain(binding)
    expect(stdout).toContain(`env.TENANT (${tenant})`)
  })
})
