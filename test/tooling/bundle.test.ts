import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { gzipSync } from 'node:zlib'
import { expect, inject, it } from 'vitest'

it('the Worker takes less than 150 KiB compressed', async () => {
  const bundle = await readFile(join(inject('buildDirectory'), 'index.js'))
  expect(gzipSync(bundle, { level: 9 }).length).toBeLessThan(150 * 1024)
})
