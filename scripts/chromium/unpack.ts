/**
 * Unpacks the Chromium that npm brings, with its libraries and fonts, into the temporary folder of
 * this process (`TMPDIR`). A process of its own, because the package takes no other folder.
 */
import { fileURLToPath } from 'node:url'
import chromium, { inflate } from '@sparticuz/chromium'

await chromium.executablePath()
await inflate(
  fileURLToPath(new URL('../bin/al2023.tar.br', import.meta.resolve('@sparticuz/chromium'))),
)
