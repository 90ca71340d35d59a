/**
 * Processor time of the runtimes that this process has started. Linux alone tells it in `/proc`.
 */
import { readdirSync, readFileSync } from 'node:fs'

/** Milliseconds of a clock tick: 100 a second on every Linux that Node runs on. */
const tick = 10

interface Process {
  readonly id: number
  readonly name: string
  readonly parent: number
  /** Milliseconds. */
  readonly time: number
}

/** The runtimes that are running now. */
export function runtimes(): number[] {
  try {
    return readdirSync('/proc')
      .filter((name) => /^\d+$/.test(name))
      .flatMap((name) => readProcess(Number(name)) ?? [])
      .filter(({ name, parent }) => name === 'workerd' && parent === process.pid)
      .map(({ id }) => id)
  } catch {
    return []
  }
}

/** Milliseconds that processes have computed so far; undefined where that can't be known. */
export function processorTime(ids: number | readonly number[] | undefined): number | undefined {
  if (ids === undefined || typeof ids === 'number') return ids && readProcess(ids)?.time
  return ids.reduce((sum, id) => sum + (readProcess(id)?.time ?? 0), 0)
}

/** Megabytes that a process holds in memory. */
export function memoryOf(id: number | undefined): number | undefined {
  try {
    const text = readFileSync(`/proc/${id}/status`, 'utf8')
    return Number(/^VmRSS:\s+(\d+) kB/m.exec(text)?.[1]) / 1000
  } catch {
    return undefined
  }
}

function readProcess(id: number): Process | undefined {
  try {
    const text = readFileSync(`/proc/${id}/stat`, 'utf8')
    const match = /^\d+ \((.*)\) (.*)$/s.exec(text.trim())
    const fields = match?.[2]?.split(' ') ?? []
    const time = (Number(fields[11]) + Number(fields[12])) * tick
    return { id, name: match?.[1] ?? '', parent: Number(fields[1]), time }
  } catch {
    return undefined
  }
}
