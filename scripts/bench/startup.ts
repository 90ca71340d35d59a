/** Processor time of the Worker before its first request, from a profile made by wrangler. */
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { root } from '../root.ts'
import { runWranglerIn } from '../wrangler.ts'
import { median } from '../percentile.ts'

/** A profile of V8: the node of each sample, and the microseconds since the previous sample. */
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
  const times: number[] = []
  for (let run = 0; run < runs; run += 1) times.push(await startOnce(root))
  return median(times)
}

/** Milliseconds of one start of the Worker of a checkout. */
export async function startOnce(checkout: string): Promise<number> {
  const folder = await mkdtemp(join(tmpdir(), 'rollcall-startup-'))
  try {
    const file = join(folder, 'startup.cpuprofile')
    await runWranglerIn(checkout, 'check', 'startup', '--outfile', file)
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
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
