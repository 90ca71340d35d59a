#!/usr/bin/env bash
# A PATCH that says false is sent without a value.
#
# Version:  databricks-sdk 0.162.0 (PyPI), databricks.sdk.service.iam.Patch
# Expected: Patch(op=REPLACE, path="active", value=False) is {"op": "replace", "path": "active",
#           "value": false}, as User(active=False) has "active": false.
# Seen:     {"op": "replace", "path": "active"}: `as_dict` writes the value when it is true in Python's
#           sense, so False, 0 and "" are left out. The text "false" is sent.
# Matters:  the usual way to deactivate somebody sends an operation that says nothing. A server that takes
#           it for "no value" may remove the attribute, for which RFC 7643 has no meaning but that the server
#           chooses: the person may stay active, with 200. Rollcall refuses it, and says what to send.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet databricks-sdk==0.162.0
cat > patch.py <<'PYTHON'
import sys
from databricks.sdk.service.iam import Patch, PatchOp, User

values = [False, 0, "", True, "false"]
seen = [Patch(op=PatchOp.REPLACE, path="active", value=value).as_dict() for value in values]
for value, body in zip(values, seen):
    print(f"{value!r:8} is sent as {body}")
print(f"a person  is sent as {User(active=False).as_dict()}")
is_seen = ["value" in body for body in seen] == [False, False, False, True, True]
sys.exit(0 if is_seen and User(active=False).as_dict() == {"active": False} else 1)
PYTHON
venv/bin/python patch.py && echo 'As described.' || { echo 'This has changed.'; exit 1; }
