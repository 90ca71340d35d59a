#!/usr/bin/env bash
# A group that nobody is in any more is sent without a word about members.
#
# Version:  net.tirasa.connid.bundles:net.tirasa.connid.bundles.scim 1.0.5 (the connector of Syncope and
#           midPoint) in connector-framework-internal 1.5.2.1, Maven Central; updateGroupMethod PATCH
# Expected: an update of a group with the attribute `members` and no value in it empties the group, as one with
#           the values A and B makes them its members: {"op": "replace", "value": {…, "members": []}}.
# Seen:     {"op": "replace", "value": {"displayName": "G", …}} without members, which leaves them as they are.
# Matters:  the last people of a group keep what it gives them, and both sides are told that all went well. A
#           delta that names those who leave does take them out, one at a time.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies>
    <dependency><groupId>net.tirasa.connid</groupId>
      <artifactId>connector-framework-internal</artifactId><version>1.5.2.1</version></dependency>
    <dependency><groupId>commons-logging</groupId>
      <artifactId>commons-logging</artifactId><version>1.3.5</version></dependency>
  </dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
mvn -q -B dependency:copy -DoutputDirectory=. \
  -Dartifact=net.tirasa.connid.bundles:net.tirasa.connid.bundles.scim:1.0.5:jar:bundle
cat > Empty.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.identityconnectors.framework.api.ConnectorFacadeFactory;
import org.identityconnectors.framework.api.ConnectorInfoManagerFactory;
import org.identityconnectors.framework.common.objects.AttributeBuilder;
import org.identityconnectors.framework.common.objects.Name;
import org.identityconnectors.framework.common.objects.ObjectClass;
import org.identityconnectors.framework.common.objects.Uid;

public class Empty {
  public static void main(String[] arguments) throws Exception {
    List<String> bodies = new ArrayList<>();
    HttpServer server = HttpServer.create(new InetSocketAddress("127.0.0.1", 0), 0);
    server.createContext("/", exchange -> {
      String body = new String(exchange.getRequestBody().readAllBytes());
      if (exchange.getRequestMethod().equals("PATCH")) bodies.add(body);
      byte[] answer = "{\"schemas\":[\"urn:ietf:params:scim:schemas:core:2.0:Group\"],\"id\":\"g\",\"displayName\":\"G\"}".getBytes();
      exchange.getResponseHeaders().set("Content-Type", "application/json");
      exchange.sendResponseHeaders(200, answer.length);
      exchange.getResponseBody().write(answer);
      exchange.close();
    });
    server.start();
    var bundle = new File("net.tirasa.connid.bundles.scim-1.0.5-bundle.jar").toURI().toURL();
    var info = ConnectorInfoManagerFactory.getInstance().getLocalManager(bundle).getConnectorInfos().stream()
        .filter(one -> one.getConnectorKey().getConnectorName().contains("v2")).findFirst().get();
    var configuration = info.createDefaultAPIConfiguration();
    var properties = configuration.getConfigurationProperties();
    properties.setPropertyValue("baseAddress", "http://127.0.0.1:" + server.getAddress().getPort() + "/");
    properties.setPropertyValue("bearerToken", "secret");
    properties.setPropertyValue("updateGroupMethod", "PATCH");
    var facade = ConnectorFacadeFactory.getInstance().newInstance(configuration);
    var name = AttributeBuilder.build("displayName", "G");
    for (List<?> members : List.of(List.of("A", "B"), List.of())) {
      var attributes = Set.of(new Name("G"), name, AttributeBuilder.build("members", members));
      facade.update(ObjectClass.GROUP, new Uid("g"), attributes, null);
      System.out.println("Members are to be " + members + ". Sent: " + bodies.get(bodies.size() - 1));
    }
    boolean isSeen = bodies.size() == 2 && bodies.get(0).contains("\"members\"") && !bodies.get(1).contains("members");
    System.exit(isSeen ? 0 : 1);
  }
}
JAVA
java -cp 'lib/*' Empty.java 2>/dev/null | grep '^Members are' && echo 'As described.' ||
  { echo 'This has changed.'; exit 1; }
