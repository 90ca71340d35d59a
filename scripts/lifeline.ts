/**
 * Ties lives together: workerd to this process, and this process to the npm that started it. What
 * outlives its owner would keep the port, and the next start would be told that it is in use.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'
import { readFileSync } from 'node:fs'

let isTied = false

/**
 * From now on each workerd ends with this process, even when SIGKILL ends it. Only a third process
 * can see to that: it waits on a pipe that closes when this process is gone.
 */
export function tieRuntime(): void {
  if (isTied || process.platform === 'win32') return
  isTied = true
  subscribe('child_process', (message) => {
    const { process: child } = message as { readonly process: ChildProcess }
    child.once('spawn', () => {
      if (/workerd(?:\.exe)?$/.test(child.spawnfile)) endWithThisProcess(child)
    })
  })
}

function endWithThisProcess(runtime: ChildProcess): void {
  const watcher = spawn('/bin/sh', ['-c', 'read -r _; kill -9 "$0"', String(runtime.pid)], {
    // A group of its own: Ctrl-C or a kill of the whole group must not end the watcher first.
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  watcher.unref()
  watcher.once('error', () => undefined)
  runtime.once('exit', () => watcher.kill('SIGKILL'))
}

/**
 * Calls back once when the npm that runs this is gone. A signal sent to npm alone ends npm and its
 * shell; it does not reach what the shell runs.
 */
export function onAbandoned(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const parent = process.ppid
  const npm = parentOf(parent)
  // Only npm counts there: `nohup npm run dev &` outlives the terminal that started it.
  const isThroughShell = npm !== undefined && isNpm(npm)
  const timer = setInterval(() => {
    const isOwned = process.ppid === parent && (!isThroughShell || parentOf(parent) === npm)
    if (isOwned) return
    clearInterval(timer)
    stop()
  }, 250)
  timer.unref()
}

/** Linux alone has a file that says so; elsewhere the parent has to do. */
function parentOf(pid: number): number | undefined {
  const line = readProcess(pid, 'status').match(/^PPid:\t(\d+)$/m)
  return line ? Number(line[1]) : undefined
}

function isNpm(pid: number): boolean {
  return readProcess(pid, 'cmdline').startsWith('npm')
}

function readProcess(pid: number, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8')
  } catch {
    return ''
  }
}
