#!/usr/bin/env bash
# A filter on userName minds the case.
#
# Version:  scimmy 1.3.5, SCIMMY.Types.Filter#match
# Expected: userName is not caseExact (RFC 7643 section 4.1.1; scimmy's schema says nothing else, and the default is
#           false, section 2.2). So userName eq "ANN@example.com" finds ann@example.com (RFC 7644 section 3.4.2.2).
# Seen:     nobody is found, by eq, co and sw alike; other spellings than the stored one find nothing.
# Matters:  a provider looks somebody up in the spelling of its own directory, finds nobody, and creates the person a
#           second time. An application that uses `match` as the pages of scimmy show it has to fold names itself.
#           Rollcall compares such attributes folded, and returns them as they were sent.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scimmy@1.3.5
cat > filter.mjs <<'JS'
import scimmy from 'scimmy'

const people = [{ id: '1', userName: 'ann@example.com', displayName: 'Ann' }]
scimmy.Resources.declare(scimmy.Resources.User).egress(({ filter }) => filter.match(people))
const { attributes } = scimmy.Schemas.User.definition.describe()
const { caseExact } = attributes.find(({ name }) => name === 'userName')
const found = async (filter) => (await new scimmy.Resources.User({ filter }).read()).totalResults
const filters = ['eq "ann@example.com"', 'eq "ANN@example.com"', 'co "ANN"', 'sw "Ann"'].map(
  (end) => `userName ${end}`,
)
const seen = []
for (const filter of filters) seen.push(await found(filter))
filters.forEach((filter, index) => console.log(`${filter} finds ${seen[index]}`))
process.exit(`${seen}` === '1,0,0,0' && caseExact !== true ? 0 : 1)
JS
node filter.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
