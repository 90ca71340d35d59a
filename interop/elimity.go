// The life of people and teams by Go's net/http with the access tokens of golang.org/x/oauth2. What the
// gateway answers is read with elimity-com/scim: its schemas validate every resource, and its filters say
// who is to be found.
package main

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"reflect"
	"sort"
	"strings"

	"github.com/elimity-com/scim/filter"
	"github.com/elimity-com/scim/schema"
	"golang.org/x/oauth2"
	"golang.org/x/oauth2/clientcredentials"
)

const core = "urn:ietf:params:scim:schemas:core:2.0:User"
const enterprise = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User"

type object = map[string]any

var client *http.Client
var schemas = map[string]schema.Schema{}
var people = map[string]string{}

func main() {
	step("an access token, the secret in the header and in the form", func() {
		for _, style := range []oauth2.AuthStyle{oauth2.AuthStyleInParams, oauth2.AuthStyleInHeader, oauth2.AuthStyleAutoDetect} {
			config := clientcredentials.Config{
				ClientID:     os.Getenv("OAUTH_CLIENT_ID"),
				ClientSecret: os.Getenv("OAUTH_CLIENT_SECRET"),
				TokenURL:     os.Getenv("OAUTH_TOKEN_URL"),
				Scopes:       []string{"scim"},
				AuthStyle:    style,
			}
			token, err := config.Token(context.Background())
			must(err)
			expect(token.Valid(), true)
			client = config.Client(context.Background())
		}
	})
	step("a wrong secret is refused with its reason", func() {
		config := clientcredentials.Config{
			ClientID: os.Getenv("OAUTH_CLIENT_ID"), ClientSecret: "wrong", TokenURL: os.Getenv("OAUTH_TOKEN_URL"),
		}
		_, err := config.Token(context.Background())
		refusal, isRefusal := err.(*oauth2.RetrieveError)
		expect(isRefusal, true)
		expect(refusal.ErrorCode, "invalid_client")
	})
	step("schemas are read by the library", func() {
		for _, raw := range list("/Schemas") {
			text, err := json.Marshal(raw)
			must(err)
			var read schema.Schema
			must(json.Unmarshal(text, &read))
			schemas[read.ID] = read
		}
		expect(len(schemas), 3)
	})
	createPeople()
	find()
	change()
	workWithTeams()
	step("every answer is valid by the schemas that the gateway publishes", func() {
		for _, person := range list("/Users?count=100") {
			valid(core, person)
		}
		for _, team := range list("/Groups?count=100") {
			valid("urn:ietf:params:scim:schemas:core:2.0:Group", team)
		}
	})
	step("deletion, and what is gone", func() {
		id := people["p1"]
		call("DELETE", "/Users/"+id, nil, 204)
		call("GET", "/Users/"+id, nil, 404)
	})
	for _, person := range list("/Users?count=100") {
		believe("person", person)
	}
	for _, team := range list("/Groups?count=100") {
		believe("team", team)
	}
}

func createPeople() {
	step("people", func() {
		for name, more := range map[string]object{
			"ann":  {"displayName": "Ann O’Brien", "title": "Engineer", "externalId": "hr-1", "name": object{"givenName": "Ann", "familyName": "O’Brien"}, "emails": []object{{"value": "ann@example.com", "type": "work", "primary": true}, {"value": "ann@example.org", "type": "home"}}, enterprise: object{"department": "Research"}},
			"ben":  {"title": "Baker"},
			"cleo": {"active": false},
			"p0":   {},
			"p1":   {"title": "A \"quoted\" name \\ with a slash"},
		} {
			person := object{"schemas": []string{core}, "userName": name + "@example.com", "active": true}
			for key, value := range more {
				person[key] = value
			}
			if more[enterprise] != nil {
				person["schemas"] = []string{core, enterprise}
			}
			people[name] = call("POST", "/Users", person, 201)["id"].(string)
		}
	})
	step("a second person of this name is refused", func() {
		refusal := call("POST", "/Users", object{"schemas": []string{core}, "userName": "ann@example.com"}, 409)
		expect(refusal["scimType"], "uniqueness")
	})
}

// The library reads all people and says who fits; the gateway is to find the same. The library differs by
// itself in two kinds of filters, which findings/ shows: a part of a list without brackets, and quotation
// marks inside a text.
func find() {
	step("filters that the library does not understand", func() {
		for text, wanted := range map[string]int{
			`emails.type eq "home"`: 1, `not (emails.type eq "work")`: 4, `title eq "A \"quoted\" name \\ with a slash"`: 1,
		} {
			expect(len(list("/Users?filter="+url.QueryEscape(text))), wanted)
		}
	})
	all := list("/Users?count=100")
	for _, text := range []string{
		`userName eq "ann@example.com"`, `userName ne "ann@example.com"`, `userName sw "p"`, `userName ew "example.com"`,
		`title pr`, `not (title pr)`, `title eq "engineer"`, `active eq true`, `active eq false`,
		`name.familyName co "Brien"`, `emails[type eq "home" and value ew ".org"]`,
		`emails[type eq "home" and value ew ".com"]`, `userName gt "b" and userName lt "d"`, `userName ge "cleo@example.com"`,
		`title pr or displayName pr and active eq true`, `(title pr or displayName pr) and active eq true`,

		enterprise + `:department eq "Research"`, `emails pr`, `not (emails[type eq "work"])`,
	} {
		step("filter "+text, func() {
			validator, err := filter.NewValidator(text, schemas[core], schemas[enterprise])
			must(err)
			wanted := []string{}
			for _, person := range all {
				if validator.PassesFilter(flat(person)) == nil {
					wanted = append(wanted, person["userName"].(string))
				}
			}
			found := []string{}
			for _, person := range list("/Users?filter=" + url.QueryEscape(text)) {
				found = append(found, person["userName"].(string))
			}
			sort.Strings(wanted)
			sort.Strings(found)
			expect(found, wanted)
		})
	}
}

