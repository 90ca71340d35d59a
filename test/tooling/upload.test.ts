/** What a deployment would upload, for many tenants and for one. Nothing leaves this machine. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, rm, symlink } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { experimental_readRawConfig } from 'wrangler'
import { root } from '../../scripts/root.ts'

/** A checkout of its own: a tenant's configuration is written where the scripts are. */
let checkout: string

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'rollcall-upload-'))
  for (const name of ['package.json', 'scripts', 'src', 'tsconfig.json', 'wrangler.toml']) {
    await cp(join(root, name), join(checkout, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'))
})

afterAll(async () => {
  await rm(checkout, { recursive: true, force: true })
})

/** Runs `npm run deploy` for one tenant, up to the upload. */
async function deployTenant(tenant: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(checkout, 'scripts', 'deploy.ts'), '--dry-run', '--env', tenant],
    { cwd: checkout, env: { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' } },
  )
  return stdout
}

describe('npm run deploy', () => {
  // Without a tenant it runs `wrangler deploy --dry-run` (`deploy.test.ts`), as the build has.
  it.each([
    ['for many tenants', () => inject('uploadReport'), '""'],
    ['for one tenant', () => deployTenant('dry-run-test'), '"dry-run-test"'],
  ])('%s binds all that the Worker uses', async (_, report, tenant) => {
    const printed = await report()
    for (const binding of ['DB', 'TOKENS', 'TEAM', 'REQUESTS', 'REFUSALS', 'SIGN_INS']) {
      expect(printed).toContain(`env.${binding}`)
    }
    expect(printed).toContain(`env.TENANT (${tenant})`)
  })
})

describe('wrangler.toml', () => {
  it('keeps own requests on the public internet, and queries out of the logs', () => {
    const { rawConfig } = experimental_readRawConfig({ config: join(root, 'wrangler.toml') })
    expect(rawConfig.compatibility_flags).toContain('global_fetch_strictly_public')
    expect(rawConfig.observability?.redact_query_string).toBe(true)
  })
})
