/** The first look of `npm run prove`: no kit is played where nothing speaks SCIM, and the reason is told. */
import { spawn, type ChildProcess } from 'node:child_process'
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { createServer, type RequestListener, type Server as HttpServer } from 'node:http'
import { createServer as createTcpServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Fetch } from '../../../scripts/prove/connection.ts'
import { kits } from '../../../scripts/prove/kits/all.ts'
import { showReport } from '../../../scripts/prove/report.ts'
import { enter, runKit } from '../../../scripts/prove/run.ts'
import { root } from '../../../scripts/root.ts'
import { readBody } from '../../../scripts/simulator/json.ts'
import { freePort, startServer, type Server } from '../../support/server.ts'
import { newStage } from './scene.ts'

const token = 'secret-token'
const base =
  'Give the address that /Users is appended to, as the documentation of the server has it.'
const refusal = { schemas: ['urn:ietf:params:scim:api:messages:2.0:Error'], status: '404' }

let server: Server
let folder: string
const opened: HttpServer[] = []

beforeAll(async () => {
  server = await startServer()
  folder = await mkdtemp(join(tmpdir(), 'rollcall-look-'))
})

afterAll(async () => {
  for (const http of opened) http.close()
  await server.stop()
  await rm(folder, { recursive: true, force: true })
})

type Answering = (...parts: Parameters<RequestListener>) => unknown

/** The address of a server that answers everything in the same way. */
async function serve(answer: Answering): Promise<string> {
  const http = createServer((request, response) => void answer(request, response))
  opened.push(http)
  await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
  const address = http.address()
  return `http://127.0.0.1:${typeof address === 'object' && address ? address.port : 0}/scim`
}

function answering(status: number, headers: Record<string, string>, text = ''): RequestListener {
  return (_, response) => response.writeHead(status, headers).end(text)
}

const html = { 'Content-Type': 'text/html; charset=utf-8' }
const json = { 'Content-Type': 'application/json' }

async function refusalOf(url: string, fetch?: Fetch): Promise<string> {
  const room = await enter({
    url,
    credentials: { kind: 'token', token },
    ...(fetch ? { fetch } : {}),
  })
  return room.ok ? 'entered' : room.error
}

describe('the first look', () => {
  it.each<readonly [RequestListener, string]>([
    [
      answering(404, html, '<h1>Not Found</h1>'),
      `was answered 404 with text/html: there is no SCIM server at this address. ${base}`,
    ],
    [
      answering(200, html, '<!doctype html><title>Shop</title>'),
      `was answered 200 with text/html: there is no SCIM server at this address. ${base}`,
    ],
    [
      answering(404, json, '{"message":"No route"}'),
      `was answered 404 with application/json (No route): there is no SCIM server at this address. ${base}`,
    ],
    [
      answering(404, json, JSON.stringify(refusal)),
      `was answered 404 with application/json: there is no SCIM server at this address. ${base}`,
    ],
    [
      answering(200, json, '[]'),
      `was answered 200 with application/json: there is no SCIM server at this address. ${base}`,
    ],
    [
      answering(302, { Location: 'https://login.example.com/' }),
      `was answered 302, a redirect to https://login.example.com/: people sign in there, or the server has moved. ${base}`,
    ],
    [
      answering(502, html, 'Bad gateway'),
      'was answered 502 with text/html: the server, or a proxy before it, fails. Repeat this when it is well.',
    ],
  ])(
    'tells of a server that is none of SCIM what it asked, what came, and what to do',
    async (answer, told) => {
      const url = await serve(answer)
      expect(await refusalOf(`${url}/`)).toBe(`GET ${url}/Users?count=1 ${told}`)
    },
  )

  it('tells of a server that nobody hears why, and what to do', async () => {
    const url = `http://127.0.0.1:${await freePort()}`
    const asked = `GET ${url}/Users?count=1: There was no answer:`
    expect(await refusalOf(url)).toMatch(
      `${asked} connect ECONNREFUSED ${url.slice(7)}. Nobody listens there: start the server, or look at host and port.`,
    )
    const late = () => Promise.reject(new DOMException('late', 'TimeoutError'))
    expect(await refusalOf(url, late)).toBe(
      `${asked} none came within 60 seconds. Look whether host and port are those of the server, and whether it is well.`,
    )
    const spoken = await serve(answering(200, json, '{}'))
    expect(await refusalOf(spoken.replace('http:', 'https:'))).toMatch(
      /: There was no answer: wrong version number\. Look whether the address begins with https:\/\//,
    )
    const strange = createTcpServer((socket) =>
      socket.end('SSH-2.0-x\r\n').on('error', () => undefined),
    )
    const port = await freePort()
    await new Promise<void>((resolve) => strange.listen(port, '127.0.0.1', resolve))
    expect(await refusalOf(`http://127.0.0.1:${port}`)).toMatch(
      /no answer: .* Look whether the address/,
    )
    strange.close()
  })

  it('reads no more of an answer that never ends than it needs', async () => {
    const piece = new TextEncoder().encode('x'.repeat(1_000_000))
    const endless = new ReadableStream({ pull: (controller) => controller.enqueue(piece) })
    expect((await readBody(new Response(endless))).length).toBeLessThan(22_000_000)
  })

  it.each<readonly [string, (path: string) => Response | undefined]>([
    [
      'has no ServiceProviderConfig',
      (path) =>
        path.endsWith('/ServiceProviderConfig') ? Response.json({}, { status: 404 }) : undefined,
    ],
    [
      'has no ServiceProviderConfig, and refuses the list of people',
      (path) => {
        if (path.endsWith('/ServiceProviderConfig')) return Response.json({}, { status: 404 })
        const isList = path.includes('/Users?count=1')
        return isList ? Response.json({ ...refusal, status: '501' }, { status: 501 }) : undefined
      },
    ],
    [
      'has types alone',
      (path) =>
        /Users\?count=1|ServiceProviderConfig/.test(path)
          ? Response.json({}, { status: 404 })
          : undefined,
    ],
  ])('lets a server be proved that %s, and the report says so', async (_, answerOf) => {
    const stage = await newStage(server.url, 'rfc')
    const room = await enter({
      url: stage.url,
      credentials: { kind: 'token', token: stage.token },
      fetch: (url, init) => {
        const found = answerOf(url)
        return found ? Promise.resolve(found) : fetch(url, init)
      },
    })
    if (!room.ok) throw new Error(room.error)
    const [row] = await runKit(
      kits.rfc,
      room.value,
      undefined,
      ({ name }) => name === 'A person is read by id',
    )
    expect(row?.outcome).toBe('kept')
    const { note = '' } = room.value
    expect(note).toBe(
      'GET /ServiceProviderConfig was answered 404 with application/json: the server does not tell its features, and rows about them fail.',
    )
    const [kit, title, source, url, startedAt] = ['rfc', 'T', 'S', 'http://x', ''] as const
    expect(showReport({ kit, title, source, url, startedAt, note, rows: [] })).toContain(
      `  Note:   ${note}`,
    )
  })

  it('has nothing to say of a server that tells its features', async () => {
    const stage = await newStage(server.url, 'auto')
    const room = await enter({ url: stage.url, credentials: { kind: 'token', token: stage.token } })
    expect(room).toMatchObject({ ok: true, value: { note: undefined } })
  })
})

