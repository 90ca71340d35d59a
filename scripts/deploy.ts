/** `npm run deploy [-- --env NAME]`: the migrations and the Worker; see `deployment.ts`. */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { deploy, type Ended } from './deployment.ts'
import { root } from './root.ts'

process.exit(await deploy(wrangler, process.argv.slice(2)))

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
