/**
 * Ties lives together: workerd to this process, and this process to the npm that started it. What
 * outlives its owner would keep the port, and the next start would be told that it is in use.
 */
import { spawn, type ChildProcess } from 'node:child_process'
import { subscribe } from 'node:diagnostics_channel'

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

/** Calls back when the npm that runs this is gone: SIGKILL ends npm alone. */
export function onAbandoned(stop: () => void): void {
  if (process.env['npm_lifecycle_event'] === undefined) return
  const owner = process.ppid
  const timer = setInterval(() => {
    if (process.ppid === owner) return
    clearInterval(timer)
    stop()
  }, 250)
  timer.unref()
}
