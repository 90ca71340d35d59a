/** `npm run check`: every check and no test. The last line counts what passed and what failed. */
import { checks, runChecks } from './checks.ts'
import { root } from './root.ts'

const failed = await runChecks(root)
console.log(`${checks.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
