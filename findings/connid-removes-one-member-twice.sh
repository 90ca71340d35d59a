#!/usr/bin/env bash
# Two people who are taken out of a group are sent as one of them, twice.
#
# Version:  net.tirasa.connid.bundles:net.tirasa.connid.bundles.scim 1.0.5 (the connector of Syncope and
#           midPoint) in connector-framework-internal 1.5.2.1, Maven Central; updateGroupMethod PATCH
# Expected: the delta "remove A and B from members" names both: members[value eq "A" or value eq "B"].
# Seen:     members[value eq "A" or value eq "A"]. B stays in the group, and a server has nothing to refuse:
#           the request is valid and removes who it names.
# Matters:  who should have lost access keeps it, and both sides are told that all went well. Rollcall does
#           what was asked, and its log warns about a filter that names one value twice.
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
cat > Remove.java <<'JAVA'
import com.sun.net.httpserver.HttpServer;
import java.io.File;
import java.net.InetSocketAddress;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.identityconnectors.framework.api.ConnectorFacadeFactory;
import org.identityconnectors.framework.api.ConnectorInfoManagerFactory;
import org.identityconnectors.framework.common.objects.AttributeDeltaBuilder;
import org.identityconnectors.framework.common.objects.ObjectClass;
import org.identityconnectors.framework.common.objects.Uid;

public class Remove {
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
    var delta = AttributeDeltaBuilder.build("members", null, List.of("A", "B"));
    facade.updateDelta(ObjectClass.GROUP, new Uid("g"), Set.of(delta), null);
    System.out.println("Out of the group are to go A and B. Sent: " + bodies);
    String sent = String.join("", bodies).replace("\\\"", "'");
    boolean isSeen = sent.contains("value eq 'A' or value eq 'A'") || sent.contains("value eq 'B' or value eq 'B'");
    System.exit(isSeen ? 0 : 1);
  }
}
JAVA
java -cp 'lib/*' Remove.java 2>/dev/null | grep '^Out of' && echo 'As described.' ||
  { echo 'This has changed.'; exit 1; }
