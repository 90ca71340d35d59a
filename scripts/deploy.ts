/** `npm run deploy`: plans, asks, applies the migrations, publishes the Worker and checks it. */
import { spawn, spawnSync } from 'node:child_process'
import { rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { createInterface } from 'node:readline/promises'
import { setTimeout } from 'node:timers/promises'
import { styleText } from 'node:util'
import { experimental_readRawConfig } from 'wrangler'
import { buttonOf } from './deploy/button.ts'
import { readCommandLine, usage } from './deploy/command-line.ts'
import { runDeployment } from './deploy/run.ts'
import type { Ended } from './deployment.ts'
import { Progress } from './progress.ts'
import { root } from './root.ts'
import { answerHelp, orRefuse } from './usage.ts'

const given = process.argv.slice(2)
answerHelp(given, usage)
const wish = orRefuse(usage, readCommandLine(given))

if (wish.isButton) {
  const button = buttonOf(readOrigin())
  console.log(button.ok ? `${button.value.address}\n\n${button.value.markdown}` : button.error)
  process.exit(button.ok ? 0 : 1)
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
      remove: (file) => rm(join(root, file)),
      warn: (text) => console.log(styleText('red', text)),
      fetch: (url, token) =>
        fetch(url, {
          signal: AbortSignal.timeout(10_000),
          ...(token === undefined ? {} : { headers: { Authorization: `Bearer ${token}` } }),
        }),
      wait: (milliseconds) => setTimeout(milliseconds),
      progress: new Progress(),
      accountId: process.env['CLOUDFLARE_ACCOUNT_ID'] || undefined,
    },
    common,
    wish,
  ),
)

/** Empty without git, or without the remote. */
function readOrigin(): string {
  const git = spawnSync('git', ['remote', 'get-url', 'origin'], { cwd: root, encoding: 'utf8' })
  return git.status === 0 ? git.stdout : ''
}

async function ask(question: string): Promise<boolean> {
  const terminal = createInterface({ input: process.stdin, output: process.stdout })
  const answer = await terminal.question(question)
  terminal.close()
  return /^y(es)?$/i.test(answer.trim())
}

async function wrangler(
  parameters: readonly string[],
  listen?: (output: string) => void,
): Promise<Ended> {
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
    if (listen) listen(ended.output)
    else process.stdout.write(chunk)
  })
  child.stderr.on('data', (chunk) => {
    ended.errors += String(chunk)
    if (!listen) process.stderr.write(chunk)
  })
  return new Promise((resolve) =>
    child.on('close', (code) => resolve({ ...ended, code: code ?? 1 })),
  )
}
