"""Access tokens by Authlib and requests-oauthlib: secrets in the header and in the form, own keys."""

import json
import os
import urllib.request

from authlib.integrations.requests_client import OAuth2Session
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc.jwk import ECKey, RSAKey
from oauthlib.oauth2 import BackendApplicationClient, OAuth2Error
from requests.auth import HTTPBasicAuth
from requests_oauthlib import OAuth2Session as RequestsSession

from life import base_url, believe, expect, step, tell

# The gateway of this run has no certificate.
os.environ["OAUTHLIB_INSECURE_TRANSPORT"] = "1"
token_url = os.environ["OAUTH_TOKEN_URL"]
client_id = os.environ["OAUTH_CLIENT_ID"]
secret = os.environ["OAUTH_CLIENT_SECRET"]


def administer(method, path, body=None):
    request = urllib.request.Request(
        os.environ["ADMIN_API"] + path, method=method, data=json.dumps(body).encode() if body else None,
        headers={"Authorization": f"Bearer {os.environ['ADMIN_TOKEN']}", "Content-Type": "application/json"})
    with urllib.request.urlopen(request) as answer:
        text = answer.read()
        return json.loads(text) if text else None


with step("Authlib with the secret in the header, and in the form"):
    for way in ("client_secret_basic", "client_secret_post"):
        session = OAuth2Session(client_id, secret, scope="scim", token_endpoint_auth_method=way)
        token = session.fetch_token(token_url, grant_type="client_credentials")
        expect([token["token_type"], token["scope"], token["expires_in"]], ["Bearer", "scim", 3600])
        expect(session.get(f"{base_url}/Users").status_code, 200)
with step("Authlib says that a secret was refused"):
    session = OAuth2Session(client_id, "wrong", token_endpoint_auth_method="client_secret_post")
    try:
        session.fetch_token(token_url, grant_type="client_credentials")
        raise AssertionError("not refused")
    except Exception as problem:
        expect(getattr(problem, "error", repr(problem)), "invalid_client")
with step("Authlib with keys of its own, by RS256 and ES256; it sends no client_id and no kid"):
    for algorithm, key in [("RS256", RSAKey.generate_key(2048)), ("ES256", ECKey.generate_key("P-256"))]:
        jwks = {"keys": [key.as_dict(private=False)]}
        client = administer("POST", "/clients", {"kind": "jwt", "label": algorithm, "jwks": jwks})
        way = PrivateKeyJWT(token_url, alg=algorithm)
        session = OAuth2Session(client["clientId"], key, scope="scim", token_endpoint_auth_method=way)
        for _ in range(2):
            session.fetch_token(token_url, grant_type="client_credentials")
        expect(session.get(f"{base_url}/Users").status_code, 200)
with step("Authlib with claims of the caller repeats its assertion, which is taken once"):
    key = RSAKey.generate_key(2048)
    client = administer("POST", "/clients", {"kind": "jwt", "label": "claims", "jwks": {"keys": [key.as_dict(private=False)]}})
    way = PrivateKeyJWT(token_url, claims={"tenant": "acme"})
    session = OAuth2Session(client["clientId"], key, token_endpoint_auth_method=way)
    session.fetch_token(token_url, grant_type="client_credentials")
    try:
        session.fetch_token(token_url, grant_type="client_credentials")
        raise AssertionError("not refused")
    except Exception as problem:
        expect(getattr(problem, "error", repr(problem)), "invalid_client")
with step("requests-oauthlib with the secret in the header, and in the form"):
    for more in ({"auth": HTTPBasicAuth(client_id, secret)}, {"client_secret": secret, "include_client_id": True}):
        session = RequestsSession(client=BackendApplicationClient(client_id=client_id, scope=["scim"]))
        token = session.fetch_token(token_url, **more)
        expect(token["scope"], ["scim"])
        answer = session.get(f"{base_url}/Users")
        expect(answer.status_code, 200)
with step("requests-oauthlib says that a secret was refused"):
    session = RequestsSession(client=BackendApplicationClient(client_id=client_id))
    try:
        session.fetch_token(token_url, auth=HTTPBasicAuth(client_id, "wrong"))
        raise AssertionError("not refused")
    except OAuth2Error as problem:
        expect(problem.error, "invalid_client")
with step("an access token does what a token does"):
    session = RequestsSession(client=BackendApplicationClient(client_id=client_id))
    session.fetch_token(token_url, auth=HTTPBasicAuth(client_id, secret))
    person = {"schemas": ["urn:ietf:params:scim:schemas:core:2.0:User"], "userName": "ann@example.com"}
    answer = session.post(f"{base_url}/Users", json=person, headers={"Content-Type": "application/scim+json"})
    expect(answer.status_code, 201)
    believe("person", answer.json())
