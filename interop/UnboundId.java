import com.unboundid.scim2.client.ScimService;
import com.unboundid.scim2.common.GenericScimResource;
import com.unboundid.scim2.common.ScimResource;
import com.unboundid.scim2.common.exceptions.ScimException;
import com.unboundid.scim2.common.filters.Filter;
import com.unboundid.scim2.common.messages.ListResponse;
import com.unboundid.scim2.common.messages.PatchOperation;
import com.unboundid.scim2.common.messages.SortOrder;
import com.unboundid.scim2.common.types.Email;
import com.unboundid.scim2.common.types.GroupResource;
import com.unboundid.scim2.common.types.Member;
import com.unboundid.scim2.common.types.Name;
import com.unboundid.scim2.common.types.UserResource;
import com.unboundid.scim2.common.utils.JsonUtils;
import jakarta.ws.rs.client.Client;
import jakarta.ws.rs.client.ClientBuilder;
import jakarta.ws.rs.client.ClientRequestFilter;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.glassfish.jersey.apache.connector.ApacheConnectorProvider;
import org.glassfish.jersey.client.ClientConfig;

/** The life of people and teams by UnboundID's SDK, as its documentation uses it. */
public class UnboundId extends Story {
  static final Map<String, UserResource> people = new HashMap<>();
  static final Map<String, GroupResource> teams = new HashMap<>();
  static final String path = "emails[type eq \"work\"].value";

  public static void main(String[] arguments) throws Exception {
    ScimService scim = connect(token);
    live(scim);
    believeAll(scim);
    System.exit(0);
  }

  static ScimService connect(String token) {
    ClientConfig config = new ClientConfig().connectorProvider(new ApacheConnectorProvider());
    Client client = ClientBuilder.newClient(config);
    client.register((ClientRequestFilter) request ->
        request.getHeaders().putSingle("Authorization", "Bearer " + token));
    return new ScimService(client.target(address));
  }

  static void live(ScimService scim) {
    step("discovery", () -> {
      expect(scim.getServiceProviderConfig().getPatch().isSupported(), true);
      expect(names(scim.getResourceTypes().getResources().stream().map(one -> one.getName()).toList()),
          "[Group, User]");
      expect(scim.getSchemas().getTotalResults(), 3);
      expect(scim.getResourceType("User").getName(), "User");
      expect(scim.getSchema(enterprise).getId(), enterprise);
    });
    createPeople(scim);
    find(scim);
    change(scim);
    workWithTeams(scim);
    step("deletion, and what is gone", () -> {
      String id = people.remove("p6").getId();
      scim.delete("Users", id);
      refused(404, () -> scim.retrieve("Users", id, UserResource.class));
      refused(404, () -> scim.delete("Users", id));
    });
    step("a wrong token is refused", () -> refused(401, () -> connect("wrong").getResourceTypes()));
  }

  static void createPeople(ScimService scim) {
    step("a person with every attribute comes back as it was sent", () -> {
      UserResource sent = JsonUtils.getObjectReader().forType(UserResource.class).readValue(full);
      UserResource ann = scim.create("Users", sent);
      people.put("ann", ann);
      var left = sent.asGenericScimResource().getObjectNode();
      var right = ann.asGenericScimResource().getObjectNode();
      for (String name : List.of("userName", "name", "emails", "addresses", "x509Certificates",
          "phoneNumbers", "ims", "photos", "entitlements", "roles", enterprise)) {
        expect(String.valueOf(right.get(name)), String.valueOf(left.get(name)));
      }
    });
    step("people with few attributes", () -> {
      people.put("ben", scim.create("Users", new UserResource().setUserName("ben@example.com")));
      people.put("cleo", scim.create("Users",
          new UserResource().setUserName("cleo@example.com").setActive(false)));
      for (int number = 0; number < 7; number += 1) {
        String name = "p" + number;
        people.put(name, scim.create("Users",
            new UserResource().setUserName(name + "@example.com").setActive(true)));
      }
    });
    step("a second person of this name, and capitals in an address, are refused", () -> {
      ScimException taken = refused(409,
          () -> scim.create("Users", new UserResource().setUserName("ann@example.com")));
      expect(taken.getScimError().getScimType(), "uniqueness");
      refused(400, () -> scim.create("Users", new UserResource().setUserName("Dan@example.com")));
    });
  }

