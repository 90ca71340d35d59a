/**
 * `npm run deploy`: the common Worker. `npm run deploy -- --env NAME`: that tenant's own Worker, or
 * the environment NAME of wrangler.toml when it has one. Other parameters go to `wrangler deploy`.
 */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { experimental_readRawConfig } from 'wrangler'
import {
  databasesOf,
  deploy,
  isSlug,
  takeEnvironment,
  tenantConfig,
  type Ended,
  type Target,
} from './deployment.ts'
import { root } from './root.ts'

const { name, more } = takeEnvironment(process.argv.slice(2))

process.exit(await deploy(wrangler, await targetOf(name), more))

async function targetOf(tenant: string | undefined): Promise<Target> {
  const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig
  if (tenant === undefined) return { parameters: [], databases: databasesOf(common) }
  const own = common.env?.[tenant]
  if (own) return { parameters: ['--env', tenant], databases: databasesOf(own) }
  if (!isSlug(tenant)) {
    console.error('--env takes the slug of a tenant: a to z, 0 to 9 and "-", 63 at most.')
    process.exit(1)
  }
  const config = tenantConfig(common, tenant)
  const file = `wrangler.${tenant}.json`
  await writeFile(join(root, file), `${JSON.stringify(config, null, 2)}\n`)
  console.log(`Deploying ${config.name} as ${file} says.`)
  return { parameters: ['--config', file], databases: databasesOf(config) }
}

async function wrangler(parameters: readonly string[]): Promise<Ended> {
  const path = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const child = spawn(process.execPath, [path, ...parameters], {
    cwd: root,
    stdio: ['inherit', 'inherit', 'pipe'],
    // No questions: wrangler makes what is missing and applies what is new.
    env: { ...process.env, CI: process.env['CI'] ?? '1' },
  })
  let errors = ''
  child.stderr.on('data', (chunk) => {
    errors += String(chunk)
    process.stderr.write(chunk)
  })
  return new Promise((resolve) => child.on('close', (code) => resolve({ code: code ?? 1, errors })))
}
