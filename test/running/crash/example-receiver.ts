/** The example receiver of webhooks as a process that can be killed, and what others send to it. */
import { spawn, type ChildProcess } from 'node:child_process'
import { readFile } from 'node:fs/promises'
import { Webhook } from 'standardwebhooks'
import { root } from '../../../scripts/root.ts'
import { killGroup } from '../../support/server.ts'

interface Line {
  readonly id: string
  readonly event: { readonly seq: number; readonly type: string }
}

export class ExampleReceiver {
  readonly url: string
  readonly #port: number
  readonly #file: string
  #child: ChildProcess | undefined

  constructor(port: number, file: string) {
    this.url = `http://127.0.0.1:${port}/`
    this.#port = port
    this.#file = file
  }

  /** Resolves when it listens. */
  async start(secret: string): Promise<void> {
    const child = spawn(process.execPath, ['examples/receiver.js', this.#file], {
      cwd: root,
      detached: true,
      env: { ...process.env, WEBHOOK_SECRET: secret, PORT: String(this.#port) },
      stdio: ['ignore', 'pipe', 'inherit'],
    })
    this.#child = child
    await new Promise((resolve) => child.stdout.once('data', resolve))
    child.stdout.resume()
  }

  async die(): Promise<void> {
    const child = this.#child
    this.#child = undefined
    if (child) await killGroup(child)
  }

  async inbox(): Promise<Line[]> {
    const lines = (await readFile(this.#file, 'utf8')).split('\n').slice(0, -1)
    return lines.map((line) => JSON.parse(line) as Line)
  }

  /** The status of its answer to a message that somebody else signed, or signed at another time. */
  async answerTo(id: string, secret: string, at: Date): Promise<number> {
    const body = JSON.stringify({ id, type: 'user.created', seq: 46, resource: {} })
    const headers = {
      'webhook-id': id,
      'webhook-timestamp': String(Math.floor(at.getTime() / 1000)),
      'webhook-signature': new Webhook(secret).sign(id, at, body),
    }
    return (await fetch(this.url, { method: 'POST', body, headers })).status
  }
}
