import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;
import org.json.JSONArray;
import org.json.JSONObject;
import org.wso2.charon3.core.encoder.JSONDecoder;
import org.wso2.charon3.core.encoder.JSONEncoder;
import org.wso2.charon3.core.exceptions.AbstractCharonException;
import org.wso2.charon3.core.objects.AbstractSCIMObject;
import org.wso2.charon3.core.objects.Group;
import org.wso2.charon3.core.objects.ListedResource;
import org.wso2.charon3.core.objects.User;
import org.wso2.charon3.core.schema.SCIMResourceSchemaManager;
import org.wso2.charon3.core.schema.SCIMResourceTypeSchema;

/** People and teams as WSO2's Charon reads and writes them, sent by the HTTP client of Java. */
public class Charon extends Story {
  static final HttpClient http = HttpClient.newHttpClient();
  static final JSONEncoder encoder = new JSONEncoder();
  static final JSONDecoder decoder = new JSONDecoder();
  static final SCIMResourceTypeSchema user = SCIMResourceSchemaManager.getInstance().getUserResourceSchema();
  static final SCIMResourceTypeSchema group = SCIMResourceSchemaManager.getInstance().getGroupResourceSchema();
  static final Map<String, User> people = new HashMap<>();
  static final Map<String, Group> teams = new HashMap<>();

  public static void main(String[] arguments) throws Exception {
    step("a person with every attribute is read as it was sent", () -> {
      User sent = decoder.decodeResource(full, user, new User());
      people.put("ann", create(sent));
      User ann = people.get("ann");
      expect(ann.getUserName(), "ann@example.com");
      expect(ann.getName().getFamilyName(), "O’Brien");
      expect(ann.getEmails().size(), 2);
      expect(ann.getAddresses().get(0).getLocality(), "Dublin");
    });
    step("people made by the builder", () -> {
      for (String name : List.of("ben", "cleo", "p0", "p1", "p2")) {
        User person = new User();
        person.setUserName(name + "@example.com");
        person.setSchemas();
        people.put(name, create(person));
      }
    });
    step("a refusal is read with its reason", () -> {
      User again = new User();
      again.setUserName("ann@example.com");
      again.setSchemas();
      HttpResponse<String> answer = send("POST", "/Users", encoder.encodeSCIMObject(again));
      expect(answer.statusCode(), 409);
      AbstractCharonException refusal = decoder.decodeCharonException(answer.body());
      expect(refusal.getDetail().contains("ann@example.com") || refusal.getDetail().length() > 10, true);
    });
    step("lists are read: a filter, pages", () -> {
      expect(names("/Users?filter=" + escape("userName eq \"ann@example.com\"")), "[ann@example.com]");
      TreeSet<String> met = new TreeSet<>();
      for (int start = 1; start <= 6; start += 2) {
        String body = send("GET", "/Users?count=2&startIndex=" + start, null).body();
        ListedResource page = decoder.decodeListedResource(body, user, User.class);
        expect(page.getTotalResults(), 6);
        for (Object one : page.getResources()) met.add(((User) one).getUserName());
      }
      expect(met.size(), 6);
    });
    step("PATCH of a person", () -> {
      String id = people.get("ben").getId();
      JSONObject ben = new JSONObject(patch("/Users/" + id, operation("replace", "displayName", "Ben"),
          operation("add", "name.givenName", "Benjamin"), operation("add", "title", "Baker")));
      expect(ben.getString("title"), "Baker");
      people.put("ben", decoder.decodeResource(ben.toString(), user, new User()));
      expect(people.get("ben").getDisplayName(), "Ben");
    });
    step("PUT of a person that was read and changed", () -> {
      User cleo = people.get("cleo");
      cleo.replaceDisplayName("Cleo");
      cleo.replaceActive(false);
      HttpResponse<String> answer = send("PUT", "/Users/" + cleo.getId(), encoder.encodeSCIMObject(cleo));
      expect(answer.statusCode(), 200);
      people.put("cleo", decoder.decodeResource(answer.body(), user, new User()));
      expect(people.get("cleo").getActive(), false);
    });
    step("a team with members, one in, one out", () -> {
      Group team = new Group();
      team.setDisplayName("Bakers");
      team.setMember(people.get("ann"));
      team.setMember(people.get("ben"));
      team.setSchemas();
      HttpResponse<String> answer = send("POST", "/Groups", encoder.encodeSCIMObject(team));
      expect(answer.statusCode(), 201);
      teams.put("bakers", decoder.decodeResource(answer.body(), group, new Group()));
      expect(members(), ids("ann", "ben"));
      JSONObject joins = operation("add", "members", null)
          .put("value", new JSONArray().put(new JSONObject().put("value", people.get("cleo").getId())));
      JSONObject leaves = operation("remove", "members[value eq \"" + people.get("ann").getId() + "\"]", null);
      patch("/Groups/" + teams.get("bakers").getId(), joins, leaves);
      expect(members(), ids("ben", "cleo"));
    });
    step("deletion, and what is gone", () -> {
      String id = people.remove("p2").getId();
      expect(send("DELETE", "/Users/" + id, null).statusCode(), 204);
      HttpResponse<String> answer = send("GET", "/Users/" + id, null);
      expect(answer.statusCode(), 404);
      expect(decoder.decodeCharonException(answer.body()).getDetail().isEmpty(), false);
    });
    for (User person : people.values()) believe("person", written("/Users/" + person.getId(), user, new User()));
    for (Group team : teams.values()) believe("team", written("/Groups/" + team.getId(), group, new Group()));
  }

