"""The life of people and teams by scim2-client, with the models that it makes of our schemas."""

from httpx2 import Client
from scim2_client.engines.httpx2 import SyncSCIMClient
from scim2_models import (
    BulkOperation,
    BulkRequest,
    PatchOp,
    PatchOperation,
    SCIMException,
    SearchRequest,
    ResponseParameters,
)

from life import base_url, believe, expect, refused, step, tell, token

ENTERPRISE = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

http = Client(base_url=base_url, headers={"Authorization": f"Bearer {token}"})
scim = SyncSCIMClient(http)
scim.discover()
User = scim.get_resource_model("User")
Group = scim.get_resource_model("Group")
tell("step", "discovery makes models of the schemas")

with step("the configuration says what the server does"):
    config = scim.provider.config
    expect([config.patch.supported, config.bulk.supported, config.filter.supported], [True] * 3)
    expect([config.sort.supported, config.etag.supported], [True, True])

full = {
    "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
    "externalId": "hr-1",
    "userName": "ann@example.com",
    "name": {
        "formatted": "Dr. Ann Marie O’Brien",
        "familyName": "O’Brien",
        "givenName": "Ann",
        "middleName": "Marie",
        "honorificPrefix": "Dr.",
        "honorificSuffix": "Jr.",
    },
    "displayName": "Ann O’Brien",
    "nickName": "Annie",
    "profileUrl": "https://example.com/ann",
    "title": "Engineer",
    "userType": "Employee",
    "preferredLanguage": "en-GB",
    "locale": "en-GB",
    "timezone": "Europe/Dublin",
    "active": True,
    "emails": [
        {"value": "ann@example.com", "type": "work", "primary": True, "display": "Ann"},
        {"value": "ann@example.org", "type": "home"},
    ],
    "phoneNumbers": [{"value": "tel:+353-1-555-0100", "type": "work"}],
    "ims": [{"value": "ann.obrien", "type": "xmpp"}],
    "photos": [{"value": "https://example.com/ann.png", "type": "photo"}],
    "addresses": [
        {
            "formatted": "1 Main Street",
            "streetAddress": "1 Main Street",
            "locality": "Dublin",
            "region": "Leinster",
            "postalCode": "D01",
            "country": "IE",
            "type": "work",
        }
    ],
    "entitlements": [{"value": "reports", "type": "app"}],
    "roles": [{"value": "admin", "display": "Administrator"}],
    "x509Certificates": [{"value": "TUlJQ3B3", "display": "laptop"}],
    ENTERPRISE: {
        "employeeNumber": "17",
        "costCenter": "R1",
        "organization": "Example",
        "division": "Product",
        "department": "Research",
    },
}

with step("a person with every attribute comes back as it was sent"):
    ann = scim.create(User, full)
    seen = ann.model_dump()
    for name, value in full.items():
        if name != "schemas":
            expect(seen[name], value)
with step("people with few attributes"):
    ben = scim.create(User(user_name="ben@example.com"))
    cleo = scim.create(User(user_name="cleo@example.com", active=False))
    people = [scim.create(User(user_name=f"p{number}@example.com")) for number in range(7)]

with step("a second person of this name is refused"):
    problem = refused(lambda: scim.create(User(user_name="ANN@EXAMPLE.COM".lower())), 409, SCIMException)
    expect(problem.scim_type, "uniqueness")
with step("a capital in an address is refused with a reason"):
    problem = refused(lambda: scim.create(User(user_name="Dan@example.com")), 400, SCIMException)
    assert "capital" in problem.detail, problem.detail


def found(filter, **more):
    answer = scim.query(User, SearchRequest(filter=filter, **more))
    return sorted(person.user_name for person in answer.resources or [])


filters = {
    'userName eq "ann@example.com"': ["ann@example.com"],
    'externalId eq "hr-1"': ["ann@example.com"],
    'name.familyName co "brien"': ["ann@example.com"],
    'emails[type eq "home" and value ew ".org"]': ["ann@example.com"],
    f'{ENTERPRISE}:department eq "Research"': ["ann@example.com"],
    'active eq false': ["cleo@example.com"],
    'userName sw "b" or (userName sw "c" and not (title pr))': ["ben@example.com", "cleo@example.com"],
    'userName eq "nobody@example.com"': [],
}
for filter, wanted in filters.items():
    with step(f"filter {filter}"):
        expect(found(filter), wanted)
