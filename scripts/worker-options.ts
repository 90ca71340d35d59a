/**
 * What wrangler makes of a configuration for Miniflare. wrangler reads it in a process of its own, that
 * ends: it would hold 130 MB for as long as the gateway runs. What was made of a text is kept.
 */
import { execFile } from 'node:child_process'
import { createHash } from 'node:crypto'
import { mkdir, readFile, rename, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Unstable_RawConfig, unstable_getMiniflareWorkerOptions } from 'wrangler'
import { root } from './root.ts'

export interface WorkerOptions {
  readonly config: Unstable_RawConfig
  readonly workerOptions: ReturnType<typeof unstable_getMiniflareWorkerOptions>['workerOptions']
}

const folder = join(root, '.wrangler', 'options')

/** Reads a configuration, given its path. */
export async function readWorkerOptions(config: string): Promise<WorkerOptions> {
  const parts = [config, await readFile(config), await readFile(installedWrangler)]
  const digest = createHash('sha256')
  for (const part of parts) digest.update(part).update('\0')
  const kept = join(folder, `${digest.digest('hex')}.json`)
  const text = await readFile(kept, 'utf8').catch(() => askWrangler(config, kept))
  return JSON.parse(text) as WorkerOptions
}

const installedWrangler = join(root, 'node_modules', 'wrangler', 'package.json')

const program = `
  import { experimental_readRawConfig, unstable_getMiniflareWorkerOptions } from 'wrangler'
  const config = process.argv[1]
  const { rawConfig } = experimental_readRawConfig({ config })
  const { workerOptions } = unstable_getMiniflareWorkerOptions(config)
  console.log('\\n' + JSON.stringify({ config: rawConfig, workerOptions }))
`

async function askWrangler(config: string, kept: string): Promise<string> {
  const { stdout } = await promisify(execFile)(
    process.execPath,
    ['--input-type=module', '--eval', program, config],
    { cwd: root, env: { ...process.env, WRANGLER_SEND_METRICS: 'false' }, maxBuffer: 8e6 },
  )
  const text = stdout.trimEnd().split('\n').at(-1) ?? ''
  // A checkout of somebody else cannot be written to: then it is asked at each start.
  await keep(kept, text).catch(() => undefined)
  return text
}

/** Whole or not at all: several may start at the same time. */
async function keep(kept: string, text: string): Promise<void> {
  await mkdir(folder, { recursive: true })
  const own = `${kept}.${process.pid}`
  await writeFile(own, text)
  await rename(own, kept)
}
