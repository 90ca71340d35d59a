import java.io.File;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import org.identityconnectors.common.security.GuardedString;
import org.identityconnectors.framework.api.APIConfiguration;
import org.identityconnectors.framework.api.ConnectorFacade;
import org.identityconnectors.framework.api.ConnectorFacadeFactory;
import org.identityconnectors.framework.api.ConnectorInfo;
import org.identityconnectors.framework.api.ConnectorInfoManagerFactory;
import org.identityconnectors.framework.common.objects.Attribute;
import org.identityconnectors.framework.common.objects.AttributeBuilder;
import org.identityconnectors.framework.common.objects.AttributeDelta;
import org.identityconnectors.framework.common.objects.AttributeDeltaBuilder;
import org.identityconnectors.framework.common.objects.ConnectorObject;
import org.identityconnectors.framework.common.objects.Name;
import org.identityconnectors.framework.common.objects.ObjectClass;
import org.identityconnectors.framework.common.objects.OperationOptions;
import org.identityconnectors.framework.common.objects.OperationOptionsBuilder;
import org.identityconnectors.framework.common.objects.SearchResult;
import org.identityconnectors.framework.common.objects.Uid;
import org.identityconnectors.framework.common.objects.filter.FilterBuilder;

/** The life of people and teams by ConnId's SCIM bundle, as Syncope and midPoint drive it. */
public class ConnId extends Story {
  static final ObjectClass people = ObjectClass.ACCOUNT;
  static final ObjectClass teams = ObjectClass.GROUP;
  static final OperationOptions all = new OperationOptionsBuilder().setAttributesToGet("userName",
      "displayName", "name.givenName", "name.familyName", "title", "active", "emails.work.value",
      "groups", "members", "externalId", enterprise + ".employeeNumber").build();
  static final Map<String, Uid> ids = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    ConnectorFacade scim = connect(token);
    step("the connection is tested", scim::test);
    createPeople(scim);
    find(scim);
    change(scim);
    workWithTeams(scim);
    step("deletion, and what is gone", () -> {
      scim.delete(people, ids.get("cleo"), null);
      refused("No SCIM entity", () -> scim.getObject(people, ids.remove("cleo"), all));
    });
    step("a wrong token is refused; the connector then looks for an access token, and reports that",
        () -> refused("NullPointer", () -> connect("wrong").test()));
    for (String name : List.of("ann", "ben", "p0", "p1", "p2")) believe("person", told(scim, name));
    ConnectorObject team = scim.getObject(teams, ids.get("bakers"), all);
    believe("team", "{\"id\":\"%s\",\"displayName\":\"%s\"}".formatted(team.getUid().getUidValue(),
        team.getName().getNameValue()));
    System.exit(0);
  }

  static ConnectorFacade connect(String token) throws Exception {
    File bundle = new File("beside").listFiles()[0];
    ConnectorInfo info = ConnectorInfoManagerFactory.getInstance().getLocalManager(bundle.toURI().toURL())
        .getConnectorInfos().stream()
        .filter(one -> one.getConnectorKey().getConnectorName().contains("v2")).findFirst().get();
    APIConfiguration configuration = info.createDefaultAPIConfiguration();
    var properties = configuration.getConfigurationProperties();
    properties.setPropertyValue("baseAddress", address + "/");
    properties.setPropertyValue("bearerToken", token);
    properties.setPropertyValue("accept", "application/scim+json");
    properties.setPropertyValue("contentType", "application/scim+json");
    properties.setPropertyValue("updateUserMethod", "PATCH");
    properties.setPropertyValue("updateGroupMethod", "PATCH");
    // The framework would filter again what the server has filtered, and then refuses pages.
    configuration.getResultsHandlerConfiguration().setEnableFilteredResultsHandler(false);
    return ConnectorFacadeFactory.getInstance().newInstance(configuration);
  }

  static void createPeople(ConnectorFacade scim) {
    step("people, one with many attributes", () -> {
      create(scim, "ann", Map.of("displayName", "Ann O’Brien", "name.givenName", "Ann",
          "name.familyName", "O’Brien", "title", "Engineer", "emails.work.value", "ann@example.com",
          "active", true, "externalId", "hr-1", "nickName", "Annie"));
      for (String name : List.of("ben", "cleo", "p0", "p1", "p2")) create(scim, name, Map.of("active", true));
    });
    step("somebody who is there already, and capitals in an address, are refused", () -> {
      refused("409", () -> create(scim, "ben", Map.of("active", true)));
      refused("400", () -> create(scim, "Dan", Map.of("active", true)));
    });
  }

  static void create(ConnectorFacade scim, String name, Map<String, Object> values) {
    Set<Attribute> attributes = new HashSet<>(Set.of(new Name(name + "@example.com")));
    values.forEach((key, value) -> attributes.add(AttributeBuilder.build(key, value)));
    attributes.add(AttributeBuilder.buildPassword(new GuardedString("S3cret!pass".toCharArray())));
    ids.put(name, scim.create(people, attributes, all));
  }

  static void find(ConnectorFacade scim) {
    step("people are found by name and by attribute", () -> {
      expect(found(scim, new Name("ann@example.com")), "[ann@example.com]");
      expect(found(scim, AttributeBuilder.build("externalId", "hr-1")), "[ann@example.com]");
      expect(found(scim, AttributeBuilder.build("name.familyName", "O’Brien")), "[ann@example.com]");
      expect(found(scim, new Name("nobody@example.com")), "[]");
    });
    step("pages meet everybody once", () -> {
      List<String> met = new ArrayList<>();
      String cookie = null;
      do {
        OperationOptionsBuilder page = new OperationOptionsBuilder().setPageSize(2).setAttributesToGet("userName");
        if (cookie != null) page.setPagedResultsCookie(cookie);
        SearchResult result = scim.search(people, null, person -> met.add(person.getName().getNameValue()), page.build());
        cookie = result.getPagedResultsCookie();
      } while (cookie != null);
      expect(met.size(), 6);
      expect(new TreeSet<>(met).size(), 6);
    });
  }

  static String found(ConnectorFacade scim, Attribute attribute) {
    TreeSet<String> names = new TreeSet<>();
    scim.search(people, FilterBuilder.equalTo(attribute), person -> names.add(person.getName().getNameValue()), all);
    return names.toString();
  }

  static void change(ConnectorFacade scim) {
    step("a delta of a person", () -> {
      delta(scim, people, "ann", replace("title", "Lead engineer"), replace("name.familyName", "Birch"),
          replace("displayName", "Ann Birch"));
      expect(text(scim, "ann", "title"), "Lead engineer");
      expect(text(scim, "ann", "name.familyName"), "Birch");
      expect(text(scim, "ann", "name.givenName"), "Ann");
    });
    step("a delta that adds an address and takes the old one out", () -> {
      delta(scim, people, "ann", AttributeDeltaBuilder.build("emails.work.value",
          List.of("ann.birch@example.com"), List.of("ann@example.com")));
      expect(text(scim, "ann", "emails.work.value"), "ann.birch@example.com");
    });
    step("somebody is deactivated and comes back", () -> {
      delta(scim, people, "ben", replace("active", false));
      expect(text(scim, "ben", "active"), "false");
      delta(scim, people, "ben", replace("active", true));
      expect(text(scim, "ben", "active"), "true");
    });
    step("a whole update of a person", () -> {
      Set<Attribute> attributes = Set.of(new Name("ben@example.com"), AttributeBuilder.build("active", true),
          AttributeBuilder.build("displayName", "Ben"), AttributeBuilder.build("title", "Baker"));
      scim.update(people, ids.get("ben"), attributes, all);
      expect(text(scim, "ben", "title"), "Baker");
    });
    step("a delta with a name that is refused changes nothing", () -> {
      refused("400", () -> delta(scim, people, "ben", replace("name.familyName", "B|n"), replace("title", "x")));
      expect(text(scim, "ben", "title"), "Baker");
    });
    step("__ENABLE__ in a delta is refused, not passed over",
        () -> refused("400", () -> delta(scim, people, "ben", replace("__ENABLE__", false))));
  }

  static void workWithTeams(ConnectorFacade scim) {
    step("a team with a member", () -> {
      Set<Attribute> attributes = Set.of(new Name("Bakers"), AttributeBuilder.build("displayName", "Bakers"), AttributeBuilder.build("members", id("ann")));
      ids.put("bakers", scim.create(teams, attributes, all));
      expect(members(scim), set("ann"));
    });
    step("a delta of members: in, out, another name", () -> {
      delta(scim, teams, "bakers", AttributeDeltaBuilder.build("members", List.of(id("ben"), id("p0"), id("p1")), null));
      expect(members(scim), set("ann", "ben", "p0", "p1"));
      delta(scim, teams, "bakers", AttributeDeltaBuilder.build("members", null, List.of(id("ann"))), replace(Name.NAME, "Cooks"));
      expect(members(scim), set("ben", "p0", "p1"));
    });
    step("two people out at once: the connector names one of them twice, and one stays", () -> {
      delta(scim, teams, "bakers", AttributeDeltaBuilder.build("members", null, List.of(id("p0"), id("p1"))));
      expect(members(scim).size(), 2);
    });
    step("members replaced by a delta", () -> {
      delta(scim, teams, "bakers", AttributeDeltaBuilder.build("members", List.of(id("ann"), id("p2"))));
      expect(members(scim), set("ann", "p2"));
    });
    step("a person joins a team by a delta of the person, and leaves", () -> {
      delta(scim, people, "ben", AttributeDeltaBuilder.build("groups", List.of(id("bakers")), null));
      expect(members(scim), set("ann", "ben", "p2"));
      delta(scim, people, "ben", AttributeDeltaBuilder.build("groups", null, List.of(id("bakers"))));
      expect(members(scim), set("ann", "p2"));
    });
    step("a whole update of a team by PATCH", () -> {
      scim.update(teams, ids.get("bakers"), Set.of(new Name("Cooks"), AttributeBuilder.build("displayName", "Cooks"),
          AttributeBuilder.build("members", id("ann"), id("p1"))), all);
      expect(members(scim), set("ann", "p1"));
    });
    step("a whole update with no members left: the connector leaves them out, and they stay", () -> {
      scim.update(teams, ids.get("bakers"), Set.of(new Name("Cooks"), AttributeBuilder.build("displayName", "Cooks"),
          AttributeBuilder.build("members")), all);
      expect(members(scim), set("ann", "p1"));
    });
  }

  static AttributeDelta replace(String name, Object value) {
    return AttributeDeltaBuilder.build(name, value);
  }

  static void delta(ConnectorFacade scim, ObjectClass type, String name, AttributeDelta... deltas) {
    scim.updateDelta(type, ids.get(name), Set.of(deltas), all);
  }

  static String id(String name) {
    return ids.get(name).getUidValue();
  }

  static TreeSet<String> set(String... names) {
    TreeSet<String> found = new TreeSet<>();
    for (String name : names) found.add(id(name));
    return found;
  }

  static TreeSet<String> members(ConnectorFacade scim) {
    Attribute members = scim.getObject(teams, ids.get("bakers"), all).getAttributeByName("members");
    TreeSet<String> found = new TreeSet<>();
    if (members == null) return found;
    for (Object one : members.getValue()) found.add(String.valueOf(one).replaceFirst(".*?value=([^,]*),.*", "$1"));
    return found;
  }

  static String text(ConnectorFacade scim, String name, String attribute) {
    Attribute found = scim.getObject(people, ids.get(name), all).getAttributeByName(attribute);
    return found == null || found.getValue().isEmpty() ? null : String.valueOf(found.getValue().get(0));
  }

  static void refused(String status, Act act) throws Exception {
    try {
      act.run();
    } catch (Exception problem) {
      for (Throwable one = problem; one != null; one = one.getCause()) {
        if (String.valueOf(one).contains(status)) return;
      }
      throw new AssertionError(problem + " in place of " + status, problem);
    }
    throw new AssertionError("no refusal with " + status);
  }

  static String told(ConnectorFacade scim, String name) {
    ConnectorObject person = scim.getObject(people, ids.get(name), all);
    String title = text(scim, name, "title");
    return "{\"id\":\"%s\",\"userName\":\"%s\",\"active\":%s,\"title\":\"%s\",\"name\":{\"givenName\":\"%s\",\"familyName\":\"%s\"}}"
        .formatted(person.getUid().getUidValue(), person.getName().getNameValue(), text(scim, name, "active"),
            title, text(scim, name, "name.givenName"), text(scim, name, "name.familyName"))
        .replace("\"null\"", "null");
  }
}
