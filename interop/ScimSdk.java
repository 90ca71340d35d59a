import com.fasterxml.jackson.databind.JsonNode;
import de.captaingoldfish.scim.sdk.client.ScimClientConfig;
import de.captaingoldfish.scim.sdk.client.ScimRequestBuilder;
import de.captaingoldfish.scim.sdk.client.response.ServerResponse;
import de.captaingoldfish.scim.sdk.common.constants.EndpointPaths;
import de.captaingoldfish.scim.sdk.common.constants.HttpHeader;
import de.captaingoldfish.scim.sdk.common.constants.enums.Comparator;
import de.captaingoldfish.scim.sdk.common.constants.enums.HttpMethod;
import de.captaingoldfish.scim.sdk.common.constants.enums.PatchOp;
import de.captaingoldfish.scim.sdk.common.constants.enums.SortOrder;
import de.captaingoldfish.scim.sdk.common.resources.Group;
import de.captaingoldfish.scim.sdk.common.resources.ResourceNode;
import de.captaingoldfish.scim.sdk.common.resources.User;
import de.captaingoldfish.scim.sdk.common.resources.multicomplex.Email;
import de.captaingoldfish.scim.sdk.common.resources.multicomplex.Member;
import de.captaingoldfish.scim.sdk.common.response.BulkResponse;
import de.captaingoldfish.scim.sdk.common.response.ListResponse;
import de.captaingoldfish.scim.sdk.common.utils.JsonHelper;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** The life of people and teams by SCIM-SDK's client, which Keycloak's extensions are made with. */
public class ScimSdk extends Story {
  static final Map<String, User> people = new HashMap<>();
  static final Map<String, Group> teams = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    ScimRequestBuilder scim = connect(token);
    step("discovery", () -> {
      expect(scim.loadServiceProviderConfiguration().getPatchConfig().isSupported(), true);
      var found = answered(200, scim.loadMetaConfiguration().sendRequest());
      expect(found.getResourceTypes().size(), 2);
      expect(found.getSchemas().size(), 3);
    });
    createPeople(scim);
    find(scim);
    change(scim);
    workWithTeams(scim);
    step("Bulk: a person, a team with that person, a change, a deletion, a refusal", () -> bulk(scim));
    step("deletion, and what is gone", () -> {
      String id = idOf(people.remove("p6"));
      answered(204, scim.delete(User.class, EndpointPaths.USERS, id).sendRequest());
      answered(404, scim.get(User.class, EndpointPaths.USERS, id).sendRequest());
      answered(404, scim.delete(User.class, EndpointPaths.USERS, id).sendRequest());
    });
    step("a wrong token is refused",
        () -> answered(401, connect("wrong").get(User.class, EndpointPaths.USERS, "1").sendRequest()));
    for (User person : people.values()) {
      believe("person", JsonHelper.toJsonString(read(scim, User.class, EndpointPaths.USERS, idOf(person))));
    }
    for (Group team : teams.values()) {
      believe("team", JsonHelper.toJsonString(read(scim, Group.class, EndpointPaths.GROUPS, idOf(team))));
    }
    System.exit(0);
  }

  static ScimRequestBuilder connect(String token) {
    ScimClientConfig config = ScimClientConfig.builder().connectTimeout(30).requestTimeout(30).socketTimeout(30)
        .httpHeaders(Map.of(HttpHeader.AUTHORIZATION, "Bearer " + token)).build();
    return new ScimRequestBuilder(address, config);
  }

  static void createPeople(ScimRequestBuilder scim) {
    step("a person with every attribute comes back as it was sent", () -> {
      JsonNode sent = JsonHelper.readJsonDocument(full);
      User ann = answered(201, scim.create(User.class, EndpointPaths.USERS).setResource(sent).sendRequest());
      people.put("ann", ann);
      sent.fieldNames().forEachRemaining(name -> {
        if (!name.equals("schemas")) expect(ann.get(name), sent.get(name));
      });
    });
    step("people with few attributes", () -> {
      people.put("ben", create(scim, User.builder().userName("ben@example.com").build()));
      people.put("cleo", create(scim, User.builder().userName("cleo@example.com").active(false).build()));
      for (int number = 0; number < 7; number += 1) {
        String name = "p" + number;
        people.put(name, create(scim, User.builder().userName(name + "@example.com").active(true).build()));
      }
    });
    step("a second person of this name, and capitals in an address, are refused", () -> {
      var taken = scim.create(User.class, EndpointPaths.USERS)
          .setResource(User.builder().userName("ann@example.com").build()).sendRequest();
      answered(409, taken);
      expect(taken.getErrorResponse().getScimType().orElse(""), "uniqueness");
      var capital = scim.create(User.class, EndpointPaths.USERS)
          .setResource(User.builder().userName("Dan@example.com").build()).sendRequest();
      answered(400, capital);
      expect(capital.getErrorResponse().getDetail().orElse("").contains("capital"), true);
    });
  }

  static User create(ScimRequestBuilder scim, User person) {
    return answered(201, scim.create(User.class, EndpointPaths.USERS).setResource(person).sendRequest());
  }

  static void find(ScimRequestBuilder scim) {
    step("filters of the builder", () -> {
      expect(names(scim.list(User.class, EndpointPaths.USERS)
          .filter("externalId", Comparator.EQ, "hr-1").and("name.familyName", Comparator.CO, "brien")
          .and(enterprise + ":department", Comparator.EQ, "Research").build().get().sendRequest()), "[ann@example.com]");
      expect(names(scim.list(User.class, EndpointPaths.USERS)
          .filter("active", Comparator.EQ, "false").build().get().sendRequest()), "[cleo@example.com]");
      expect(names(scim.list(User.class, EndpointPaths.USERS)
          .filter("userName", Comparator.SW, "b").or(true, "userName", Comparator.SW, "c")
          .and("title", Comparator.NE, "x", true).build().post().sendRequest()),
          "[ben@example.com, cleo@example.com]");
      expect(names(scim.list(User.class, EndpointPaths.USERS)
          .filter("emails[type eq \"home\" and value ew \".org\"]").get().sendRequest()), "[ann@example.com]");
    });
    step("a filter that cannot be read is refused", () -> answered(400,
        scim.list(User.class, EndpointPaths.USERS).filter("userName eqq 1").get().sendRequest()));
    step("a text with a quotation mark, which the builder does not escape, is refused", () -> answered(400,
        scim.list(User.class, EndpointPaths.USERS).filter("userName", Comparator.EQ, "a\"b").build().get().sendRequest()));
    step("pages by number meet everybody once, in order", () -> {
      List<String> met = new ArrayList<>();
      for (int start = 1; start <= 10; start += 4) {
        ListResponse<User> page = answered(200, scim.list(User.class, EndpointPaths.USERS).startIndex(start).count(4)
            .sortBy("userName").sortOrder(SortOrder.DESCENDING).get().sendRequest());
        expect(page.getTotalResults(), 10L);
        page.getListedResources().forEach(person -> met.add(person.getUserName().get()));
      }
      expect(met.size(), 10);
      expect(met.get(0), "p6@example.com");
      expect(new TreeSet<>(met).size(), 10);
    });
    step("the client walks by itself, to as many as it was told", () -> {
      var users = scim.list(User.class, EndpointPaths.USERS);
      expect(((ListResponse<?>) answered(200, users.get().getAll())).getListedResources().size(), 10);
      expect(((ListResponse<?>) answered(200, users.count(4).get().getAll())).getListedResources().size(), 4);
    });
    step("attributes can be chosen", () -> {
      ListResponse<User> some = answered(200, scim.list(User.class, EndpointPaths.USERS)
          .filter("externalId", Comparator.EQ, "hr-1").build().attributes("userName").get().sendRequest());
      expect(some.getListedResources().get(0).getTitle().isPresent(), false);
      some = answered(200, scim.list(User.class, EndpointPaths.USERS)
          .filter("externalId", Comparator.EQ, "hr-1").build().excludedAttributes("emails").get().sendRequest());
      expect(some.getListedResources().get(0).getTitle().get(), "Engineer");
      expect(some.getListedResources().get(0).getEmails().size(), 0);
    });
  }

  static void change(ScimRequestBuilder scim) {
    step("PATCH: values, parts and lists by paths", () -> {
      User ben = answered(200, scim.patch(User.class, EndpointPaths.USERS, idOf(people.get("ben")))
          .addOperation().op(PatchOp.REPLACE).path("displayName").value("Ben").next()
          .op(PatchOp.ADD).path("name.givenName").value("Benjamin").next()
          .op(PatchOp.ADD).path("emails").valueNode(Email.builder().value("b@example.com").type("work").build()).next()
          .op(PatchOp.REPLACE).path("emails[type eq \"work\"].value").value("ben@example.com").next()
          .op(PatchOp.ADD).path("nickName").values(List.of("B")).next()
          .op(PatchOp.ADD).path(enterprise + ":department").value("Bakery").build().sendRequest());
      expect(ben.getEmails().get(0).getValue().get(), "ben@example.com");
      expect(ben.getName().get().getGivenName().get(), "Benjamin");
      expect(ben.getNickName().get(), "B");
      ben = answered(200, scim.patch(User.class, EndpointPaths.USERS, idOf(ben))
          .addOperation().op(PatchOp.REMOVE).path("nickName").build().sendRequest());
      expect(ben.getNickName().isPresent(), false);
    });
    step("PATCH: without a path", () -> {
      User ben = answered(200, scim.patch(User.class, EndpointPaths.USERS, idOf(people.get("ben")))
          .addOperation().op(PatchOp.REPLACE).valueNode(User.builder().title("Baker").build()).build().sendRequest());
      expect(ben.getTitle().get(), "Baker");
      expect(ben.getDisplayName().get(), "Ben");
    });
    step("PATCH: an attribute that nobody may change, and a path without a target, are refused", () -> {
      var refusal = scim.patch(User.class, EndpointPaths.USERS, idOf(people.get("ben")))
          .addOperation().op(PatchOp.REPLACE).path("id").value("1").build().sendRequest();
      answered(400, refusal);
      expect(refusal.getErrorResponse().getScimType().get(), "mutability");
      answered(400, scim.patch(User.class, EndpointPaths.USERS, idOf(people.get("ben"))).addOperation()
          .op(PatchOp.REPLACE).path("emails[type eq \"fax\"].display").value("x").build().sendRequest());
    });
    step("PUT changes a person", () -> {
      User cleo = people.get("cleo");
      cleo.setActive(true);
      cleo.setDisplayName("Cleo");
      cleo = answered(200, scim.update(User.class, EndpointPaths.USERS, idOf(cleo)).setResource(cleo).sendRequest());
      expect(cleo.getDisplayName().get(), "Cleo");
      expect(cleo.isActive().get(), true);
    });
    step("an entity tag guards a change", () -> {
      String id = idOf(people.get("cleo"));
      User stale = read(scim, User.class, EndpointPaths.USERS, id);
      String tag = stale.getMeta().get().getVersion().get().getEntityTag();
      answered(200, scim.patch(User.class, EndpointPaths.USERS, id).addOperation().op(PatchOp.ADD).path("title")
          .value("Chef").build().setETagForIfMatch(tag).sendRequest());
      stale.setTitle("Cook");
      answered(412, scim.update(User.class, EndpointPaths.USERS, id).setETagForIfMatch(tag)
          .setResource(stale).sendRequest());
      answered(412, scim.delete(User.class, EndpointPaths.USERS, id).setETagForIfMatch(tag).sendRequest());
      User fresh = read(scim, User.class, EndpointPaths.USERS, id);
      expect(fresh.getTitle().get(), "Chef");
      answered(304, scim.get(User.class, EndpointPaths.USERS, id)
          .setETagForIfNoneMatch(fresh.getMeta().get().getVersion().get()).sendRequest());
    });
  }

  static void workWithTeams(ScimRequestBuilder scim) {
    step("a team with members", () -> {
      Group team = Group.builder().displayName("Bakers").externalId("g-1").members(List.of(member("ann"), member("ben"))).build();
      teams.put("bakers", answered(201, scim.create(Group.class, EndpointPaths.GROUPS).setResource(team).sendRequest()));
      expect(members(scim), set("ann", "ben"));
    });
    step("PATCH of a team that asks to see it without members", () -> {
      String path = EndpointPaths.GROUPS + "/" + idOf(teams.get("bakers")) + "?excludedAttributes=members";
      Group team = answered(200, scim.patch(address + path, Group.class).addOperation()
          .op(PatchOp.ADD).path("members").valueNode(member("cleo")).build().sendRequest());
      expect(team.getDisplayName().get(), "Bakers");
      expect(members(scim), set("ann", "ben", "cleo"));
    });
    step("PATCH: one member less, another name", () -> {
      answered(200, scim.patch(Group.class, EndpointPaths.GROUPS, idOf(teams.get("bakers"))).addOperation()
          .op(PatchOp.REMOVE).path("members[value eq \"" + idOf(people.get("ben")) + "\"]").next()
          .op(PatchOp.REPLACE).path("displayName").value("Cooks").build().sendRequest());
      expect(members(scim), set("ann", "cleo"));
    });
    step("PATCH: all members replaced", () -> {
      answered(200, scim.patch(Group.class, EndpointPaths.GROUPS, idOf(teams.get("bakers"))).addOperation()
          .op(PatchOp.REPLACE).path("members").valueNodes(List.of(member("ann"), member("p0"))).build().sendRequest());
      expect(members(scim), set("ann", "p0"));
    });
    step("PUT: the members of a team", () -> {
      Group team = read(scim, Group.class, EndpointPaths.GROUPS, idOf(teams.get("bakers")));
      team.setMembers(List.of(member("ann"), member("p0"), member("p1")));
      answered(200, scim.update(Group.class, EndpointPaths.GROUPS, idOf(team)).setResource(team).sendRequest());
      expect(members(scim), set("ann", "p0", "p1"));
    });
    step("an empty list that the builder leaves out is refused; as nodes it is sent, and empties the team", () -> {
      String id = idOf(teams.get("bakers"));
      answered(400, scim.patch(Group.class, EndpointPaths.GROUPS, id).addOperation().op(PatchOp.REPLACE)
          .path("members").values(List.of()).build().sendRequest());
      expect(members(scim), set("ann", "p0", "p1"));
      answered(200, scim.patch(Group.class, EndpointPaths.GROUPS, id).addOperation().op(PatchOp.REPLACE)
          .path("members").valueNodes(List.of()).build().sendRequest());
      expect(members(scim), set());
    });
    step("a member that nobody is, is refused", () -> answered(400,
        scim.patch(Group.class, EndpointPaths.GROUPS, idOf(teams.get("bakers"))).addOperation().op(PatchOp.ADD)
            .path("members").valueNode(Member.builder().value("nobody").build()).build().sendRequest()));
  }

  static void bulk(ScimRequestBuilder scim) {
    String night = Group.builder().displayName("Night shift")
        .members(List.of(Member.builder().value("bulkId:dora").build())).build().toString();
    String patch = """
        {"schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"],
         "Operations": [{"op": "replace", "path": "title", "value": "Night baker"}]}""";
    BulkResponse answer = answered(200, scim.bulk().failOnErrors(5)
        .bulkRequestOperation(EndpointPaths.USERS).method(HttpMethod.POST).bulkId("dora")
        .data(User.builder().userName("dora@example.com").build()).next()
        .bulkRequestOperation(EndpointPaths.GROUPS).method(HttpMethod.POST).bulkId("night").data(night).next()
        .bulkRequestOperation(EndpointPaths.USERS, idOf(people.get("ben"))).method(HttpMethod.PATCH).data(patch).next()
        .bulkRequestOperation(EndpointPaths.USERS, idOf(people.remove("p5"))).method(HttpMethod.DELETE).next()
        .bulkRequestOperation(EndpointPaths.USERS).method(HttpMethod.POST).bulkId("again")
        .data(User.builder().userName("dora@example.com").build()).sendRequest());
    var operations = answer.getBulkResponseOperations();
    expect(operations.stream().map(one -> one.getStatus()).toList().toString(), "[201, 201, 200, 204, 409]");
    people.put("dora", read(scim, User.class, EndpointPaths.USERS, last(operations.get(0).getLocation().get())));
    teams.put("night", read(scim, Group.class, EndpointPaths.GROUPS, last(operations.get(1).getLocation().get())));
    expect(teams.get("night").getMembers().get(0).getValue().get(), idOf(people.get("dora")));
  }

  static String last(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }

  static String idOf(ResourceNode resource) {
    return resource.getId().get();
  }

  static Member member(String name) {
    return Member.builder().value(idOf(people.get(name))).build();
  }

  static TreeSet<String> set(String... names) {
    TreeSet<String> ids = new TreeSet<>();
    for (String name : names) ids.add(idOf(people.get(name)));
    return ids;
  }

  static TreeSet<String> members(ScimRequestBuilder scim) {
    TreeSet<String> ids = new TreeSet<>();
    Group team = read(scim, Group.class, EndpointPaths.GROUPS, idOf(teams.get("bakers")));
    team.getMembers().forEach(one -> ids.add(one.getValue().get()));
    return ids;
  }

  static <T extends ResourceNode> T read(ScimRequestBuilder scim, Class<T> type, String endpoint, String id) {
    return answered(200, scim.get(type, endpoint, id).sendRequest());
  }

  static String names(ServerResponse<ListResponse<User>> answer) {
    TreeSet<String> names = new TreeSet<>();
    answered(200, answer).getListedResources().forEach(person -> names.add(person.getUserName().get()));
    return names.toString();
  }

  static <T extends de.captaingoldfish.scim.sdk.common.resources.base.ScimObjectNode> T answered(
      int status, ServerResponse<T> answer) {
    if (answer.getHttpStatus() != status) {
      throw new AssertionError(answer.getHttpStatus() + " in place of " + status + ": " + answer.getResponseBody());
    }
    return status < 300 && status != 204 ? answer.getResource() : null;
  }
}
