/** What the Worker computes before its first request, as wrangler's own profile of it tells. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { runWrangler } from '../wrangler.ts'
import { median } from '../percentile.ts'

/** As V8 writes profiles: the node of each sample, and the microseconds since the sample before. */
interface Profile {
  readonly nodes: readonly {
    readonly id: number
    readonly callFrame: { readonly functionName: string }
  }[]
  readonly samples: readonly number[]
  readonly timeDeltas: readonly number[]
}

/** Milliseconds, the profiler's own work included: the median of so many runs. */
export async function startUpTime(runs: number): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-startup-'))
  try {
    const times: number[] = []
    for (let run = 0; run < runs; run += 1) times.push(await startOnce(folder))
    return median(times)
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}

async function startOnce(folder: string): Promise<number> {
  const file = join(folder, 'startup.cpuprofile')
  await runWrangler('check', 'startup', '--outfile', file)
  const profile = JSON.parse(await readFile(file, 'utf8')) as Profile
  const idle = new Set(
    profile.nodes
      .filter(({ callFrame }) => callFrame.functionName === '(idle)')
      .map(({ id }) => id),
  )
  const times = profile.samples.map((node, index) =>
    idle.has(node) ? 0 : (profile.timeDeltas[index] ?? 0),
  )
  return times.reduce((sum, time) => sum + time, 0) / 1000
}
