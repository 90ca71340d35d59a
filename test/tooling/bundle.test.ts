import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, inject, it } from 'vitest'

it('the Worker takes less than 352 KiB compressed, as wrangler counts them', async () => {
  const bundle = await readFile(join(inject('buildDirectory'), 'index.js'))
  expect(gzipSync(bundle).length).toBeLessThan(352 * 1024)
})
