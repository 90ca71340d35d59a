#!/usr/bin/env bash
# "Replace by an empty list" is sent without the list.
#
# Version:  de.captaingoldfish:scim-sdk-client 1.30.0 (Maven Central), PatchBuilder
# Expected: op replace, path members, values of an empty list is
#           {"op": "replace", "path": "members", "value": []}: nobody is in the team any more.
# Seen:     values(List.of()) sends {"op": "replace", "path": "members"}; valueNodes(List.of()) sends the list.
# Matters:  the last person of a team stays in it, or the change fails: to replace without a value means nothing in
#           RFC 7644 section 3.5.2.3. Rollcall refuses it; use valueNodes, or remove the attribute.
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
cat > Empty.java <<'JAVA'
import de.captaingoldfish.scim.sdk.client.ScimClientConfig;
import de.captaingoldfish.scim.sdk.client.ScimRequestBuilder;
import de.captaingoldfish.scim.sdk.common.constants.enums.PatchOp;
import de.captaingoldfish.scim.sdk.common.resources.Group;
import java.util.List;

public class Empty {
  public static void main(String[] arguments) {
    ScimRequestBuilder scim = new ScimRequestBuilder("http://127.0.0.1", ScimClientConfig.builder().build());
    String texts = scim.patch(Group.class, "/Groups", "1").addOperation().op(PatchOp.REPLACE).path("members")
        .values(List.of()).build().getResource();
    String nodes = scim.patch(Group.class, "/Groups", "1").addOperation().op(PatchOp.REPLACE).path("members")
        .valueNodes(List.of()).build().getResource();
    System.out.println("An empty list is sent as " + texts + " and as " + nodes);
    System.exit(!texts.contains("\"value\"") && nodes.contains("\"value\":[]") ? 0 : 1);
  }
}
JAVA
java -cp 'lib/*' Empty.java 2>/dev/null && echo 'As described.' || { echo 'This has changed.'; exit 1; }