  static void find(ScimService scim) {
    Map<String, Filter> filters = new HashMap<>();
    step("filters of the builder are made", () -> {
      filters.put("[ann@example.com]", Filter.and(Filter.eq("externalId", "hr-1"),
          Filter.co("name.familyName", "brien"),
          Filter.hasComplexValue("emails", Filter.and(Filter.eq("type", "home"), Filter.ew("value", ".org"))),
          Filter.eq(enterprise + ":department", "Research")));
      filters.put("[cleo@example.com]", Filter.eq("active", false));
      filters.put("[ben@example.com, cleo@example.com]", Filter.or(Filter.sw("userName", "b"),
          Filter.and(Filter.sw("userName", "c"), Filter.not(Filter.pr("title")))));
      filters.put("[p5@example.com, p6@example.com]",
          Filter.and(Filter.gt("userName", "p4@example.com"), Filter.ne("userName", "nobody")));
      filters.put("[]", Filter.eq("userName", "a \"quoted\" \\ name"));
    });
    filters.forEach((wanted, filter) -> step("filter " + filter, () -> {
      ListResponse<UserResource> found = scim.search("Users", filter.toString(), UserResource.class);
      expect(names(found.getResources().stream().map(UserResource::getUserName).toList()), wanted);
      ListResponse<UserResource> posted = scim.searchRequest("Users").filter(filter.toString())
          .invokePost(UserResource.class);
      expect(posted.getTotalResults(), found.getTotalResults());
    }));
    step("pages by number meet everybody once, in order", () -> {
      List<String> met = new ArrayList<>();
      for (int start = 1; start <= 10; start += 4) {
        ListResponse<UserResource> page = scim.searchRequest("Users").page(start, 4)
            .sort("userName", SortOrder.DESCENDING).invoke(UserResource.class);
        expect(page.getTotalResults(), 10);
        page.forEach(person -> met.add(person.getUserName()));
      }
      expect(met.size(), 10);
      expect(met.get(0), "p6@example.com");
      expect(new TreeSet<>(met).size(), 10);
    });
    step("attributes can be chosen", () -> {
      UserResource ann = scim.retrieveRequest("Users", people.get("ann").getId())
          .attributes("userName").invoke(UserResource.class);
      expect(ann.getTitle(), null);
      ann = scim.retrieveRequest("Users", ann.getId()).excludedAttributes("emails").invoke(UserResource.class);
      expect(ann.getTitle(), "Engineer");
      expect(ann.getEmails(), null);
    });
  }

  static void change(ScimService scim) {
    step("PATCH: values, parts and lists by paths", () -> {
      UserResource ben = scim.modifyRequest("Users", people.get("ben").getId())
          .replaceValue("displayName", "Ben")
          .addValues("name.givenName", "Benjamin")
          .addValues("emails", new Email().setValue("b@example.com").setType("work"))
          .replaceValue(path, "ben@example.com")
          .addValues("nickName", "B")
          .addValues(enterprise + ":department", "Bakery")
          .invoke(UserResource.class);
      expect(ben.getEmails().get(0).getValue(), "ben@example.com");
      expect(ben.getName().getGivenName(), "Benjamin");
      ben = scim.modifyRequest("Users", ben.getId()).removeValues("nickName")
          .removeValues("emails[type eq \"fax\"]").invoke(UserResource.class);
      expect(ben.getNickName(), null);
      expect(ben.getDisplayName(), "Ben");
    });
    step("PATCH: without a path", () -> {
      var values = JsonUtils.getJsonNodeFactory().objectNode();
      values.put("title", "Baker");
      UserResource ben = scim.modifyRequest("Users", people.get("ben").getId())
          .addOperation(PatchOperation.replace(values)).invoke(UserResource.class);
      expect(ben.getTitle(), "Baker");
    });
    step("PATCH: made of the difference of two people", () -> {
      GenericScimResource before = scim.retrieve("Users", people.get("ann").getId(), GenericScimResource.class);
      GenericScimResource after = new GenericScimResource(before.getObjectNode().deepCopy());
      after.replaceValue("title", "Lead engineer");
      after.removeValues("emails[type eq \"home\"]");
      after.removeValues("name.middleName");
      var request = scim.modifyRequest("Users", before.getId());
      for (PatchOperation one : JsonUtils.diff(before.getObjectNode(), after.getObjectNode(), true)) {
        request = request.addOperation(one);
      }
      UserResource ann = request.invoke(UserResource.class);
      expect(ann.getTitle(), "Lead engineer");
      expect(ann.getEmails().size(), 1);
      expect(ann.getName().getMiddleName(), null);
    });
    step("PATCH: an attribute that nobody may change, and a path without a target, are refused", () -> {
      String id = people.get("ben").getId();
      expect(refused(400, () -> scim.modifyRequest("Users", id).replaceValue("id", "1")
          .invoke(UserResource.class)).getScimError().getScimType(), "mutability");
      expect(refused(400, () -> scim.modifyRequest("Users", id).replaceValue("emails[type eq \"fax\"].display", "x")
          .invoke(UserResource.class)).getScimError().getScimType(), "noTarget");
    });
    step("PUT changes a person", () -> {
      UserResource cleo = people.get("cleo").setActive(true).setDisplayName("Cleo")
          .setName(new Name().setGivenName("Cleo"));
      UserResource answer = scim.replace(cleo);
      expect(answer.getActive(), true);
      expect(answer.getName().getGivenName(), "Cleo");
    });
    step("an entity tag guards a change", () -> {
      UserResource stale = scim.retrieve("Users", people.get("cleo").getId(), UserResource.class);
      scim.modifyRequest(stale).ifMatch().replaceValue("title", "Chef").invoke();
      stale.setTitle("Cook");
      refused(412, () -> scim.replaceRequest(stale).ifMatch().invoke());
      refused(412, () -> scim.deleteRequest(stale).ifMatch(stale.getMeta().getVersion()).invoke());
      UserResource fresh = scim.retrieve("Users", stale.getId(), UserResource.class);
      expect(fresh.getTitle(), "Chef");
      refused(304, () -> scim.retrieveRequest(fresh).ifNoneMatch().invoke());
    });
  }

