#!/usr/bin/env bash
# A member who is added once more is a member twice.
#
# Version:  scimmy 1.3.5, SCIMMY.Messages.PatchOp
# Expected: "if the target location already contains the value specified, no changes should be made to the resource"
#           (RFC 7644 section 3.5.2.1): adding a member of a group leaves the group as it was.
# Seen:     the entry stands in the list twice. A remove by value takes both out.
# Matters:  providers repeat adds (JumpCloud does at each synchronization, all do after a time-out), so the list of a
#           group grows without anybody joining, and an application that counts or writes rows of members from it
#           counts people twice. In Rollcall a membership is a row with a key of team and user.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scimmy@1.3.5
cat > twice.mjs <<'JS'
import scimmy from 'scimmy'

let group = { id: '1', displayName: 'Team', members: [{ value: 'ann' }, { value: 'ben' }] }
scimmy.Resources.declare(scimmy.Resources.Group)
  .egress(() => group)
  .ingress((resource, data) => (group = { ...JSON.parse(JSON.stringify(data)), id: '1' }))
const schemas = ['urn:ietf:params:scim:api:messages:2.0:PatchOp']
const change = (op) =>
  new scimmy.Resources.Group('1').patch({
    schemas,
    Operations: [{ op, path: 'members', value: [{ value: 'ann' }] }],
  })
const members = () => (group.members ?? []).map(({ value }) => value).join()
await change('add')
const added = members()
await change('remove')
console.log(`Ann is added again: ${added}; then she is removed: ${members()}`)
process.exit(added === 'ann,ben,ann' && members() === 'ben' ? 0 : 1)
JS
node twice.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
