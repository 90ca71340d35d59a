/** Builds the Worker once for all tests that run it. */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { TestProject } from 'vitest/node'
import { buildWorker } from '../../scripts/gateway.ts'

declare module 'vitest' {
  interface ProvidedContext {
    readonly buildDirectory: string
    /** What wrangler says that a deployment would upload. */
    readonly uploadReport: string
  }
}

export default async function buildOnce(project: TestProject): Promise<() => Promise<void>> {
  const directory = await mkdtemp(join(tmpdir(), 'rollcall-build-'))
  const report = await buildWorker(directory)
  project.provide('buildDirectory', directory)
  project.provide('uploadReport', report)
  return () => rm(directory, { recursive: true, force: true })
}
