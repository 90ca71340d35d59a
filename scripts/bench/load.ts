/** Load on a server of this machine: so many clients, each with one request at a time. */
import { Agent, request } from 'node:http'
import { median, percentile } from '../percentile.ts'
import { processorTime } from './processor.ts'

/** How a comparison is measured: its clients, and runs of so many seconds, in turns. */
export interface Runs {
  readonly clients: number
  /** Length of each run. */
  readonly seconds: number
  readonly rounds: number
}

/** Makes the next request; answers the status that is right for it. */
export interface Call {
  readonly url: string
  readonly init: {
    readonly method: string
    readonly headers: Readonly<Record<string, string>>
    readonly body?: string
  }
  readonly status: number
}

export interface Measured {
  readonly perSecond: number
  /** Milliseconds that the slowest one in a hundred takes. */
  readonly late: number
  /** Microseconds of the server's processor for each request; not a number where unknown. */
  readonly processor: number
}

export async function measure(
  next: (count: number) => Call,
  clients: number,
  seconds: number,
  server?: number | readonly number[],
  isAllowed: (status: number) => boolean = () => false,
): Promise<Measured> {
  const times: number[] = []
  const computed = processorTime(server)
  const started = performance.now()
  const end = started + seconds * 1000
  let count = 0
  const client = async () => {
    while (performance.now() < end) {
      const call = next((count += 1))
      const before = performance.now()
      const status = await send(call)
      times.push(performance.now() - before)
      if (status !== call.status && !isAllowed(status)) {
        throw new Error(`${call.init.method} ${call.url} was answered with ${status}`)
      }
    }
  }
  await Promise.all(Array.from({ length: clients }, client))
  const late = percentile(times, 0.99)
  const elapsed = (performance.now() - started) / 1000
  const used = (processorTime(server) ?? Number.NaN) - (computed ?? Number.NaN)
  const processor = (used * 1000) / times.length
  return { perSecond: times.length / elapsed, late, processor }
}

const agent = new Agent({ keepAlive: true })

/**
 * The status of the answer. `fetch` takes the clients so long that 64 of them wait for each other.
 */
function send({ url, init: { method, headers, body } }: Call): Promise<number> {
  return new Promise((resolve, reject) => {
    const sent = request(url, { agent, method, headers }, (response) => {
      response.on('end', () => resolve(response.statusCode ?? 0))
      response.on('error', reject)
      response.resume()
    })
    sent.on('error', reject)
    sent.end(body)
  })
}

/** The median of what several runs have measured. */
export function middle<Name extends string>(
  list: readonly Readonly<Record<Name, number>>[],
  what: Name,
): number {
  return median(list.map((run) => run[what]))
}
