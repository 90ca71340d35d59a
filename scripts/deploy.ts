/** `npm run deploy`: plans, asks, applies the migrations, publishes the Worker and checks it. */
import { spawn } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { styleText } from 'node:util'
import { experimental_readRawConfig } from 'wrangler'
import { readCommandLine, usage } from './deploy/command-line.ts'
import { runDeployment } from './deploy/run.ts'
import type { Ended } from './deployment.ts'
import { root } from './root.ts'

const wish = readCommandLine(process.argv.slice(2))
if (!wish.ok) {
  console.error(`${wish.error}\n\n${usage}`)
  process.exit(2)
}
if (wish.value.isHelp) {
  console.log(usage)
  process.exit(0)
}

const isAlone = Boolean(process.env['CI']) || !process.stdin.isTTY
const common = experimental_readRawConfig({ config: join(root, 'wrangler.toml') }).rawConfig

process.exit(
  await runDeployment(
    {
      wrangler,
      say: (text) => console.log(text),
      ask: isAlone ? undefined : ask,
      write: (file, config) => writeFile(join(root, file), `${JSON.stringify(config, null, 2)}\n`),
      warn: (text) => console.log(styleText('red', text)),
      fetch: (url, token) =>
        fetch(url, {
          signal: AbortSignal.timeout(10_000),
          ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
        }),
      wait: (milliseconds) => setTimeout(milliseconds),
      accountId: process.env['CLOUDFLARE_ACCOUNT_ID'] || undefined,
    },
    common,
    wish.value,
  ),
)

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(question)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function wrangler(parameters: readonly string[], isQuiet = false): Promise<Ended> {
  const path = join(root, 'node_modules', 'wrangler', 'bin', 'wrangler.js')
  const child = spawn(process.execPath, [path, ...parameters], {
    cwd: root,
    stdio: ['inherit', 'pipe', 'pipe'],
    // No questions: wrangler makes what is missing and applies what is new.
    env: { ...process.env, CI: process.env['CI'] ?? '1' },
  })
  const ended = { output: '', errors: '' }
  child.stdout.on('data', (chunk) => {
    ended.output += String(chunk)
    if (!isQuiet) process.stdout.write(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.errors += String(chunk)
    if (!isQuiet) process.stderr.write(chunk)
  })
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ ...ended, code: code ?? 1 })),
  )
}