with step("a filter that cannot be read is refused"):
    call = lambda: http.get("/Users", params={"filter": "userName eqq 1"})
    expect(call().status_code, 400)

with step("pages by number meet everybody once"):
    names = []
    start = 1
    while True:
        page = scim.query(User, SearchRequest(start_index=start, count=4, sort_by="userName"))
        names += [person.user_name for person in page.resources or []]
        start += page.items_per_page
        if start > page.total_results:
            break
    expect(len(names), 10)
    expect(names, sorted(set(names)))
with step("pages by cursor meet everybody once"):
    names, cursor = [], ""
    while cursor is not None:
        page = scim.query(User, SearchRequest(cursor=cursor, count=4))
        names += [person.user_name for person in page.resources or []]
        cursor = page.next_cursor
    expect(len(set(names)), 10)
    expect(len(names), 10)
with step("the order can be turned"):
    page = scim.query(User, SearchRequest(sort_by="userName", sort_order="descending", count=1))
    expect(page.resources[0].user_name, "p6@example.com")
with step("a search by POST"):
    answer = scim.search(SearchRequest(filter='userName sw "ben"'))
    expect([person.id for person in answer.resources], [ben.id])
with step("attributes can be chosen"):
    answer = scim.query(User, ann.id, ResponseParameters(attributes=["userName"]))
    expect([answer.user_name, answer.title], ["ann@example.com", None])
    answer = scim.query(User, ann.id, ResponseParameters(excluded_attributes=["emails"]))
    expect([answer.title, answer.emails], ["Engineer", None])


def patch(target, *operations):
    scim.modify(target, PatchOp[type(target)](operations=[dict(one) for one in operations]))
    return scim.query(type(target), target.id)


with step("PATCH: a value by its path"):
    ben = patch(ben, {"op": "replace", "path": "displayName", "value": "Ben"})
    expect(ben.display_name, "Ben")
with step("PATCH: a part of a complex value"):
    ben = patch(ben, {"op": "add", "path": "name.givenName", "value": "Benjamin"})
    expect(ben.name.given_name, "Benjamin")
with step("PATCH: without a path"):
    ben = patch(ben, {"op": "replace", "value": {"title": "Baker", "nickName": "B"}})
    expect([ben.title, ben.nick_name], ["Baker", "B"])
with step("PATCH: an entry of a list, then a part of it by a filter"):
    ben = patch(ben, {"op": "add", "path": "emails", "value": [{"value": "b@example.com", "type": "work"}]})
    ben = patch(ben, {"op": "replace", "path": 'emails[type eq "work"].value', "value": "ben@example.com"})
    expect([mail.value for mail in ben.emails], ["ben@example.com"])
with step("PATCH: an extension"):
    ben = patch(ben, {"op": "add", "path": f"{ENTERPRISE}:department", "value": "Bakery"})
    expect(ben[f"{ENTERPRISE}:department"], "Bakery")
with step("PATCH: a manager, and none again"):
    ben = patch(ben, {"op": "add", "path": f"{ENTERPRISE}:manager", "value": {"value": ann.id}})
    expect(ben[f"{ENTERPRISE}:manager"].value, ann.id)
    ben = patch(ben, {"op": "remove", "path": f"{ENTERPRISE}:manager"})
    expect(ben[f"{ENTERPRISE}:manager"], None)
with step("PATCH: a removal"):
    ben = patch(ben, {"op": "remove", "path": "nickName"})
    expect(ben.nick_name, None)
with step("PATCH: made of the difference of two people"):
    after = ann.model_copy(deep=True)
    after.title = "Lead engineer"
    after.emails = [mail for mail in after.emails if mail.type == "work"]
    after.name.middle_name = None
    scim.modify(ann, PatchOp.build_from(ann, after))
    ann = scim.query(User, ann.id)
    expect([ann.title, len(ann.emails), ann.name.middle_name], ["Lead engineer", 1, None])
with step("PATCH: a path that no entry has, and an attribute that nobody may change, are refused"):
    many = {"op": "replace", "path": 'emails[type eq "pager"]', "value": {"display": "Pager"}}
    expect(refused(lambda: patch(ann, many), 400, SCIMException).scim_type, "noTarget")
    body = {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
        "Operations": [{"op": "replace", "path": "id", "value": "1"}]}
    answer = scim.modify(User, ann.id, body, check_request_payload=False, raise_scim_errors=False)
    expect([answer.status, answer.scim_type], [400, "mutability"])

