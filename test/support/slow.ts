/**
 * A slow network between the browser and every site, for tests that depend on how quick it is. The variable
 * `SLOW` says for how many milliseconds an answer is held back, by what the browser wants it for
 * (`Sec-Fetch-Dest`): `SLOW=document:700,iframe:700,style:1500,script:2500,empty:700`; `post` is for every
 * form that is sent.
 */
import { createServer, request, type IncomingMessage } from 'node:http'
import { connect, type AddressInfo } from 'node:net'
import type { LaunchOptions } from 'playwright-core'

const delays = new Map(
  (process.env['SLOW'] ?? '')
    .split(',')
    .map((part) => part.split(':'))
    .map(([kind = '', time]) => [kind, Number(time)]),
)

/** Milliseconds. */
function delayOf(asked: IncomingMessage): number {
  const kind = asked.method === 'POST' ? 'post' : String(asked.headers['sec-fetch-dest'])
  return delays.get(kind) ?? 0
}

/** The proxy that holds answers back, for pages of this machine, too; undefined when none is to be held back. */
export async function slowProxy(): Promise<LaunchOptions['proxy']> {
  if ([...delays.values()].every((time) => !time)) return undefined
  const proxy = createServer((asked, answer) => {
    const { method, url = '', headers } = asked
    const onward = request(url, { method, headers }, (got) => {
      setTimeout(() => {
        answer.writeHead(got.statusCode ?? 502, got.rawHeaders)
        got.pipe(answer)
      }, delayOf(asked))
    })
    onward.on('error', () => answer.destroy())
    answer.on('close', () => onward.destroy())
    asked.pipe(onward)
  })
  // What a test asks itself is not of the browser, and comes at once.
  proxy.on('connect', ({ url }, socket) => {
    const { hostname, port } = new URL(`http://${url}`)
    const onward = connect(Number(port), hostname, () => {
      socket.write('HTTP/1.1 200 Connected\r\n\r\n')
      socket.pipe(onward).pipe(socket)
    })
    for (const end of [socket, onward]) {
      end.on('error', () => {
        socket.destroy()
        onward.destroy()
      })
    }
  })
  await new Promise<void>((resolve) => proxy.listen(0, '127.0.0.1', resolve))
  proxy.unref()
  const { port } = proxy.address() as AddressInfo
  return { server: `http://127.0.0.1:${port}`, bypass: '<-loopback>' }
}
