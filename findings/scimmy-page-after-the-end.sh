#!/usr/bin/env bash
# The page after the last one is the first page again.
#
# Version:  scimmy 1.3.5, SCIMMY.Messages.ListResponse
# Expected: startIndex is "the 1-based index of the first query result" (RFC 7644 section 3.4.2.4). Where there are five
#           results, startIndex 6 has no resources.
# Seen:     a startIndex within the results begins there; one beyond them is left out of account, and the answer has
#           the first page, with the startIndex that was asked for.
# Matters:  a client that reads pages until one is empty never ends, and sees everybody again and again. An
#           application that answers its own pages and total from `egress` is not concerned. In Rollcall such a page
#           is empty.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
npm init -y >/dev/null
npm install --no-audit --no-fund --silent scimmy@1.3.5
cat > pages.mjs <<'JS'
import scimmy from 'scimmy'

const people = Array.from({ length: 5 }, (_, index) => ({ id: `${index}`, userName: `u${index + 1}` }))
scimmy.Resources.declare(scimmy.Resources.User).egress(() => people)
const seen = []
for (const startIndex of [1, 3, 5, 6, 7]) {
  const list = await new scimmy.Resources.User({ startIndex, count: 2 }).read()
  const names = list.Resources.map(({ userName }) => userName).join()
  console.log(`startIndex ${startIndex} of ${list.totalResults}: ${names}`)
  seen.push(names)
}
process.exit(seen.join(' ') === 'u1,u2 u3,u4 u5 u1,u2 u1,u2' ? 0 : 1)
JS
node pages.mjs && echo 'As described.' || { echo 'This has changed.'; exit 1; }