  static User create(User person) throws Exception {
    HttpResponse<String> answer = send("POST", "/Users", encoder.encodeSCIMObject(person));
    if (answer.statusCode() != 201) throw new AssertionError(answer.statusCode() + " " + answer.body());
    return decoder.decodeResource(answer.body(), user, new User());
  }

  /** What the library makes of an answer, written by it once more. */
  static <T extends AbstractSCIMObject> String written(String path, SCIMResourceTypeSchema schema, T into)
      throws Exception {
    return encoder.encodeSCIMObject(decoder.decodeResource(send("GET", path, null).body(), schema, into));
  }

  static JSONObject operation(String op, String path, Object value) {
    return new JSONObject().put("op", op).put("path", path).put("value", value);
  }

  static String patch(String path, JSONObject... operations) throws Exception {
    String body = new JSONObject().put("schemas", new JSONArray().put("urn:ietf:params:scim:api:messages:2.0:PatchOp"))
        .put("Operations", new JSONArray(operations)).toString();
    expect(decoder.decodeRequest(body).size(), operations.length);
    HttpResponse<String> answer = send("PATCH", path, body);
    if (answer.statusCode() != 200) throw new AssertionError(answer.statusCode() + " " + answer.body());
    return answer.body();
  }

  static HttpResponse<String> send(String method, String path, String body) throws Exception {
    HttpRequest request = HttpRequest.newBuilder(URI.create(address + path))
        .header("Authorization", "Bearer " + token).header("Content-Type", "application/scim+json")
        .method(method, body == null ? BodyPublishers.noBody() : BodyPublishers.ofString(body)).build();
    return http.send(request, BodyHandlers.ofString());
  }

  static String names(String path) throws Exception {
    List<String> names = new ArrayList<>();
    for (Object one : decoder.decodeListedResource(send("GET", path, null).body(), user, User.class).getResources()) {
      names.add(((User) one).getUserName());
    }
    return names.toString();
  }

  static TreeSet<Object> members() throws Exception {
    String body = send("GET", "/Groups/" + teams.get("bakers").getId(), null).body();
    return new TreeSet<>(decoder.decodeResource(body, group, new Group()).getMembers());
  }

  static TreeSet<Object> ids(String... names) {
    TreeSet<Object> ids = new TreeSet<>();
    for (String name : names) ids.add(people.get(name).getId());
    return ids;
  }

  static String escape(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8);
  }
}
