/** What a deployment would upload, for many tenants and for one. Nothing leaves this machine. */
import { execFile } from 'node:child_process'
import { readdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { experimental_readRawConfig } from 'wrangler'
import { root } from '../../scripts/root.ts'
import { makeCheckout, type Checkout } from '../support/checkout.ts'

let checkout: Checkout

beforeAll(async () => {
  checkout = await makeCheckout()
})

afterAll(() => checkout?.remove())

/** Runs `npm run deploy` for one tenant or environment, up to the upload. */
async function deployNamed(tenant: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    [join(checkout.folder, 'scripts', 'deploy.ts'), '--dry-run', '--env', tenant],
    {
      cwd: checkout.folder,
      env: { ...process.env, NO_COLOR: '1', WRANGLER_SEND_METRICS: 'false' },
    },
  )
  return stdout
}

describe('npm run deploy', () => {
  // Without a tenant it runs `wrangler deploy --dry-run` (`deploy.test.ts`), as the build has.
  it.each([
    ['for many tenants', () => inject('uploadReport'), '""'],
    ['for one tenant', () => deployNamed('dry-run-test'), '"dry-run-test"'],
  ])('%s binds all that the Worker uses', async (_, report, tenant) => {
    const printed = await report()
    for (const binding of ['DB', 'TOKENS', 'TEAM', 'REQUESTS', 'REFUSALS', 'SIGN_INS', 'ASSETS']) {
      expect(printed).toContain(`env.${binding}`)
    }
    expect(printed).toContain(`env.TENANT (${tenant})`)
  })
})

describe('a dry run', () => {
  it('leaves the configuration of an earlier deployment as it is, and none of its own', async () => {
    const file = join(checkout.folder, 'wrangler.rollcall-acme.json')
    await writeFile(file, '{"name": "of the last deployment"}')
    const before = await readdir(checkout.folder)
    expect(await deployNamed('acme')).toContain('env.TENANT ("acme")')
    expect(await readFile(file, 'utf8')).toBe('{"name": "of the last deployment"}')
    const after = await readdir(checkout.folder)
    expect(after.filter((name) => name !== '.wrangler')).toEqual(
      before.filter((name) => name !== '.wrangler'),
    )
  })
})

describe('the staging environment of docs/operating.md', () => {
  it('binds all that the common Worker binds, and nothing of it', async () => {
    const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8')
    const [, block = ''] = /```\n(\[env\.staging\]\n[^`]*)```/.exec(page) ?? []
    const common = await readFile(join(root, 'wrangler.toml'), 'utf8')
    await writeFile(join(checkout.folder, 'wrangler.toml'), `${common}\n${block}`)
    const names = (text: string) =>
      [...text.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort()
    const printed = await deployNamed('staging')
    expect(names(printed)).toEqual([...names(inject('uploadReport')), 'WORKER'].sort())
    expect(printed).toContain('env.DB (rollcall-staging)')
    expect(printed).not.toContain('"1001"')
  })
})

describe('wrangler.toml', () => {
  it('keeps own requests on the public internet, and queries out of the logs', () => {
    const { rawConfig } = experimental_readRawConfig({ config: join(root, 'wrangler.toml') })
    expect(rawConfig.compatibility_flags).toContain('global_fetch_strictly_public')
    expect(rawConfig.observability?.redact_query_string).toBe(true)
  })
})
