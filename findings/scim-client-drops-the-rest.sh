#!/usr/bin/env bash
# A person who is read, given another name and updated loses title, phone numbers and addresses.
#
# Version:  scim_client 0.2.3 (PyPI), SCIMClient.read_user and SCIMClient.update_user
# Expected: what `read_user` has read is sent back by `update_user`, but for what was changed: attributes that
#           the class User does not name are kept in its `extra_fields`.
# Seen:     `extra_fields` is filled by reading and left out of the PUT. A server that follows RFC 7644
#           section 3.5.1 takes what is missing in a PUT for removed.
# Matters:  one change of a display name clears title, telephone numbers, addresses, roles and entitlements that
#           another program has set, with 200 and without a word. The attributes of an extension that `schemas`
#           names are sent. Rollcall removes what is not sent, as the RFC says, and its events tell it.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet scim-client==0.2.3
cat > update.py <<'PYTHON'
import json, sys, threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from scim_client import SCIMClient

core = "urn:ietf:params:scim:schemas:core:2.0:User"
enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
person = {
    "schemas": [core, enterprise], "id": "1", "externalId": "hr-1", "userName": "ann@example.com", "active": True,
    "displayName": "Ann", "name": {"givenName": "Ann", "familyName": "Tester"},
    "emails": [{"value": "ann@example.com", "type": "work"}],
    "title": "Head", "phoneNumbers": [{"value": "+1 555 0100", "type": "work"}],
    enterprise: {"department": "Ovens"},
}
sent = []


class Server(BaseHTTPRequestHandler):
    def answer(self):
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        sent.append(json.loads(body) if body else None)
        self.send_response(200)
        self.end_headers()
        self.wfile.write(json.dumps(person).encode())

    do_GET = do_PUT = answer

    def log_message(self, *_):
        pass


server = HTTPServer(("127.0.0.1", 0), Server)
threading.Thread(target=server.serve_forever, daemon=True).start()
client = SCIMClient(f"http://127.0.0.1:{server.server_port}", "token")
ann = client.read_user("1")
ann.display_name = "Ann T."
client.update_user(ann)
body = sent[-1]
print(f"Read beside what User names: {sorted(ann.extra_fields)}")
print(f"Sent by the update:          {sorted(body)}")
is_read = ann.extra_fields["title"] == "Head" and "phone_numbers" in ann.extra_fields
is_kept = body["displayName"] == "Ann T." and body[enterprise] == {"department": "Ovens"}
is_lost = "title" not in body and "phoneNumbers" not in body
sys.exit(0 if is_read and is_kept and is_lost else 1)
PYTHON
venv/bin/python update.py && echo 'As described.' || { echo 'This has changed.'; exit 1; }
