#!/usr/bin/env bash
# Texts are put into a filter as they are.
#
# Version:  de.captaingoldfish:scim-sdk-client 1.30.0 (Maven Central), ListBuilder.filter(name, EQ, text)
# Expected: the text of a filter is a JSON string (RFC 7644 section 3.4.2.2): a"b is asked for as "a\"b", and
#           a\b as "a\\b".
# Seen:     userName EQ "a"b", which no server can read, and userName EQ "a\b", which means a, a backspace
#           character, and nothing else. The same in GET and in POST .search.
# Matters:  whoever looks people up before creating them gets an error, or finds nobody, for names with a quotation
#           mark or a backslash. Rollcall answers 400 invalidFilter to the first; escape the text yourself, or
#           give the whole filter with filter(text).
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies><dependency><groupId>de.captaingoldfish</groupId>
    <artifactId>scim-sdk-client</artifactId><version>1.30.0</version></dependency></dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat > Filters.java <<'JAVA'
import com.fasterxml.jackson.databind.ObjectMapper;
import com.sun.net.httpserver.HttpServer;
import de.captaingoldfish.scim.sdk.client.ScimClientConfig;
import de.captaingoldfish.scim.sdk.client.ScimRequestBuilder;
import de.captaingoldfish.scim.sdk.common.constants.enums.Comparator;
import de.captaingoldfish.scim.sdk.common.resources.User;
import java.net.InetSocketAddress;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

public class Filters {
  public static void main(String[] arguments) throws Exception {
    List<String> seen = new ArrayList<>();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      String query = URLDecoder.decode(exchange.getRequestURI().getRawQuery(), StandardCharsets.UTF_8);
      seen.add(query.replace("filter=", ""));
      byte[] body = "{\"schemas\":[\"urn:ietf:params:scim:api:messages:2.0:ListResponse\"],\"totalResults\":0}".getBytes();
      exchange.getResponseHeaders().set("Content-Type", "application/scim+json");
      exchange.sendResponseHeaders(200, body.length);
      exchange.getResponseBody().write(body);
      exchange.close();
    });
    server.start();
    String address = "http://127.0.0.1:" + server.getAddress().getPort();
    ScimRequestBuilder scim = new ScimRequestBuilder(address, ScimClientConfig.builder().build());
    List<String> texts = List.of("ann", "a\"b", "a\\b");
    for (String text : texts) {
      scim.list(User.class, "/Users").filter("userName", Comparator.EQ, text).build().get().sendRequest();
      String wanted = "userName EQ " + new ObjectMapper().writeValueAsString(text);
      System.out.println(text + " is asked for by " + seen.get(seen.size() - 1) + ", and ought to be by " + wanted);
    }
    boolean isSeen = seen.equals(List.of("userName EQ \"ann\"", "userName EQ \"a\"b\"", "userName EQ \"a\\b\""));
    System.exit(isSeen ? 0 : 1);
  }
}
JAVA
java -cp 'lib/*' Filters.java 2>/dev/null && echo 'As described.' || { echo 'This has changed.'; exit 1; }
