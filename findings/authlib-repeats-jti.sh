#!/usr/bin/env bash
# The second assertion of a client has the `jti` of the first.
#
# Version:  Authlib 1.9.10 (PyPI), authlib.oauth2.rfc7523.PrivateKeyJWT (and ClientSecretJWT) with `claims`
# Expected: every assertion has a `jti` of its own, as without `claims`: RFC 7523 section 3 has it so that
#           an authorization server can refuse what it has seen before.
# Seen:     the `jti` of the first assertion is written into the caller's `claims`, and is taken from there
#           from then on: all assertions of the session have the same one.
# Matters:  the first access token is given, and an hour later, when it is to be renewed, the client is refused
#           by every server that takes an assertion once. Rollcall is one: its audit says that the assertion was
#           used before. Leave `claims` out, or put a new `jti` into it each time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet Authlib==1.9.10 requests==2.32.5
cat > assertions.py <<'PYTHON'
import base64, json, sys
from types import SimpleNamespace
from urllib.parse import parse_qs
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import RSAKey

client = SimpleNamespace(client_id="client", client_secret=RSAKey.generate_key(2048))


def identifiers(method):
    found = []
    for _ in range(3):
        _, _, body = method(client, "POST", "https://example.com/token", {}, "")
        part = parse_qs(body)["client_assertion"][0].split(".")[1]
        found.append(json.loads(base64.urlsafe_b64decode(part + "=="))["jti"])
    return len(set(found))


plain = identifiers(PrivateKeyJWT("https://example.com/token"))
more = identifiers(PrivateKeyJWT("https://example.com/token", claims={"tenant": "acme"}))
print(f"Three assertions have {plain} identifiers without claims, and {more} with claims.")
sys.exit(0 if (plain, more) == (3, 1) else 1)
PYTHON
venv/bin/python assertions.py && echo 'As described.' || { echo 'This has changed.'; exit 1; }
