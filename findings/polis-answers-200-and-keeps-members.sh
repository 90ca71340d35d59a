#!/usr/bin/env bash
# A PATCH of members that is not understood is answered with 200.
#
# Version:  @boxyhq/saml-jackson 26.2.0 (the library of Polis, once SAML Jackson), directory sync
# Expected: {"op": "replace", "path": "members", "value": [ben]} makes Ben the only member, {"op": "remove", "path":
#           "members"} takes everybody out (RFC 7644 sections 3.5.2.2 and 3.5.2.3); what a server cannot do it refuses.
# Seen:     both are answered with 200, no event is sent, and Ann and Ben are members as before. So is {"op":
#           "Remove", …}, as Entra ID writes it without its flag for SCIM compliance. "add" and "remove" with ids work.
# Matters:  the provider shows the people as taken out while the directory has them as members. Rollcall does all
#           three; what it does not understand it refuses with 400.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent --ignore-scripts @boxyhq/saml-jackson@26.2.0
cat > members.mjs <<'JS'
import jackson from '@boxyhq/saml-jackson'

const quiet = { info() {}, warn() {}, error() {} }
const { directorySyncController: sync } = await jackson.controllers({
  externalUrl: 'http://127.0.0.1', samlPath: '/saml', scimPath: '/scim', noAnalytics: true,
  db: { engine: 'mem' }, logger: quiet,
})
const { data } = await sync.directories.create({
  name: 'a', tenant: 'a', product: 'a', type: 'generic-scim-v2',
})
let events = 0
const call = (method, resourceType, resourceId, body) => sync.requests.handle(
  { method, body, directoryId: data.id, resourceType, resourceId, apiSecret: data.scim.secret, query: {} },
  async () => void (events += 1),
)
const person = (userName) => ({ userName, emails: [{ value: userName, primary: true }] })
const ids = []
for (const name of ['ann@example.com', 'ben@example.com']) {
  ids.push((await call('POST', 'Users', undefined, person(name))).data.id)
}
const team = (await call('POST', 'Groups', undefined, { displayName: 'Team' })).data.id
const change = async (operation) => (await call('PATCH', 'Groups', team, { Operations: [operation] })).status
const members = async () => {
  const inTeam = []
  for (const id of ids) inTeam.push(await sync.groups.isUserInGroup(team, id))
  return inTeam
}
const value = ids.map((id) => ({ value: id }))
await change({ op: 'add', path: 'members', value })
events = 0
const seen = []
for (const operation of [
  { op: 'replace', path: 'members', value: value.slice(1) },
  { op: 'remove', path: 'members' },
  { op: 'Remove', path: 'members', value: value.slice(0, 1) },
]) {
  const line = `${await change(operation)}, ${events} events, members: ${await members()}`
  console.log(`${operation.op} is answered with ${line}`)
  seen.push(line)
}
const expected = '200, 0 events, members: true,true'
const isSame = seen.every((line) => line === expected)
const removed = await change({ op: 'remove', path: 'members', value: value.slice(0, 1) })
console.log(`remove with an id: ${removed}, members: ${await members()}`)
process.exit(isSame && `${await members()}` === 'false,true' ? 0 : 1)
JS
node members.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
