#!/usr/bin/env bash
# "Not at work" finds those who have an address at work.
#
# Version:  github.com/elimity-com/scim v0.0.0-20260728105928-2641426a1539 (Go module proxy), package filter
# Expected: emails.type eq "work" passes for somebody with such an address, as emails[type eq "work"] does
#           (RFC 7644 section 3.4.2.2: a filter on a list matches when one of its values does), and its
#           negation does not.
# Seen:     a part of a list without brackets never passes ("the target is not a complex attribute"), and what
#           does not pass makes `not (…)` pass.
# Matters:  Entra, Okta and others send emails.value eq "…" to find somebody: a server built on it finds nobody,
#           and a filter that is to leave people out takes them in. Where Rollcall's answers are compared with
#           this library, these filters are compared with numbers instead (interop/elimity.go).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > main.go <<'GO'
package main

import (
	"fmt"
	"os"

	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
)

func passes(text string) string {
	ann := map[string]any{
		"userName": "ann",
		"emails":   []any{map[string]any{"value": "a@example.com", "type": "work"}},
	}
	validator, err := filter.NewValidator(text, schema.CoreUserSchema())
	if err == nil {
		err = validator.Validate()
	}
	if err != nil {
		return "invalid: " + err.Error()
	}
	if validator.PassesFilter(ann) == nil {
		return "passes"
	}
	return "does not pass"
}

func main() {
	seen := map[string]string{}
	for _, text := range []string{`emails[type eq "work"]`, `emails.type eq "work"`, `not (emails.type eq "work")`} {
		seen[text] = passes(text)
		fmt.Printf("%-30s %s\n", text, seen[text])
	}
	isSeen := seen[`emails[type eq "work"]`] == "passes" && seen[`emails.type eq "work"`] == "does not pass" &&
		seen[`not (emails.type eq "work")`] == "passes"
	if !isSeen {
		os.Exit(1)
	}
}
GO
go mod init finding 2>/dev/null
go get github.com/elimity-com/scim@v0.0.0-20260728105928-2641426a1539 2>/dev/null
go run . && echo 'As described.' || { echo 'This has changed.'; exit 1; }
