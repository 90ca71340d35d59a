/**
 * `npm run deploy`: the common Worker. `npm run deploy -- --env NAME`: that tenant's own Worker, or
 * the environment NAME of wrangler.toml when it has one. Other parameters go to `wrangler deploy`.
 */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { experimental_readRawConfig } from 'wrangler'
import { deploy, planTarget, takeEnvironment, type Ended } from './deployment.ts'
import { root } from './root.ts'

const { name, more } = takeEnvironment(process.argv.slice(2))
const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig
const planned = planTarget(common, name)
if (!planned.ok) {
  console.error(planned.error)
  process.exit(1)
}
const { target, own } = planned.value
if (own) {
  await writeFile(join(root, own.file), `${JSON.stringify(own.config, null, 2)}\n`)
  console.log(`Deploying ${own.config.name} as ${own.file} says.`)
}
process.exit(await deploy(wrangler, target, more))

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
