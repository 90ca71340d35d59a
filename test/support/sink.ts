/**
 * A receiver of webhooks: a real HTTP server on this machine that answers as it is told and keeps
 * what it got, for each path on its own. Tests inside workerd tell it so and ask it over HTTP.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { TestProject } from 'vitest/node'

declare module 'vitest' {
  interface ProvidedContext {
    readonly sinkUrl: string
  }
}

export interface Received {
  readonly headers: Readonly<Record<string, string>>
  readonly body: string
}

/** The answer to one request; a request without one gets 204. */
export interface Reply {
  /** Answers only requests with this text in their body, and each of them. */
  readonly when?: string
  readonly status?: number
  readonly headers?: Readonly<Record<string, string>>
  readonly body?: string
  /** Milliseconds before the answer. */
  readonly delay?: number
  /** Answers once the next replies are set. */
  readonly isHeld?: boolean
  /** Never answers. */
  readonly isHanging?: boolean
  /** Closes the connection without an answer. */
  readonly isCut?: boolean
  /** The answer begins and never ends. */
  readonly isEndless?: boolean
}

interface Place {
  readonly received: Received[]
  readonly replies: Reply[]
  /** Answers that are held. */
  readonly held: (() => void)[]
}

export interface Sink {
  readonly url: string
  stop(): Promise<void>
}

/**
 * `POST /{name}` is a webhook. `PUT /{name}` sets the next replies, as a JSON list. `GET /{name}`
 * answers what was received, in its order. Below `/served/` a GET is a request like a POST, and the
 * last reply stays: what was received is answered under `/received{path}`.
 */
export async function startSink(port = 0): Promise<Sink> {
  const places = new Map<string, Place>()
  const server = createServer((request, response) => {
    const asked = request.url ?? '/'
    const isServed = asked.startsWith('/served/')
    const path = asked.replace(/^\/received(?=\/served\/)/, '')
    const place = places.get(path) ?? { received: [], replies: [], held: [] }
    places.set(path, place)
    void handle(place, request, response, isServed)
  })
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { url: `http://127.0.0.1:${portOf(server)}`, stop: () => close(server) }
}

export function portOf(server: Server): number {
  const address = server.address()
  return typeof address === 'object' && address ? address.port : 0
}

export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  for await (const chunk of request) chunks.push(chunk as Buffer)
  return Buffer.concat(chunks).toString()
}

async function handle(
  { received, replies, held }: Place,
  request: IncomingMessage,
  response: ServerResponse,
  isServed: boolean,
): Promise<void> {
  const body = await bodyOf(request)
  if (request.method === 'GET' && !isServed) return void response.end(JSON.stringify(received))
  if (request.method === 'PUT') {
    replies.splice(0, replies.length, ...(JSON.parse(body) as Reply[]))
    for (const release of held.splice(0)) release()
    return void response.end()
  }
  received.push({ headers: request.headers as Record<string, string>, body })
  const index = replies.findIndex(({ when = '' }) => body.includes(when))
  const isKept = replies[index]?.when !== undefined || (isServed && replies.length === 1)
  const reply = (isKept ? replies[index] : replies.splice(index, index < 0 ? 0 : 1)[0]) ?? {}
  if (reply.isCut) return void request.socket.destroy()
  if (reply.isHanging) return
  if (reply.isHeld) await new Promise<void>((resolve) => held.push(resolve))
  if (reply.delay) await new Promise((resolve) => setTimeout(resolve, reply.delay))
  response.writeHead(reply.status ?? 204, reply.headers)
  if (reply.isEndless) return void response.write(reply.body ?? 'x')
  response.end(reply.body)
}

async function close(server: Server): Promise<void> {
  const closed = new Promise((resolve) => server.close(resolve))
  server.closeAllConnections()
  await closed
}

/** One sink for all tests of the project. */
export default async function provideSink(project: TestProject): Promise<() => Promise<void>> {
  const sink = await startSink()
  project.provide('sinkUrl', sink.url)
  return () => sink.stop()
}
