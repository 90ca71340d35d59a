/**
 * The gateway as a process of its own, so that it can be killed. Its parent gives the options as
 * JSON, hears the address when the gateway is ready, and may ask what a tenant has.
 */
import { readContents } from '../../test/support/agreement.ts'
import { startGateway, type GatewayOptions } from '../gateway.ts'
import type { Question, Told } from './process.ts'

const options = JSON.parse(process.argv[2] ?? '') as GatewayOptions
const gateway = await startGateway({ ...options, hasLimits: false })

process.on('message', ({ slug }: Question) => void answer(slug))
// Whoever started it is gone, and so is whoever would have killed it.
process.on('disconnect', () => process.exit(0))

// What the platform does every five minutes, and what a killed gateway has to catch up with.
const worker = await gateway.miniflare.getWorker()
await worker.scheduled({ cron: '*/5 * * * *' })
tell({ kind: 'ready', url: gateway.url })

async function answer(slug: string): Promise<void> {
  const contents = await readContents(await gateway.miniflare.getD1Database('DB'), slug)
  tell({ kind: 'contents', contents })
}

function tell(told: Told): void {
  process.send?.(told)
}
