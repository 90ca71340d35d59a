/** What a deployment would upload, for many tenants and for one. Nothing leaves this machine. */
import { execFile } from 'node:child_process'
import { cp, mkdtemp, readFile, rm, symlink, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { experimental_readRawConfig } from 'wrangler'
import { databasesOf } from '../../scripts/deployment.ts'
import { root } from '../../scripts/root.ts'

/** A checkout of its own: a tenant's configuration is written where the scripts are. */
let checkout: string

beforeAll(async () => {
  checkout = await mkdtemp(join(tmpdir(), 'rollcall-upload-'))
  for (const name of [
    'assets',
    'package.json',
    'scripts',
    'src',
    'tsconfig.json',
    'wrangler.toml',
  ]) {
    await cp(join(root, name), join(checkout, name), { recursive: true })
  }
  await symlink(join(root, 'node_modules'), join(checkout, 'node_modules'))
})

afterAll(async () => {
  await rm(checkout, { recursive: true, force: true })
})

/** Runs `npm run deploy` for one tenant or environment, up to the upload. */
async function deployNamed(tenant: string): Promise<string> {
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
    ['for one tenant', () => deployNamed('dry-run-test'), '"dry-run-test"'],
  ])('%s binds all that the Worker uses', async (_, report, tenant) => {
    const printed = await report()
    for (const binding of ['DB', 'TOKENS', 'TEAM', 'REQUESTS', 'REFUSALS', 'SIGN_INS', 'ASSETS']) {
      expect(printed).toContain(`env.${binding}`)
    }
    expect(printed).toContain(`env.TENANT (${tenant})`)
  })
})

describe('the staging environment of docs/operating.md', () => {
  it('binds all that the common Worker binds, and nothing of it', async () => {
    const page = await readFile(join(root, 'docs', 'operating.md'), 'utf8')
    const [, block = ''] = /```\n(\[env\.staging\]\n[^`]*)```/.exec(page) ?? []
    const common = await readFile(join(root, 'wrangler.toml'), 'utf8')
    await writeFile(join(checkout, 'wrangler.toml'), `${common}\n${block}`)
    const names = (text: string) =>
      [...text.matchAll(/^env\.(\w+)/gm)].map(([, name]) => name).sort()
    const printed = await deployNamed('staging')
    const wanted = names(inject('uploadReport')).filter((name) => name !== 'JURISDICTION')
    expect(names(printed)).toEqual([...wanted, 'WORKER'].sort())
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

describe('the button Deploy to Cloudflare', () => {
  it('asks for each secret, and explains each input that it shows', async () => {
    const { rawConfig } = experimental_readRawConfig({ config: join(root, 'wrangler.toml') })
    const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
    const example = await readFile(join(root, '.dev.vars.example'), 'utf8')
    const secrets = [...example.matchAll(/^(\w+)=$/gm)].map(([, name]) => name)
    expect(secrets).toEqual(['ADMIN_TOKEN', 'WEBHOOK_KEY'])
    const shown = [
      ...secrets,
      ...Object.keys(rawConfig.vars ?? {}),
      ...databasesOf(rawConfig),
      'TOKENS',
    ]
    expect(Object.keys(manifest.cloudflare.bindings).sort()).toEqual(shown.sort())
    expect(manifest.scripts.deploy).toContain('scripts/deploy.ts')
  })
})
