#!/usr/bin/env bash
# One member taken out of a list is written as a chain of replacements.
#
# Version:  com.unboundid.product.scim2:scim2-sdk-common 6.0.0 (Maven Central), JsonUtils.diff
# Expected: the patch from ten members with value, display, type and $ref to the same ones without E is
#           `remove members[value eq "E" …]`, as it is when the members have nothing but a value.
# Seen:     five replacements and a removal: the entry of E is replaced by F, the entry of F by G, … of
#           I by J, and the entry of J is removed. F is in the list already when E becomes F, so from then
#           on each step finds two entries, and the last one removes all: the SDK's own `apply` leaves A, B,
#           C and D. Six people have left.
# Matters:  a client that diffs the team that it read takes six people out instead of one, at every server that
#           does what it is told. Rollcall refuses the first step with 400, since F is in the team, and says how
#           to take out one person.
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
cd "$folder"
cat > pom.xml <<'XML'
<project xmlns="http://maven.apache.org/POM/4.0.0"><modelVersion>4.0.0</modelVersion>
  <groupId>finding</groupId><artifactId>finding</artifactId><version>1</version>
  <dependencies><dependency><groupId>com.unboundid.product.scim2</groupId>
    <artifactId>scim2-sdk-common</artifactId><version>6.0.0</version></dependency></dependencies>
</project>
XML
mvn -q -B dependency:copy-dependencies -DoutputDirectory=lib
cat > Diff.java <<'JAVA'
import com.unboundid.scim2.common.messages.PatchOperation;
import com.unboundid.scim2.common.utils.JsonUtils;
import java.util.List;
import tools.jackson.databind.JsonNode;
import tools.jackson.databind.node.ObjectNode;

public class Diff {
  static ObjectNode team(String ids, boolean whole) throws Exception {
    StringBuilder text = new StringBuilder("{\"displayName\":\"Team\",\"members\":[");
    for (char id : ids.toCharArray()) {
      if (text.charAt(text.length() - 1) == '}') text.append(',');
      text.append("{\"value\":\"" + id + "\"");
      if (whole) {
        text.append(",\"display\":\"Person " + id + "\",\"type\":\"User\"");
        text.append(",\"$ref\":\"https://example.com/Users/" + id + "\"");
      }
      text.append('}');
    }
    return (ObjectNode) JsonUtils.getObjectReader().readTree(text.append("]}").toString());
  }

  static String outcome(boolean whole) throws Exception {
    ObjectNode team = team("ABCDEFGHIJ", whole);
    List<PatchOperation> patch = JsonUtils.diff(team, team("ABCDFGHIJ", whole), false);
    for (PatchOperation operation : patch) {
      System.out.println(JsonUtils.getObjectWriter().writeValueAsString(operation));
      operation.apply(team);
    }
    StringBuilder left = new StringBuilder();
    for (JsonNode member : team.get("members")) left.append(member.get("value").asString());
    return patch.size() + " operations, which leave " + left;
  }

  public static void main(String[] arguments) throws Exception {
    String plain = outcome(false);
    String whole = outcome(true);
    System.out.println("Members with a value alone: " + plain);
    System.out.println("Members as servers answer them: " + whole);
    boolean isSeen = plain.equals("1 operations, which leave ABCDFGHIJ") && whole.equals("6 operations, which leave ABCD");
    System.exit(isSeen ? 0 : 1);
  }
}
JAVA
java -cp 'lib/*' Diff.java && echo 'As described.' || { echo 'This has changed.'; exit 1; }
