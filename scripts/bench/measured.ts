/** A gateway that is measured: as a deployment would build it, without limits. */
import { existsSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { writeDistant } from './distant.ts'
import { buildWorker, startGateway, type Gateway, type GatewayOptions } from '../gateway.ts'

export interface Measurement {
  /** For what else is kept; goes with the measurement. */
  readonly folder: string
  readonly buildDirectory: string
  readonly gateway: Gateway
}

interface Options extends Pick<GatewayOptions, 'beside'> {
  /** Milliseconds that each batch of D1 takes longer. */
  readonly distance?: number
  /** True keeps the databases in memory, where there is some: the disk is not what is measured. */
  readonly isInMemory?: boolean
}

const memory = '/dev/shm'

/** Starts a gateway, lets it be measured, and leaves nothing behind. */
export async function withGateway(
  adminToken: string,
  run: (measurement: Measurement) => Promise<void>,
  { beside = [], distance = 0, isInMemory = false }: Options = {},
): Promise<void> {
  const base = isInMemory && existsSync(memory) ? memory : tmpdir()
  const folder = await mkdtemp(join(base, 'rollcall-measured-'))
  try {
    const buildDirectory = join(folder, 'build')
    await buildWorker(buildDirectory)
    const gateway = await startGateway({
      stateDirectory: join(folder, 'state'),
      port: 0,
      adminToken,
      buildDirectory,
      hasLimits: false,
      beside,
      ...(distance > 0 ? { entry: await writeDistant(buildDirectory, distance) } : {}),
    })
    try {
      await run({ folder, buildDirectory, gateway })
    } finally {
      await gateway.stop()
    }
  } finally {
    await rm(folder, { recursive: true, force: true })
  }
}
