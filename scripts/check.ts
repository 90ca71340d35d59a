/** `npm run check`: every check and no test. The last line counts what passed and what failed. */
import { checks, runChecks } from './checks.ts'
import { root } from './root.ts'
import { readCommandLine } from './usage.ts'

readCommandLine('npm run check\n\nEvery check and no test. Ends with 1 when one fails.', {})

const failed = await runChecks(root)
console.log(`${checks.length - failed} passed, ${failed} failed`)
process.exit(failed === 0 ? 0 : 1)
