#!/usr/bin/env bash
# A list says that there are 50 people, however many there are.
#
# Version:  @boxyhq/saml-jackson 26.2.0 (the library of Polis, once SAML Jackson), directory sync
# Expected: totalResults is the number of all results, and itemsPerPage that of the page (RFC 7644 section 3.4.2).
# Seen:     with 120 people totalResults is 50 and never more: the total is the length of a first page, and a page has
#           50 people at most (`db.pageLimit`). The page from 101 on has 20 people, and a total of 50.
# Matters:  a client that reads pages up to the total sees 50 people, and takes the others for missing: it creates them
#           again, or takes their access away. In Rollcall the total is a count that each write keeps.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent --ignore-scripts @boxyhq/saml-jackson@26.2.0
cat > total.mjs <<'JS'
import jackson from '@boxyhq/saml-jackson'

const quiet = { info() {}, warn() {}, error() {} }
const { directorySyncController: sync } = await jackson.controllers({
  externalUrl: 'http://127.0.0.1', samlPath: '/saml', scimPath: '/scim', noAnalytics: true,
  db: { engine: 'mem' }, logger: quiet,
})
const { data } = await sync.directories.create({
  name: 'a', tenant: 'a', product: 'a', type: 'generic-scim-v2',
})
const call = (method, query, body) => sync.requests.handle(
  { method, body, query, directoryId: data.id, resourceType: 'Users', apiSecret: data.scim.secret },
  async () => undefined,
)
for (let index = 0; index < 120; index += 1) {
  const userName = `person.${index}@example.com`
  await call('POST', {}, { userName, emails: [{ value: userName, primary: true }] })
}
const seen = []
for (const startIndex of [1, 51, 101]) {
  const { totalResults, Resources } = (await call('GET', { startIndex, count: 50 })).data
  console.log(`from ${startIndex} on: ${Resources.length} people, totalResults ${totalResults}`)
  seen.push(`${Resources.length} of ${totalResults}`)
}
process.exit(`${seen}` === '50 of 50,50 of 50,20 of 50' ? 0 : 1)
JS
node total.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
