/**
 * The addresses of Cloudflare's API that wrangler asks for a deployment, answered by an `Account` of this
 * machine. What nobody has described answers 404, and is in `unknown`.
 */
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import type { Account } from './account.ts'
import { missing, routesOf, type Answer, type Asked, type Route } from './routes.ts'

export class Api {
  readonly account: Account
  readonly calls: string[] = []
  /** Calls that are not described here. */
  readonly unknown: string[] = []
  /** Status of `/healthz` of a published Worker. */
  health = 200
  readonly #routes: readonly Route[]
  readonly #server: Server

  constructor(account: Account) {
    this.account = account
    this.#routes = routesOf(account)
    this.#server = createServer((request, response) => {
      const parts: Buffer[] = []
      request.on('data', (part) => parts.push(part))
      request.on('end', () => {
        const text = Buffer.concat(parts).toString('utf8')
        const url = new URL(request.url ?? '/', 'http://api.test')
        if (url.pathname.endsWith('/healthz')) {
          response.writeHead(this.health, { 'Content-Type': 'application/json' })
          response.end(JSON.stringify({ status: 'ok', secrets: { ADMIN_TOKEN: 'strong' } }))
          return
        }
        const answer = this.#answer(request.method ?? '', url, text)
        response.writeHead(answer.status ?? 200, { 'Content-Type': 'application/json' })
        const { result, errors = [], info } = answer
        response.end(
          JSON.stringify({
            success: errors.length === 0,
            errors,
            messages: [],
            result,
            ...(info ? { result_info: info } : {}),
          }),
        )
      })
    })
  }

  async start(): Promise<string> {
    await new Promise<void>((resolve) => this.#server.listen(0, '127.0.0.1', resolve))
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections()
    await new Promise((resolve) => this.#server.close(resolve))
  }

  #answer(method: string, url: URL, text: string): Answer {
    const path = url.pathname
      .replace(/^\/client\/v4/, '')
      .replace(`/accounts/${this.account.id}`, '')
    this.calls.push(`${method} ${path}`)
    for (const [wanted, pattern, handle] of this.#routes) {
      const match = pattern.exec(path)
      if (wanted !== method || !match) continue
      return handle(readAsked(path, url, text), match.slice(1).map(decodeURIComponent))
    }
    this.unknown.push(`${method} ${path}${url.search} ${text.slice(0, 200)}`)
    return missing(7003, `The stand-in knows no ${method} ${path}`)
  }
}

function readAsked(path: string, url: URL, text: string): Asked {
  const [, upload = '{}'] =
    /name="metadata"(?:;[^\r\n]*)?\r\n(?:[^\r\n]+\r\n)*\r\n([^]*?)\r\n--/.exec(text) ?? []
  return {
    path,
    query: url.searchParams,
    text,
    metadata: JSON.parse(upload),
    get body() {
      return text === '' ? {} : JSON.parse(text)
    },
  }
}
