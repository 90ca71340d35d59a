import java.util.Objects;

/** What the programs in Java share: they tell what came out, a line each, with tabs. */
public class Story {
  static final String address = System.getenv("SCIM_URL");
  static final String token = System.getenv("SCIM_TOKEN");
  static final String enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

  /** A person with every attribute of the core and enterprise schemas that a client may write. */
  static final String full = """
      {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User",
        "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"],
       "externalId": "hr-1", "userName": "ann@example.com",
       "name": {"formatted": "Dr. Ann Marie O’Brien", "familyName": "O’Brien", "givenName": "Ann",
         "middleName": "Marie", "honorificPrefix": "Dr.", "honorificSuffix": "Jr."},
       "displayName": "Ann O’Brien", "nickName": "Annie", "profileUrl": "https://example.com/ann",
       "title": "Engineer", "userType": "Employee", "preferredLanguage": "en-GB",
       "locale": "en-GB", "timezone": "Europe/Dublin", "active": true,
       "emails": [{"value": "ann@example.com", "type": "work", "primary": true, "display": "Ann"},
         {"value": "ann@example.org", "type": "home"}],
       "phoneNumbers": [{"value": "tel:+353-1-555-0100", "type": "work"}],
       "ims": [{"value": "ann.obrien", "type": "xmpp"}],
       "photos": [{"value": "https://example.com/ann.png", "type": "photo"}],
       "addresses": [{"formatted": "1 Main Street", "streetAddress": "1 Main Street",
         "locality": "Dublin", "region": "Leinster", "postalCode": "D01", "country": "IE",
         "type": "work"}],
       "entitlements": [{"value": "reports", "type": "app"}],
       "roles": [{"value": "admin", "display": "Administrator"}],
       "x509Certificates": [{"value": "TUlJQ3B3", "display": "laptop"}],
       "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User": {"employeeNumber": "17",
         "costCenter": "R1", "organization": "Example", "division": "Product",
         "department": "Research"}}
      """;

  interface Act {
    void run() throws Exception;
  }

  /** Tells the step, or what went wrong in it; the story goes on. */
  static void step(String name, Act act) {
    try {
      act.run();
      tell("step", name);
    } catch (Throwable problem) {
      StackTraceElement place = problem.getStackTrace().length == 0 ? null : problem.getStackTrace()[0];
      for (StackTraceElement one : problem.getStackTrace()) {
        if (one.getModuleName() == null && one.getClassName().indexOf('.') < 0
            && !one.getClassName().startsWith("Story")) {
          place = one;
          break;
        }
      }
      String text = problem.getClass().getSimpleName() + ": " + problem.getMessage();
      tell("wrong", name, place + ": " + text.substring(0, Math.min(text.length(), 600)));
    }
  }

  static void expect(Object seen, Object wanted) {
    if (!Objects.equals(seen, wanted)) {
      throw new AssertionError(seen + " in place of " + wanted);
    }
  }

  /** Tells what the client believes of a person or a team in the end. */
  static void believe(String kind, String json) {
    System.out.println(kind + "\t" + json.replace("\n", " "));
  }

  private static void tell(String... cells) {
    for (int index = 0; index < cells.length; index += 1) {
      cells[index] = cells[index].replaceAll("\\s+", " ");
    }
    System.out.println(String.join("\t", cells));
  }
}
