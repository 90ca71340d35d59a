import com.unboundid.scim2.client.ScimService;
import com.unboundid.scim2.common.bulk.BulkOperation;
import com.unboundid.scim2.common.bulk.BulkOperationResult;
import com.unboundid.scim2.common.bulk.BulkResponse;
import com.unboundid.scim2.common.messages.ListResponse;
import com.unboundid.scim2.common.messages.PatchOperation;
import com.unboundid.scim2.common.types.GroupResource;
import com.unboundid.scim2.common.types.Member;
import com.unboundid.scim2.common.types.UserResource;
import java.util.ArrayList;
import java.util.List;
import java.util.TreeSet;

/** What the SDK can do since 6.0.0: Bulk, pages by cursor. */
public class UnboundIdBulk extends UnboundId {
  public static void main(String[] arguments) throws Exception {
    ScimService scim = connect(token);
    live(scim);
    step("pages by cursor meet everybody once", () -> {
      List<String> met = new ArrayList<>();
      ListResponse<UserResource> page = scim.searchRequest("Users").firstPageCursorWithCount(4)
          .invoke(UserResource.class);
      while (true) {
        page.forEach(person -> met.add(person.getId()));
        if (page.getNextCursor() == null) break;
        page = scim.searchRequest("Users").pageWithCursor(page.getNextCursor(), 4).invoke(UserResource.class);
      }
      expect(met.size(), people.size());
      expect(new TreeSet<>(met).size(), people.size());
    });
    step("Bulk: a person, a team with that person, a change, a deletion, a refusal", () -> {
      BulkResponse answer = scim.bulkRequest().append(
          BulkOperation.post("/Users", new UserResource().setUserName("dora@example.com")).setBulkId("dora"),
          BulkOperation.post("/Groups", new GroupResource().setDisplayName("Night shift")
              .setMembers(new Member().setValue("bulkId:dora"))).setBulkId("night"),
          BulkOperation.patch("/Users/" + people.get("ben").getId(), PatchOperation.replace("title", "Night baker")),
          BulkOperation.delete("/Users/" + people.remove("p5").getId()),
          BulkOperation.post("/Users", new UserResource().setUserName("dora@example.com")).setBulkId("again"))
          .invoke();
      List<String> seen = answer.getOperations().stream().map(BulkOperationResult::getStatus).toList();
      expect(seen.toString(), "[201, 201, 200, 204, 409]");
      String dora = last(answer.getOperations().get(0).getLocation());
      String night = last(answer.getOperations().get(1).getLocation());
      people.put("dora", scim.retrieve("Users", dora, UserResource.class));
      teams.put("night", scim.retrieve("Groups", night, GroupResource.class));
      expect(teams.get("night").getMembers().get(0).getValue(), dora);
    });
    believeAll(scim);
    System.exit(0);
  }

  static String last(String location) {
    return location.substring(location.lastIndexOf('/') + 1);
  }
}
