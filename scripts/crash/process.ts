/** The gateway in a process of its own, as its parent sees it. */
import { fork, type ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import type { Contents } from '../../test/support/agreement.ts'
import type { GatewayOptions } from '../gateway.ts'
import { root } from '../root.ts'

/** The tenant whose rows the parent wants to see. */
export interface Question {
  readonly slug: string
}

export type Told =
  | { readonly kind: 'ready'; readonly url: string }
  | { readonly kind: 'contents'; readonly contents: Contents }

export type ProcessOptions = Pick<
  GatewayOptions,
  'stateDirectory' | 'buildDirectory' | 'adminToken' | 'port' | 'variables'
>

export class GatewayProcess {
  readonly url: string
  readonly #child: ChildProcess

  private constructor(child: ChildProcess, url: string) {
    this.#child = child
    this.url = url
  }

  /** Resolves when it listens and has been told by the platform's clock what is left to do. */
  static async start(options: ProcessOptions): Promise<GatewayProcess> {
    const child = fork(join(root, 'scripts/crash/server.ts'), [JSON.stringify(options)], {
      cwd: root,
      // What loads the parent, a test runner for one, is not for the gateway.
      execArgv: [],
      // A group of its own, so that workerd dies with it in the same moment.
      detached: true,
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
    })
    let output = ''
    child.stderr?.on('data', (chunk) => (output += String(chunk)))
    const told = await new Promise<Told>((resolve, reject) => {
      child.once('message', resolve)
      child.once('exit', (code, signal) => {
        reject(new Error(`The server ended with ${code ?? signal}:\n${output}`))
      })
    })
    return new GatewayProcess(child, told.kind === 'ready' ? told.url : '')
  }

  /** Everything that a tenant has in D1. */
  async contents(slug: string): Promise<Contents> {
    const told = new Promise<Told>((resolve) => this.#child.once('message', resolve))
    this.#child.send({ slug } satisfies Question)
    const answer = await told
    if (answer.kind !== 'contents') throw new Error(`The server told ${answer.kind}`)
    return answer.contents
  }

  /** SIGKILL to the process and its workerd. */
  async kill(): Promise<void> {
    const { pid, exitCode, signalCode } = this.#child
    if (pid === undefined || exitCode !== null || signalCode !== null) return
    const gone = new Promise((resolve) => this.#child.once('exit', resolve))
    process.kill(-pid, 'SIGKILL')
    await gone
  }
}