  static void workWithTeams(ScimService scim) {
    step("a team with members", () -> {
      GroupResource team = new GroupResource().setDisplayName("Bakers").setMembers(member("ann"), member("ben"));
      team.setExternalId("g-1");
      teams.put("bakers", scim.create("Groups", team));
      expect(members(scim), set("ann", "ben"));
    });
    step("PATCH: one more member, one less, another name", () -> {
      String id = teams.get("bakers").getId();
      scim.modifyRequest("Groups", id).addValues("members", member("cleo")).invoke(GroupResource.class);
      expect(members(scim), set("ann", "ben", "cleo"));
      scim.modifyRequest("Groups", id)
          .removeValues("members[value eq \"" + people.get("ben").getId() + "\"]")
          .replaceValue("displayName", "Cooks").invoke(GroupResource.class);
      expect(members(scim), set("ann", "cleo"));
    });
    step("PATCH: members made of the difference of two teams", () -> {
      GenericScimResource before = scim.retrieve("Groups", teams.get("bakers").getId(), GenericScimResource.class);
      GenericScimResource after = new GenericScimResource(before.getObjectNode().deepCopy());
      after.removeValues("members[value eq \"" + people.get("cleo").getId() + "\"]");
      var request = scim.modifyRequest("Groups", before.getId());
      for (PatchOperation one : JsonUtils.diff(before.getObjectNode(), after.getObjectNode(), false)) {
        request = request.addOperation(one);
      }
      request.invoke(GroupResource.class);
      expect(members(scim), set("ann"));
    });
    step("PUT: the members of a team", () -> {
      GroupResource team = scim.retrieve("Groups", teams.get("bakers").getId(), GroupResource.class);
      scim.replace(team.setMembers(member("ann"), member("p0"), member("p1")));
      expect(members(scim), set("ann", "p0", "p1"));
      UserResource ann = scim.retrieve("Users", people.get("ann").getId(), UserResource.class);
      expect(ann.getGroups().get(0).getDisplay(), "Cooks");
    });
    step("a member that nobody is, is refused", () -> refused(400,
        () -> scim.modifyRequest("Groups", teams.get("bakers").getId())
            .addValues("members", new Member().setValue("nobody")).invoke(GroupResource.class)));
  }

  static Member member(String name) {
    return new Member().setValue(people.get(name).getId());
  }

  static TreeSet<String> set(String... names) {
    TreeSet<String> ids = new TreeSet<>();
    for (String name : names) ids.add(people.get(name).getId());
    return ids;
  }

  static TreeSet<String> members(ScimService scim) throws ScimException {
    TreeSet<String> ids = new TreeSet<>();
    GroupResource team = scim.retrieve("Groups", teams.get("bakers").getId(), GroupResource.class);
    for (Member one : team.getMembers()) ids.add(one.getValue());
    return ids;
  }

  static String names(List<String> found) {
    return new TreeSet<>(found).toString();
  }

  static ScimException refused(int status, Act act) throws Exception {
    try {
      act.run();
    } catch (ScimException problem) {
      expect(problem.getScimError().getStatus(), status);
      return problem;
    }
    throw new AssertionError("no refusal with " + status);
  }

  static void believeAll(ScimService scim) throws Exception {
    for (UserResource person : people.values()) {
      believe("person", written(scim.retrieve("Users", person.getId(), UserResource.class)));
    }
    for (GroupResource team : teams.values()) {
      believe("team", written(scim.retrieve("Groups", team.getId(), GroupResource.class)));
    }
  }

  static String written(ScimResource resource) throws Exception {
    return JsonUtils.getObjectWriter().writeValueAsString(resource);
  }
}
