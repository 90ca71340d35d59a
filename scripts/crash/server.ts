/**
 * The gateway as a process of its own, so that it can be killed. Prints its address when it is
 * ready.
 */
import { startGateway } from '../gateway.ts'

const [stateDirectory = '', buildDirectory = '', adminToken = ''] = process.argv.slice(2)
const gateway = await startGateway({
  stateDirectory,
  buildDirectory,
  adminToken,
  port: 0,
  hasLimits: false,
})
console.log(gateway.url)