with step("PUT changes a person"):
    cleo.active = True
    cleo.display_name = "Cleo"
    cleo = scim.replace(cleo)
    expect([cleo.active, cleo.display_name], [True, "Cleo"])
with step("an entity tag guards a change"):
    stale = scim.query(User, cleo.id)
    cleo = patch(cleo, {"op": "replace", "path": "title", "value": "Chef"})
    stale.title = "Cook"
    refused(lambda: scim.replace(stale), 412, SCIMException)
    expect(scim.query(User, cleo.id).title, "Chef")
with step("a read with the present tag is answered 304"):
    assert scim.query(cleo) is cleo

with step("a team with members"):
    team = scim.create(Group, {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:Group"],
        "displayName": "Bakers", "externalId": "g-1", "members": [{"value": ann.id}, {"value": ben.id}]})
    expect(sorted(member.value for member in team.members), sorted([ann.id, ben.id]))
with step("PATCH: one more member, one less, another name"):
    team = patch(team, {"op": "add", "path": "members", "value": [{"value": cleo.id}]})
    team = patch(team, {"op": "remove", "path": f'members[value eq "{ben.id}"]'})
    team = patch(team, {"op": "replace", "path": "displayName", "value": "Cooks"})
    expect(sorted(member.value for member in team.members), sorted([ann.id, cleo.id]))
    expect(team.display_name, "Cooks")
with step("PATCH: members made of the difference of two teams"):
    after = team.model_copy(deep=True)
    after.members = [member for member in after.members if member.value != ann.id]
    scim.modify(team, PatchOp.build_from(team, after))
    team = scim.query(Group, team.id)
    expect([member.value for member in team.members], [cleo.id])
with step("PUT: the members of a team"):
    team.members = [{"value": person.id} for person in [ann, *people]]
    team = scim.replace(team)
    expect(len(team.members), 8)
with step("teams of a person are shown"):
    ann = scim.query(User, ann.id)
    expect([group.display for group in ann.groups], ["Cooks"])
with step("a team is found by its member"):
    answer = scim.query(Group, SearchRequest(filter=f'members[value eq "{ann.id}"]'))
    expect([group.id for group in answer.resources], [team.id])
with step("a team without members"):
    empty = scim.create(Group(display_name="Empty"))
    expect(empty.members or [], [])
with step("a member that nobody is, is refused"):
    stranger = {"op": "add", "path": "members", "value": [{"value": "nobody"}]}
    refused(lambda: patch(empty, stranger), 400, SCIMException)

with step("Bulk: a person and a team with that person"):
    request = BulkRequest[User | Group](operations=[
        BulkOperation[User](method="POST", path="/Users", bulk_id="dora",
            data=User(user_name="dora@example.com")),
        BulkOperation[Group](method="POST", path="/Groups", bulk_id="night",
            data=Group.model_validate({"displayName": "Night shift", "members": [{"value": "bulkId:dora"}]})),
        BulkOperation[User](method="PATCH", path=f"/Users/{ben.id}",
            data=PatchOp[User](operations=[{"op": "replace", "path": "title", "value": "Night baker"}])),
        BulkOperation[User](method="DELETE", path=f"/Users/{people[6].id}"),
        BulkOperation[User](method="POST", path="/Users", bulk_id="again",
            data=User(user_name="dora@example.com")),
    ])
    answer = scim.bulk(request)
    expect([str(one.status) for one in answer.operations], ["201", "201", "200", "204", "409"])
    dora, night = [one.location.rsplit("/", 1)[1] for one in answer.operations[:2]]
    expect([member.value for member in scim.query(Group, night).members], [dora])

with step("deletion, and what is gone"):
    scim.delete(User, people[5].id)
    refused(lambda: scim.query(User, people[5].id), 404, SCIMException)
    refused(lambda: scim.delete(User, people[5].id), 404, SCIMException)
    scim.delete(Group, empty.id)
with step("a wrong token is refused"):
    stranger = SyncSCIMClient(Client(base_url=base_url, headers={"Authorization": "Bearer x"}))
    refused(lambda: stranger.discover(), 401, SCIMException)

alive = [ann.id, ben.id, cleo.id, dora, *(person.id for person in people[:5])]
for id in alive:
    believe("person", scim.query(User, id).model_dump())
for id in [team.id, night]:
    believe("team", scim.query(Group, id).model_dump())
