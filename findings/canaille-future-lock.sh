#!/usr/bin/env bash
# Whoever is to be locked next month is inactive in every application today.
#
# Version:  Canaille 0.3.6 (PyPI), canaille.scim.casting
# Expected: a person whose `lock_date` is in the future is not locked (`User.locked` is false until then),
#           and is sent by SCIM as active.
# Seen:     active is sent as false as soon as there is a date, and, since SCIM hears of changes alone, nothing
#           is sent on the day itself.
# Matters:  entering the last working day of somebody takes the accounts away at the next change. No server can
#           tell such an "active": false from a real one; Rollcall deactivates the person, as it is told.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
python3 -m venv venv
venv/bin/pip install --quiet 'canaille[front,oidc,scim,server]==0.3.6' scim2-client==0.7.5 scim2-models==0.7.0
cat > lock.py <<'PYTHON'
import datetime
import sys
from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from canaille.scim.casting import user_from_canaille_to_scim
from scim2_models import EnterpriseUser, User

app = create_app({
    "SECRET_KEY": "finding", "SERVER_NAME": "canaille.example.com",
    "CANAILLE": {"DATABASE": "memory", "SMTP": None}, "CANAILLE_OIDC": {}, "CANAILLE_SCIM": {},
})
with app.app_context(), app.backend.session():
    ann = models.User(user_name="ann", family_name="Baker", emails=["ann@example.com"])
    Backend.instance.save(ann)
    seen = []
    for days in (None, 30, -1):
        now = datetime.datetime.now(datetime.timezone.utc)
        ann.lock_date = None if days is None else now + datetime.timedelta(days=days)
        sent = user_from_canaille_to_scim(ann, User[EnterpriseUser], EnterpriseUser)
        seen.append((ann.locked, sent.active))
        print(f"lock date in {days} days: locked {ann.locked}, sent as active {sent.active}")
sys.exit(0 if seen == [(False, True), (False, False), (True, False)] else 1)
PYTHON
venv/bin/python lock.py 2>/dev/null && echo 'As described.' || { echo 'This has changed.'; exit 1; }
