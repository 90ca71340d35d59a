/** `npm run dev` of a checkout as it is started by people, and all processes that belong to it. */
import { spawn } from 'node:child_process'
import { readdirSync, readFileSync } from 'node:fs'

export interface DevProcess {
  readonly url: string
  readonly adminToken: string
  /** npm, what it runs, and what that has started. */
  processes(): number[]
  stop(): Promise<void>
}

const patience = 180_000

export function startDev(checkout: string, stateDirectory: string): Promise<DevProcess> {
  const child = spawn('npm', ['run', 'dev'], {
    cwd: checkout,
    env: { ...process.env, PORT: '0', STATE_DIR: stateDirectory, ADMIN_TOKEN: '' },
    stdio: ['ignore', 'pipe', 'pipe'],
    // A group of its own: npm passes a signal on to nobody.
    detached: true,
  })
  const end = () => {
    try {
      process.kill(-(child.pid ?? 0), 'SIGTERM')
    } catch {
      // It has ended.
    }
  }
  process.once('exit', end)
  const closed = new Promise<void>((resolve) => child.once('close', () => resolve()))
  let output = ''
  return new Promise((resolve, reject) => {
    const fail = () => reject(new Error(`npm run dev did not start:\n${output}`))
    const timer = setTimeout(fail, patience)
    child.once('error', reject)
    child.once('close', fail)
    child.stderr.on('data', (chunk) => (output += String(chunk)))
    child.stdout.on('data', (chunk) => {
      output += String(chunk)
      const [, url = '', adminToken = ''] =
        /Console\s+(http\S+)\/admin\s+\(sign in with (\S+)\)[^]*Ctrl-C/.exec(output) ?? []
      if (url === '') return
      clearTimeout(timer)
      resolve({
        url,
        adminToken,
        processes: () => familyOf(child.pid ?? 0),
        stop: () => (end(), closed),
      })
    })
  })
}

/** A process and all that come from it. */
function familyOf(id: number): number[] {
  const parents = readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .map((name) => [Number(name), parentOf(name)] as const)
  const below = (parent: number): number[] => [
    parent,
    ...parents.flatMap(([child, owner]) => (owner === parent ? below(child) : [])),
  ]
  return below(id)
}

function parentOf(id: string): number {
  try {
    return Number(readFileSync(`/proc/${id}/stat`, 'utf8').split(') ').at(-1)?.split(' ')[1])
  } catch {
    return 0
  }
}

/**
 * Megabytes that processes hold, each page divided among those that share it (`shared`), and as the sum of
 * what each of them shows alone (`alone`). Linux tells both.
 */
export function memoryOfAll(ids: readonly number[]): { shared: number; alone: number } {
  const sum = (name: string) =>
    ids.reduce((total, id) => {
      try {
        const text = readFileSync(`/proc/${id}/smaps_rollup`, 'utf8')
        return total + Number(new RegExp(`^${name}:\\s+(\\d+) kB`, 'm').exec(text)?.[1]) / 1000
      } catch {
        return total
      }
    }, 0)
  return { shared: sum('Pss'), alone: sum('Rss') }
}