func change() {
	step("PATCH of a person, which the library finds in order", func() {
		value := object{"displayName": "Ben", "name": object{"givenName": "Benjamin"}}
		refusal := schemas[core].ValidatePatchOperation("add", value, false)
		expect(refusal == nil, true)
		ben := patch("/Users/"+people["ben"], object{"op": "add", "value": value}, object{"op": "replace", "path": "active", "value": false})
		expect([]any{ben["displayName"], ben["active"], ben["title"]}, []any{"Ben", false, "Baker"})
		ben = patch("/Users/"+people["ben"], object{"op": "replace", "path": "active", "value": true})
		expect(ben["active"], true)
	})
	step("an entity tag guards a change", func() {
		cleo := call("GET", "/Users/"+people["cleo"], nil, 200)
		cleo["displayName"] = "Cleo"
		tag := cleo["meta"].(object)["version"].(string)
		call("PUT", "/Users/"+people["cleo"], cleo, 200, "If-Match", tag)
		call("PUT", "/Users/"+people["cleo"], cleo, 412, "If-Match", tag)
	})
	step("Bulk, with references to what it makes", func() {
		bulk := object{"schemas": []string{"urn:ietf:params:scim:api:messages:2.0:BulkRequest"}, "Operations": []object{
			{"method": "POST", "path": "/Users", "bulkId": "d", "data": object{"schemas": []string{core}, "userName": "dora@example.com"}},
			{"method": "POST", "path": "/Groups", "bulkId": "n", "data": object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": "Night shift", "members": []object{{"value": "bulkId:d"}}}},
		}}
		operations := call("POST", "/Bulk", bulk, 200)["Operations"].([]any)
		for _, one := range operations {
			expect(fmt.Sprint(one.(object)["status"]), "201")
		}
	})
}

func workWithTeams() {
	step("a team: one in, one out, another name", func() {
		team := call("POST", "/Groups", object{"schemas": []string{"urn:ietf:params:scim:schemas:core:2.0:Group"}, "displayName": "Bakers", "members": []object{{"value": people["ann"]}}}, 201)
		path := "/Groups/" + team["id"].(string)
		patch(path, object{"op": "add", "path": "members", "value": []object{{"value": people["ben"]}, {"value": people["p0"]}}})
		patch(path, object{"op": "remove", "path": `members[value eq "` + people["ann"] + `"]`}, object{"op": "replace", "path": "displayName", "value": "Cooks"})
		present := []string{}
		for _, member := range call("GET", path, nil, 200)["members"].([]any) {
			present = append(present, member.(object)["value"].(string))
		}
		wanted := []string{people["ben"], people["p0"]}
		sort.Strings(present)
		sort.Strings(wanted)
		expect(present, wanted)
	})
}

// The library looks for attributes of an extension under its URN and their name.
func flat(person object) object {
	copied := object{}
	for name, value := range person {
		copied[name] = value
	}
	if more, isThere := person[enterprise].(object); isThere {
		for name, value := range more {
			copied[enterprise+":"+name] = value
		}
	}
	return copied
}

func valid(id string, resource object) {
	_, refusal := schemas[id].Validate(resource)
	if refusal != nil {
		panic(fmt.Sprintf("%v is refused: %v", resource, refusal))
	}
	if more, isThere := resource[enterprise].(object); isThere {
		_, refusal = schemas[enterprise].ValidateExtension(more)
		expect(refusal == nil, true)
	}
}

func patch(path string, operations ...object) object {
	schemas := []string{"urn:ietf:params:scim:api:messages:2.0:PatchOp"}
	return call("PATCH", path, object{"schemas": schemas, "Operations": operations}, 200)
}

func list(path string) []object {
	found := []object{}
	for _, one := range call("GET", path, nil, 200)["Resources"].([]any) {
		found = append(found, one.(object))
	}
	return found
}

func call(method string, path string, body any, status int, headers ...string) object {
	var reader io.Reader
	if body != nil {
		text, err := json.Marshal(body)
		must(err)
		reader = bytes.NewReader(text)
	}
	request, err := http.NewRequest(method, os.Getenv("SCIM_URL")+path, reader)
	must(err)
	request.Header.Set("Content-Type", "application/scim+json")
	for index := 0; index+1 < len(headers); index += 2 {
		request.Header.Set(headers[index], headers[index+1])
	}
	answer, err := client.Do(request)
	must(err)
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	must(err)
	if answer.StatusCode != status {
		panic(fmt.Sprintf("%s %s: %d in place of %d: %s", method, path, answer.StatusCode, status, text))
	}
	read := object{}
	if len(text) > 0 {
		must(json.Unmarshal(text, &read))
	}
	return read
}

func step(name string, act func()) {
	defer func() {
		if problem := recover(); problem != nil {
			tell("wrong", name, fmt.Sprint(problem))
		}
	}()
	act()
	tell("step", name)
}

func expect(seen any, wanted any) {
	if !reflect.DeepEqual(seen, wanted) {
		panic(fmt.Sprintf("%#v in place of %#v", seen, wanted))
	}
}

func must(err error) {
	if err != nil {
		panic(err)
	}
}

func believe(kind string, resource object) {
	text, err := json.Marshal(resource)
	must(err)
	fmt.Printf("%s\t%s\n", kind, text)
}

func tell(cells ...string) {
	for index, cell := range cells {
		cells[index] = strings.Join(strings.Fields(cell), " ")
	}
	fmt.Println(strings.Join(cells, "\t"))
}
