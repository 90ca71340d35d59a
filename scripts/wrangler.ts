/** Runs commands of wrangler. What they print is the answer; a failure is a bug and quotes it. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'

/** `folder` is the checkout whose configuration and sources the command takes. */
export async function runWranglerIn(
  folder: string,
  ...command: readonly string[]
): Promise<string> {
  const wrangler = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const environment = { ...process.env, WRANGLER_SEND_METRICS: 'false', NO_COLOR: '1' }
  const child = spawn(process.execPath, [wrangler, ...command], {
    cwd: folder,
    env: environment,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  const code = await new Promise<number | null>((resolve) => child.on('close', resolve))
  if (code !== 0) throw new Error(`wrangler ${command.join(' ')} failed.\n${output}`)
  return output
}
