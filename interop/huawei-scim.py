"""The life of people and teams by Huawei Cloud's SDK, which finds SCIM below a path of its own."""

from huaweicloudsdkcore.exceptions.exceptions import ClientRequestException
from huaweicloudsdkidentitycenterscim import v1 as scim
from huaweicloudsdkidentitycenterscim.v1.identitycenterscim_credentials import IdentityCenterSCIMCredentials

from forward import start_forwarding
from life import believe, expect, refused, step, token

TENANT = "acme"
core = "urn:ietf:params:scim:schemas:core:2.0"
enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"
messages = "urn:ietf:params:scim:api:messages:2.0:PatchOp"

passed_on = ("Authorization", "Content-Type", "Accept")
host = start_forwarding(
    lambda sent: {name: sent[name] for name in passed_on if sent[name]}, f"/{TENANT}/scim/v2")
client = (scim.IdentityCenterSCIMClient.new_builder()
    .with_credentials(IdentityCenterSCIMCredentials()).with_endpoint(host).build())


def call(name, bearer=token, **facts):
    """A call of the SDK by its name: `create_user` takes a `CreateUserRequest`."""
    kind = "".join(part.title() for part in name.split("_")) + "Request"
    request = getattr(scim, kind)(authorization=f"Bearer {bearer}", tenant_id=TENANT, **facts)
    return getattr(client, name)(request)


def status(wanted, name, **facts):
    return refused(lambda: call(name, **facts), wanted, ClientRequestException, lambda problem: problem.status_code)


def change(kind, id, *operations):
    body = getattr(scim, f"Patch{kind.title()}ReqBody")(schemas=[messages], operations=[
        scim.OperationItemDto(op=op, path=path, value=value) for op, path, value in operations])
    return call(f"patch_{kind}", **{f"{kind}_id": id}, body=body)


def person(name, **more):
    return scim.CreateUserReqBody(schemas=[f"{core}:User"], user_name=f"{name}@example.com", active=True,
        display_name=f"{name} O’Brien", name=scim.NameDto(given_name=name, family_name="O’Brien"), **more)


def members(id):
    return sorted(member.value for member in call("get_group", group_id=id).members or [])


with step("a person with all that the SDK knows"):
    ann = call("create_user", body=person("ann", external_id="hr-1", title="Head", locale="de-DE", timezone="Europe/Berlin",
        emails=[scim.EmailItemDto(value="ann@example.com", type="work", primary=True)],
        phone_numbers=[scim.PhoneNumberItemDto(value="+1 555 0100", type="work")],
        addresses=[scim.AddressItemDto(locality="Berlin", country="DE", type="work")],
        urnietfparamsscimschemasextensionenterprise2_0_user=scim.EnterpriseDto(
            department="Ovens", manager=scim.ManagerDto(value="boss"))))
    expect([ann.user_name, ann.title, ann.addresses[0].locality], ["ann@example.com", "Head", "Berlin"])
    expect(ann.urnietfparamsscimschemasextensionenterprise2_0_user.department, "Ovens")
with step("people with few attributes"):
    people = {name: call("create_user", body=person(name)) for name in ["ben", "cleo", "p0", "p1"]}
with step("a second person of this name, and capitals in an address, are refused"):
    status(409, "create_user", body=person("ann"))
    capital = scim.EmailItemDto(value="Dan@example.com", type="work")
    status(400, "create_user", body=person("dan", emails=[capital]))
with step("everybody is listed"):
    listed = call("list_users")
    expect([listed.total_results, sorted(one.user_name.split("@")[0] for one in listed.resources)],
        [5, ["ann", "ben", "cleo", "p0", "p1"]])
with step("PATCH of a person: replace, add, remove, and false"):
    id = people["ben"].id
    change("user", id, ("replace", "displayName", "Ben"), ("add", "title", "Baker"), ("replace", "active", False))
    ben = call("get_user", user_id=id)
    expect([ben.display_name, ben.title, ben.active], ["Ben", "Baker", False])
    change("user", id, ("remove", "title", None), ("replace", "active", True))
    ben = call("get_user", user_id=id)
    expect([ben.title, ben.active], [None, True])
with step("PUT changes a person, and takes away what it does not name"):
    kept = scim.UpdateUserReqBody(id=id, schemas=[f"{core}:User"], user_name="ben@example.com", active=True,
        name=scim.NameDto(given_name="Benjamin", family_name="O’Brien"))
    changed = call("put_user", user_id=id, body=kept)
    expect([changed.name.given_name, changed.display_name], ["Benjamin", None])
with step("a team with members, one in, one out, another name"):
    team = call("create_group", body=scim.CreateGroupReqBody(schemas=[f"{core}:Group"], display_name="Bakers",
        external_id="g-1", members=[scim.MemberItemDto(value=ann.id)]))
    expect(members(team.id), [ann.id])
    change("group", team.id, ("add", "members", [{"value": people["p0"].id}, {"value": people["p1"].id}]))
    change("group", team.id, ("remove", f'members[value eq "{ann.id}"]', None), ("replace", "displayName", "Cooks"))
    expect(members(team.id), sorted([people["p0"].id, people["p1"].id]))
    expect([group.display_name for group in call("list_groups").resources], ["Cooks"])
with step("the configuration is read"):
    expect([call("service_provider_config").patch.supported, call("service_provider_config").bulk.supported], [True, True])
with step("deletion, and what is gone"):
    gone = people.pop("p1").id
    call("delete_user", user_id=gone)
    status(404, "get_user", user_id=gone)
    expect(members(team.id), [people["p0"].id])
    second = call("create_group", body=scim.CreateGroupReqBody(schemas=[f"{core}:Group"], display_name="Night shift"))
    call("delete_group", group_id=second.id)
    status(404, "get_group", group_id=second.id)
with step("a wrong token is refused"):
    status(401, "get_user", bearer="wrong", user_id=ann.id)


def told(resource):
    """As the SDK has it, under SCIM's names."""
    if isinstance(resource, list):
        return [told(one) for one in resource]
    if not hasattr(resource, "attribute_map"):
        return resource
    values = {name: getattr(resource, own) for own, name in resource.attribute_map.items()}
    return {name: told(value) for name, value in values.items() if value is not None}


for id in [ann.id, *(one.id for one in people.values())]:
    believe("person", told(call("get_user", user_id=id)))
believe("team", told(call("get_group", group_id=team.id)))
