"""The life of people and teams by Databricks' SDK, which finds SCIM below a path of its own."""

from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import DatabricksError, NotFound
from databricks.sdk.service import iam

from forward import start_forwarding
from life import believe, expect, refused, step, tell, token

PREFIX = "/api/2.0/preview/scim/v2"


passed_on = ("Authorization", "Content-Type", "Accept")
host = start_forwarding(
    lambda sent: {name: sent[name] for name in passed_on if sent[name]}, PREFIX)


def connect(token):
    return WorkspaceClient(host=host, token=token, auth_type="pat")


client = connect(token)
users, groups = client.users_v2, client.groups_v2
patch_schema = [iam.PatchSchema.URN_IETF_PARAMS_SCIM_API_MESSAGES_2_0_PATCH_OP]


def patch(api, id, op, path=None, value=None):
    api.patch(id, schemas=patch_schema, operations=[iam.Patch(op=op, path=path, value=value)])


def members(id):
    return sorted(member.value for member in groups.get(id).members or [])


with step("a person with all that the SDK knows"):
    ann = users.create(
        user_name="ann@example.com", display_name="Ann O’Brien", external_id="hr-1", active=True,
        name=iam.Name(given_name="Ann", family_name="O’Brien"),
        emails=[iam.ComplexValue(value="ann@example.com", type="work", primary=True)],
        entitlements=[iam.ComplexValue(value="reports")], roles=[iam.ComplexValue(value="admin")],
        schemas=[iam.UserSchema.URN_IETF_PARAMS_SCIM_SCHEMAS_CORE_2_0_USER])
    expect([ann.user_name, ann.display_name, ann.external_id, ann.active],
        ["ann@example.com", "Ann O’Brien", "hr-1", True])
    expect([ann.name.family_name, ann.roles[0].value, ann.entitlements[0].value], ["O’Brien", "admin", "reports"])
with step("people with few attributes"):
    people = {name: users.create(user_name=f"{name}@example.com") for name in ["ben", "cleo", "p0", "p1"]}
with step("a second person of this name, and capitals in an address, are refused"):
    refused(lambda: users.create(user_name="ann@example.com"), "RESOURCE_CONFLICT", DatabricksError,
        lambda problem: "RESOURCE_CONFLICT" if "ann@example.com" in str(problem) or "another" in str(problem).lower() else str(problem))
    refused(lambda: users.create(user_name="Dan@example.com"), True, DatabricksError, lambda problem: "capital" in str(problem))
with step("lists walk to the end by themselves, with filters and orders"):
    expect([user.user_name for user in users.list(filter='userName eq "ann@example.com"')], ["ann@example.com"])
    expect([user.user_name for user in users.list(count=2, sort_by="userName", sort_order=iam.ListSortOrder.DESCENDING)],
        ["p1@example.com", "p0@example.com", "cleo@example.com", "ben@example.com", "ann@example.com"])
    expect([user.user_name for user in users.list(filter='displayName co "brien"', attributes="userName")], ["ann@example.com"])
with step("PATCH of a person: replace, add, remove"):
    id = people["ben"].id
    patch(users, id, iam.PatchOp.REPLACE, "displayName", "Ben")
    patch(users, id, iam.PatchOp.ADD, None, {"name": {"givenName": "Benjamin"}})
    patch(users, id, iam.PatchOp.ADD, "roles", [{"value": "admin"}])
    patch(users, id, iam.PatchOp.REMOVE, 'roles[value eq "admin"]')
    ben = users.get(id)
    expect([ben.display_name, ben.name.given_name, ben.roles or []], ["Ben", "Benjamin", []])
with step("PATCH: false is sent without a value, and refused; the text is taken"):
    id = people["cleo"].id
    refused(lambda: patch(users, id, iam.PatchOp.REPLACE, "active", False), True, DatabricksError,
        lambda problem: "Send" in str(problem))
    patch(users, id, iam.PatchOp.REPLACE, "active", "false")
    expect(users.get(id).active, False)
with step("PUT changes a person"):
    users.update(id, user_name="cleo@example.com", active=False, display_name="Cleo")
    expect([users.get(id).display_name, users.get(id).active], ["Cleo", False])
with step("a team with members, one in, one out, another name"):
    team = groups.create(display_name="Bakers", external_id="g-1", members=[iam.ComplexValue(value=ann.id)])
    expect(members(team.id), [ann.id])
    patch(groups, team.id, iam.PatchOp.ADD, "members", [{"value": people["p0"].id}])
    patch(groups, team.id, iam.PatchOp.ADD, None, {"members": [{"value": people["p1"].id}]})
    expect(members(team.id), sorted([ann.id, people["p0"].id, people["p1"].id]))
    patch(groups, team.id, iam.PatchOp.REMOVE, f'members[value eq "{ann.id}"]')
    patch(groups, team.id, iam.PatchOp.REPLACE, "displayName", "Cooks")
    expect(members(team.id), sorted([people["p0"].id, people["p1"].id]))
with step("PUT of a team"):
    groups.update(team.id, display_name="Cooks", external_id="g-1", members=[iam.ComplexValue(value=ann.id)])
    expect(members(team.id), [ann.id])
with step("deletion, and what is gone"):
    users.delete(people.pop("p1").id)
    refused(lambda: users.get(team.id), True, NotFound, lambda problem: True)
with step("a wrong token is refused"):
    refused(lambda: connect("wrong").users_v2.get(ann.id), True, DatabricksError,
        lambda problem: type(problem).__name__ in ("Unauthenticated", "PermissionDenied"))

for id in [ann.id, *(person.id for person in people.values())]:
    believe("person", users.get(id).as_dict())
believe("team", groups.get(team.id).as_dict())
