#!/usr/bin/env bash
# Texts in a filter keep their backslashes, and \u00e9 is no filter at all.
#
# Version:  github.com/scim2/filter-parser/v2 v2.3.1 (Go module proxy)
# Expected: the value of a filter is a JSON string (RFC 7644 section 3.4.2.2, compValue), so title eq "a \"b\""
#           compares with a "b", and "\u00e9" is é.
# Seen:     the value is a \"b\" with its backslashes, as "\\", "\/" and "\n" keep theirs; "\u00e9" is refused.
# Matters:  whoever has a quotation mark or a backslash in a name is never found by a server that uses it (the
#           Go library elimity-com/scim does), so that the identity provider creates the person again and again.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"encoding/json"
	"fmt"
	"os"

	filter "github.com/scim2/filter-parser/v2"
)

func main() {
	isSeen := true
	for text, wanted := range map[string]string{
		`"plain"`: "plain", `"a \"b\""`: `a \"b\"`, `"a\\b"`: `a\\b`, `"\u00e9"`: "refused", `"a\/b"`: `a\/b`, `"a\nb"`: `a\nb`,
	} {
		var meant string
		if err := json.Unmarshal([]byte(text), &meant); err != nil {
			panic(err)
		}
		seen := "refused"
		if expression, err := filter.ParseFilter([]byte("title eq " + text)); err == nil {
			seen = fmt.Sprint(expression.(*filter.AttributeExpression).CompareValue)
		}
		fmt.Printf("%-12s means %-8q and is read as %s\n", text, meant, seen)
		isSeen = isSeen && seen == wanted
	}
	if !isSeen {
		os.Exit(1)
	}
}
GO
go mod init finding 2>/dev/null
go get github.com/scim2/filter-parser/v2@v2.3.1 2>/dev/null
go run . && echo 'As described.' || { echo 'This has changed.'; exit 1; }