describe('npm run prove', () => {
  it('ends with 2 where there is no SCIM server, and leaves no report of an earlier run', async () => {
    const url = await serve((request, response) => {
      const message = `unknown: ${request.headers.authorization}`
      response.writeHead(404, json).end(JSON.stringify({ message }))
    })
    const [report, junit] = [join(folder, 'report.json'), join(folder, 'report.xml')]
    for (const file of [report, junit]) await writeFile(file, 'of an earlier run')
    const options = ['--url', url, '--token', token, '--json', report, '--junit', junit]
    const ended = await prove(['rfc', ...options])
    const told = `GET ${url}/Users?count=1 was answered 404 with application/json (unknown: Bearer [secret]): there is no SCIM server at this address. ${base}`
    expect(ended).toEqual({ code: 2, output: `${told}\n` })
    expect(JSON.parse(await readFile(report, 'utf8'))).toMatchObject({
      isReady: false,
      counts: { kept: 0, failed: 1 },
      rows: [{ outcome: 'failed', name: 'The kit is played to its end', problem: told }],
    })
    expect(await readFile(junit, 'utf8')).toMatch(
      /^<\?xml [^]*<testsuites [^>]* tests="1" failures="1"[^]*<failure message="GET [^]*<\/testsuites>\n$/,
    )
  })

  it('that is interrupted deletes what it has made, and its report says where it stopped', async () => {
    const stage = await newStage(server.url, 'rfc')
    const file = join(folder, 'stopped.json')
    const child: { running: ChildProcess | undefined } = { running: undefined }
    // The first person is made, and its maker is told to stop before it hears so.
    const url = await serve(async (request, response) => {
      const { method = '', url: path = '', headers } = request
      const sent: Uint8Array[] = []
      for await (const chunk of request) sent.push(chunk as Uint8Array)
      const answer = await fetch(stage.url + path.slice('/scim'.length), {
        method,
        headers: { Authorization: headers.authorization ?? '', 'Content-Type': 'application/json' },
        ...(sent.length > 0 ? { body: Buffer.concat(sent) } : {}),
      })
      const text = await answer.text()
      if (method === 'POST' && answer.status === 201) child.running?.kill('SIGINT')
      child.running = answer.status === 201 ? undefined : child.running
      response.writeHead(answer.status, json).end(text)
    })
    const options = ['--url', url, '--token', stage.token, '--json', file]
    const { code, output } = await prove(['rfc', ...options], (started) => {
      child.running = started
    })
    expect(code, output).toBe(130)
    expect(output).toMatch(
      /FAILED .*The kit is played to its end[^]* It was stopped after \d+ of \d+ rows\./,
    )
    expect(JSON.parse(await readFile(file, 'utf8'))).toMatchObject({ isReady: false })
    const left = await fetch(`${stage.url}/Users?count=0`, {
      headers: { Authorization: `Bearer ${stage.token}` },
    })
    expect(await left.json()).toMatchObject({ totalResults: 0 })
  })
})

async function prove(
  parameters: readonly string[],
  onStart: (child: ChildProcess) => void = () => undefined,
): Promise<{ code: number | null; output: string }> {
  const child = spawn(process.execPath, ['scripts/prove.ts', ...parameters], {
    cwd: root,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  onStart(child)
  let output = ''
  child.stdout.on('data', (chunk) => (output += String(chunk)))
  child.stderr.on('data', (chunk) => (output += String(chunk)))
  return new Promise((resolve) => child.once('close', (code) => resolve({ code, output })))
}
