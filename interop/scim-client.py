"""The life of people by scim_client, which reads and writes people alone, and changes them by PUT."""

import json
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from scim_client import SCIMClient
from scim_client.resources import User

from life import base_url, believe, expect, refused, step, token

core = "urn:ietf:params:scim:schemas:core:2.0:User"
enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
client = SCIMClient(base_url, token)


def person(name, **more):
    address = f"{name}@example.com"
    return User(
        id="", external_id=f"hr-{name}", user_name=address, active=True, display_name=f"{name} O’Brien",
        name={"given_name": name, "family_name": "O’Brien", "formatted": f"{name} O’Brien"},
        emails=[{"value": address, "type": "work", "primary": True}], **more)


def status(call, wanted):
    return refused(call, wanted, HTTPError, lambda problem: problem.code)


def send(method, path, body=None):
    """What another client of the same tenant sends."""
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"}
    data = None if body is None else json.dumps(body).encode()
    with urlopen(Request(f"{base_url}{path}", method=method, headers=headers, data=data)) as answer:
        return json.load(answer)


with step("people are created, with a time zone and the enterprise extension"):
    ann = client.create_user(person("ann", timezone="Europe/Berlin", schemas=[core, enterprise],
        enterprise_user={"department": "Ovens", "employee_number": "7", "manager": {"value": "boss"}}))
    expect([ann.user_name, ann.name.family_name, ann.timezone], ["ann@example.com", "O’Brien", "Europe/Berlin"])
    expect([ann.enterprise_user.department, ann.enterprise_user.employee_number], ["Ovens", "7"])
    people = {name: client.create_user(person(name)) for name in ["ben", "cleo", "p0", "p1"]}
with step("a person is read by id, with the id of the gateway in place of the empty one"):
    expect(client.read_user(ann.id).emails[0].value, "ann@example.com")
    expect(all(one.id for one in people.values()), True)
with step("a second person of this name, and capitals in an address, are refused"):
    expect("uniqueness" in status(lambda: client.create_user(person("ann")), 409).read().decode(), True)
    expect("capital" in status(lambda: client.create_user(person("Dan")), 400).read().decode(), True)
with step("people are found by filters, from the number 0 on, in pages"):
    found = client.search_users('userName eq "ann@example.com"')
    expect([found.total_results, found.start_index, found.resources[0].id], [1, 1, ann.id])
    expect(client.search_users(f'{enterprise}:department eq "Ovens"').resources[0].id, ann.id)
    pages = [client.search_users("", count=2, start_index=start).resources for start in [0, 3, 5]]
    expect(len({one.id for page in pages for one in page}), 5)
with step("a person is changed by PUT, and read again"):
    ben = client.read_user(people["ben"].id)
    ben.name.given_name, ben.display_name, ben.active = "Benjamin", "Ben", False
    changed = client.update_user(ben)
    expect([changed.name.given_name, changed.display_name, changed.active], ["Benjamin", "Ben", False])
    expect(client.read_user(ben.id).display_name, "Ben")
with step("the extension stays through a change"):
    changed = client.read_user(ann.id)
    changed.enterprise_user.department = "Kitchen"
    kept = client.update_user(changed).enterprise_user
    expect([kept.department, kept.employee_number, kept.manager["value"]], ["Kitchen", "7", "boss"])
with step("what the client has no place for is gone after its change: PUT replaces"):
    path = f"/Users/{people['cleo'].id}"
    operations = [{"op": "add", "path": "title", "value": "Head"}]
    send("PATCH", path, {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": operations})
    cleo = client.read_user(people["cleo"].id)
    expect(cleo.extra_fields["title"], "Head")
    client.update_user(cleo)
    expect("title" in send("GET", path), False)
with step("deletion, and what is gone"):
    expect(client.delete_user(people.pop("p1").id).status_code, 204)
    gone = people.pop("p0")
    client.delete_user(user=gone)
    status(lambda: client.read_user(gone.id), 404)
with step("a wrong token is refused"):
    status(lambda: SCIMClient(base_url, "wrong").read_user(ann.id), 401)

for one in [ann, *people.values()]:
    believe("person", client.read_user(one.id).to_dict())
