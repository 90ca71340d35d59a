#!/usr/bin/env bash
# A look-up by userName is one by the e-mail address that the person was created with.
#
# Version:  @boxyhq/saml-jackson 26.2.0 (the library of Polis, once SAML Jackson), directory sync
# Expected: GET /Users?filter=userName eq "…" finds whoever has this userName now (RFC 7644 section 3.4.2.2).
# Seen:     the value is looked up in an index of first e-mail addresses that is written by POST alone. After a PATCH
#           or PUT that renames Ann, her new name finds nobody and her old one finds her. Ben, whose userName is no
#           address, is found by his address alone. O'Brien is found by nothing: quotes are taken out of the value.
# Matters:  a provider that finds nobody creates the person again: a second Ann under the new name, or 409 for ever.
#           Rollcall looks names up in the row that the answer shows, in the same transaction as the write.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent --ignore-scripts @boxyhq/saml-jackson@26.2.0
cat > look.mjs <<'JS'
import jackson from '@boxyhq/saml-jackson'

const quiet = { info() {}, warn() {}, error() {} }
const { directorySyncController: sync } = await jackson.controllers({
  externalUrl: 'http://127.0.0.1', samlPath: '/saml', scimPath: '/scim', noAnalytics: true,
  db: { engine: 'mem' }, logger: quiet,
})
const { data } = await sync.directories.create({
  name: 'a', tenant: 'a', product: 'a', type: 'generic-scim-v2',
})
const call = (method, resourceId, body, filter) => sync.requests.handle(
  { method, body, directoryId: data.id, resourceType: 'Users', resourceId,
    apiSecret: data.scim.secret, query: { filter } },
  async () => undefined,
)
const person = (userName, address) => ({
  schemas: ['urn:ietf:params:scim:schemas:core:2.0:User'], userName, emails: [{ value: address, primary: true }],
})
const found = async (name) => (await call('GET', undefined, undefined, `userName eq "${name}"`)).data.totalResults

const ann = (await call('POST', undefined, person('ann@example.com', 'ann@example.com'))).data
await call('POST', undefined, person('ben', 'ben@example.com'))
await call('POST', undefined, person("o'brien@example.com", "o'brien@example.com"))
const patch = [{ op: 'replace', value: { userName: 'anna@example.com', emails: [{ value: 'anna@example.com' }] } }]
await call('PATCH', ann.id, { Operations: patch })
const { userName } = (await call('GET', ann.id)).data
const patched = [await found('anna@example.com'), await found('ann@example.com')]
await call('PUT', ann.id, person('annika@example.com', 'annika@example.com'))
const put = [await found('annika@example.com'), await found('ann@example.com')]
const others = [await found('ben'), await found('ben@example.com'), await found("o'brien@example.com")]
console.log(`Ann is ${userName}; found by the new name and by the old one: ${patched}, after a PUT ${put}`)
console.log(`Ben is found by userName ${others[0]} times, by address ${others[1]}; O'Brien ${others[2]} times`)
const seen = `${userName} ${patched} ${put} ${others}`
process.exit(seen === 'anna@example.com 0,1 0,1 0,1,0' ? 0 : 1)
JS
node look.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
