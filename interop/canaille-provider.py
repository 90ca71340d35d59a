"""Canaille, an identity provider, as a whole: its people and groups, which it sends by itself."""

import datetime
import json
import os
import urllib.request

from forward import start_forwarding
from life import base_url, believe, expect, step, token


# Canaille sends a token that it has made up itself.
host = start_forwarding(
    lambda _: {"Authorization": f"Bearer {token}", "Content-Type": "application/scim+json"})

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend

app = create_app({
    "SECRET_KEY": "interop",
    "SERVER_NAME": "canaille.example.com",
    "CANAILLE": {"DATABASE": "memory", "SMTP": None},
    "CANAILLE_OIDC": {},
    "CANAILLE_SCIM": {"ENABLE_CLIENT": True, "ENABLE_SERVER": True},
})


def scim(path):
    request = urllib.request.Request(base_url + path, headers={"Authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request) as answer:
        return json.loads(answer.read())


def found(kind, id):
    answer = scim(f"/{kind}?filter=externalId%20eq%20%22{id}%22")
    return answer["Resources"][0] if answer["totalResults"] else None


def members():
    present = found("Groups", group.id).get("members", [])
    return sorted(member["value"] for member in present)


def ids(*people):
    return sorted(found("Users", person.id)["id"] for person in people)


with app.app_context(), app.backend.session():
    client = models.Client(
        client_id="rollcall", client_name="Rollcall", client_uri=host,
        client_secret="secret", client_id_issued_at=datetime.datetime.now(datetime.timezone.utc))
    Backend.instance.save(client)
    people = {}
    for name in ["ann", "ben", "cleo"]:
        with step(f"{name} is made"):
            people[name] = models.User(
                user_name=f"{name}@example.com", given_name=name.title(), family_name="Baker",
                formatted_name=f"{name.title()} Baker", display_name=name.title(), emails=[f"{name}@example.com"])
            Backend.instance.save(people[name])
            expect(found("Users", people[name].id)["userName"], f"{name}@example.com")
    with step("a changed name arrives"):
        people["ann"].family_name = "Birch"
        Backend.instance.save(people["ann"])
        expect(found("Users", people["ann"].id)["name"]["familyName"], "Birch")
    with step("somebody is locked, and opened"):
        for lock in [datetime.datetime.now(datetime.timezone.utc) - datetime.timedelta(days=1), None]:
            people["ben"].lock_date = lock
            Backend.instance.save(people["ben"])
            expect(found("Users", people["ben"].id)["active"], lock is None)
    with step("a team; people join and leave"):
        group = models.Group(display_name="Bakers", members=[people["ann"]])
        Backend.instance.save(group)
        expect(members(), ids(people["ann"]))
        group.members = [people["ann"], people["ben"]]
        Backend.instance.save(group)
        expect(members(), ids(people["ann"], people["ben"]))
        group.members = [people["ben"]]
        Backend.instance.save(group)
        expect(members(), ids(people["ben"]))
    with step("somebody is deleted"):
        id = people["cleo"].id
        Backend.instance.delete(people.pop("cleo"))
        expect(found("Users", id), None)
    for person in people.values():
        believe("person", {
            "id": found("Users", person.id)["id"], "externalId": person.id, "userName": person.user_name,
            "displayName": person.display_name, "active": not person.locked})
    believe("team", {"id": found("Groups", group.id)["id"], "externalId": group.id, "displayName": group.display_name})
