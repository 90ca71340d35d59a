"""scim-sanity probes the gateway: each of its tests is a step."""

import json
import subprocess
import sys
from pathlib import Path

from life import base_url, tell, token

# It adds a member that nobody is, and expects 200.
KNOWN = {"PATCH /Groups/{id} add member"}

program = Path(sys.executable).with_name("scim-sanity")
answer = subprocess.run(
    [program, "probe", base_url, "--token", token, "--json-output", "--i-accept-side-effects",
     "--user-domain", "example.com"],
    capture_output=True, text=True)
report = json.loads(answer.stdout[answer.stdout.index("{"):])
for result in report["results"]:
    good = result["status"].lower() in ("pass", "skip", "skipped")
    good = good or result["name"] in KNOWN
    tell("step" if good else "wrong", result["name"], f'{result["status"]}: {result.get("message") or ""}')
