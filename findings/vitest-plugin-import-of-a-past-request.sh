#!/usr/bin/env bash
# A dynamic import that a request leaves behind keeps its module from everybody else.
#
# Version:  @cloudflare/vitest-plugin 1.4.10, vitest 5.1.1 (vite 8's module runner)
# Expected: `await import('./later.mjs')` of a module that was evaluated long ago resolves in any handler and any
#           Durable Object. The plugin sends each question of the module runner through an object of its own
#           ("Dynamic import() inside entrypoint/DO handlers may fail" is its warning when it cannot).
# Seen:     the module runner asks again at each import and shares one promise between those who ask for the same
#           module at a time. A request that ends in between, or an object that is aborted, takes its part of the
#           work along: the promise never settles and stays in the runner's map, and every later import of that
#           module, in any object, waits for ever. Two objects that import it beside each other are fine.
# Matters:  the code is right and runs in production, where an evaluated module needs nobody. In tests an alarm
#           stands still, without an error at the place, as often as chance has it: more often on a slow
#           machine. In Rollcall's tests `test/support/evaluated-before.ts` makes static imports of them.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent node@24 vitest@5.1.1 @cloudflare/vitest-plugin@1.4.10
cat > wrangler.toml <<'TOML'
name = "imports"
main = "worker.mjs"
compatibility_date = "2026-10-01"
durable_objects.bindings = [{ name = "READERS", class_name = "Reader" }]
migrations = [{ tag = "v1", new_sqlite_classes = ["Reader"] }]
TOML
cat > vitest.config.mjs <<'JS'
import { cloudflareTest } from '@cloudflare/vitest-plugin'
import { defineConfig } from 'vitest/config'

const plugins = [cloudflareTest({ wrangler: { configPath: './wrangler.toml' } })]
export default defineConfig({ plugins, test: { include: ['imports.test.mjs'], testTimeout: 240_000 } })
JS
echo 'export const word = "later"' > later.mjs
echo 'export const word = "other"' > other.mjs
cat > worker.mjs <<'JS'
import { DurableObject } from 'cloudflare:workers'

export class Reader extends DurableObject {
  async later() {
    return (await import('./later.mjs')).word
  }
  async other() {
    return (await import('./other.mjs')).word
  }
}

export default {
  fetch() {
    void import('./later.mjs')
    return new Response('answered')
  },
}
JS
cat > imports.test.mjs <<'JS'
import { env, exports } from 'cloudflare:workers'
import { expect, it } from 'vitest'

const reader = (name) => env.READERS.get(env.READERS.idFromName(name))

it('keeps a module from everybody once a request has left its import behind', async () => {
  // It is evaluated, and objects import it beside each other.
  expect(await reader('first').later()).toBe('later')
  const beside = ['first', 'second', 'third'].map((name) => reader(name).later())
  expect(await Promise.all(beside)).toEqual(['later', 'later', 'later'])

  await (await exports.default.fetch('https://example.com/')).text()

  const settled = []
  for (const name of ['first', 'second', 'fourth']) {
    reader(name).later().finally(() => settled.push(name)).catch(() => {})
  }
  // Meanwhile the same objects import another module as often as they like.
  for (let turn = 0; turn < 300; turn += 1) {
    for (const name of ['first', 'second', 'fourth']) expect(await reader(name).other()).toBe('other')
  }
  expect(settled).toEqual([])
})
JS
PATH=$PWD/node_modules/.bin:$PATH node node_modules/vitest/vitest.mjs run &&
  echo 'As described.' || { echo 'This has changed.'; exit 1; }
