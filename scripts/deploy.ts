/**
 * `npm run deploy [-- --env NAME]`: the migrations, then the Worker. A database that does not exist
 * yet is made by the first deployment; then the Worker answers 503 until the migrations are there.
 */
import { spawn } from 'node:child_process'
import { join } from 'node:path'
import { root } from './root.ts'

const parameters = process.argv.slice(2)
const migrate = ['d1', 'migrations', 'apply', 'DB', '--remote', ...environmentOf(parameters)]
const deploy = ['deploy', ...parameters]

if (parameters.includes('--dry-run')) {
  process.exit(await wrangler(deploy))
}
const isMigrated = (await wrangler(migrate)) === 0
if (!isMigrated) console.log('No database yet: deploying first, then applying the migrations.')
const deployed = await wrangler(deploy)
process.exit(deployed !== 0 || isMigrated ? deployed : await wrangler(migrate))

function environmentOf(list: readonly string[]): string[] {
  const index = list.findIndex((item) => item === '--env' || item === '-e')
  const joined = list.find((item) => item.startsWith('--env='))
  if (joined) return [joined]
  return index < 0 ? [] : list.slice(index, index + 2)
}

async function wrangler(command: readonly string[]): Promise<number> {
  const path = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const child = spawn(process.execPath, [path, ...command], {
    cwd: root,
    stdio: 'inherit',
    env: { ...process.env, CI: process.env['CI'] ?? '1' },
  })
  return new Promise((resolve) => child.on('close', (code) => resolve(code ?? 1)))
}
