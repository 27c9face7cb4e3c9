#!/usr/bin/env python3
"""Drives the authorization server with Authlib: `authlib_client.py BASE_URL`. The exit code tells."""

import html
import os
import re
import sys
import time
import uuid
from pathlib import Path
from unittest import mock
from urllib.parse import parse_qs, urljoin, urlsplit

import requests
from authlib.integrations.requests_client import OAuth2Session, OAuthError
from authlib.oauth2.rfc7523 import PrivateKeyJWT
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import KeySet, RSAKey
from requests.adapters import HTTPAdapter

CALLBACK = "https://client.example/cb"
PASSWORD = "correct horse battery staple"
DEVICE = "urn:ietf:params:oauth:grant-type:device_code"
GUIDE = Path(__file__).resolve().parents[3] / "docs" / "guides" / "verify-our-tokens.md"
# Authlib refuses http issuers unless told; development's is one.
os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"


class ConnectTo(HTTPAdapter):
    """Sends what is addressed to one origin to another, as curl's --connect-to does."""

    def __init__(self, origin, base):
        super().__init__()
        self.origin, self.base = origin, base

    def send(self, request, **more):
        # A copy: cookies belong to the address that was meant.
        request = request.copy()
        if request.url.startswith(self.origin):
            request.url = self.base + request.url[len(self.origin) :]
        return super().send(request, **more)


class Stage:
    """An app, its metadata, and somebody who registers clients."""

    def __init__(self, base):
        self.base = base.rstrip("/")
        document = requests.get(f"{self.base}/oauth2/.well-known/openid-configuration", timeout=30).json()
        self.metadata = document
        parts = urlsplit(document["issuer"])
        self.origin = f"{parts.scheme}://{parts.netloc}"
        login = os.environ.get("SPINDLE_ADMIN_EMAIL", "admin@example.com")
        password = os.environ.get("SPINDLE_ADMIN_PASSWORD", "dev-administrator")
        for _ in range(50):
            answer = self.session().post(
                self.origin + "/api/v1/auth/login", json={"login": login, "password": password}, timeout=30
            )
            if answer.status_code != 401:
                break
            # A task makes the first administrator, after the app has begun to answer.
            time.sleep(0.2)
        assert answer.status_code == 200, f"the administrator can't sign in: {answer.text}"
        self.administrator = answer.json()["access_token"]
        self.username = "u" + uuid.uuid4().hex[:12]
        answer = self.session().post(
            self.origin + "/api/v1/auth/register",
            json={"email": f"{self.username}@example.com", "username": self.username, "password": PASSWORD},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text

    def session(self, session=None):
        session = session or requests.Session()
        session.mount(self.origin, ConnectTo(self.origin, self.base))
        return session

    def client(self, **changes):
        metadata = {
            "client_name": "Authlib",
            "redirect_uris": [CALLBACK],
            "scope": "openid profile email offline_access posts.read",
            **changes,
        }
        answer = self.session().post(
            self.origin + "/api/v1/admin/oauth-clients",
            json=metadata,
            headers={"authorization": f"Bearer {self.administrator}"},
            timeout=30,
        )
        assert answer.status_code == 201, answer.text
        return answer.json()

    def oauth(self, client, method="client_secret_basic", **more):
        session = OAuth2Session(
            client["client_id"],
            client.get("client_secret"),
            token_endpoint_auth_method=method,
            token_endpoint=self.metadata["token_endpoint"],
            **more,
        )
        return self.session(session)


def sign_in(stage, url):
    """Fills in the pages' forms as a person does; the address that the browser is sent to in the end, or the last page."""
    browser = stage.session()
    answer = browser.get(url, allow_redirects=False, timeout=30)
    for _ in range(12):
        if answer.is_redirect:
            location = urljoin(answer.url if answer.url.startswith(stage.origin) else stage.origin, answer.headers["location"])
            if location.startswith(CALLBACK):
                return location
            answer = browser.get(location, allow_redirects=False, timeout=30)
            continue
        form = re.search(r"<form[^>]* action=\"([^\"]+)\".*?</form>", answer.text, re.S)
        if not form:
            return answer.text
        fields = {
            html.unescape(name): html.unescape(value)
            for name, value in re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group(0))
        }
        if 'name="password"' in form.group(0):
            fields |= {"login": stage.username, "password": PASSWORD}
        elif 'name="decision"' in form.group(0):
            fields["decision"] = "allow"
        else:
            fields["user_code"] = re.search(r'name="user_code" value="([^"]*)"', form.group(0)).group(1)
        answer = browser.post(stage.origin + form.group(1), data=fields, allow_redirects=False, timeout=30)
    raise AssertionError("the pages lead nowhere")


def code_flow(stage, algorithm):
    client = stage.client(id_token_signed_response_alg=algorithm)
    oauth = stage.oauth(
        client, scope="openid email offline_access", redirect_uri=CALLBACK, code_challenge_method="S256"
    )
    verifier, nonce = uuid.uuid4().hex * 2, uuid.uuid4().hex
    url, state = oauth.create_authorization_url(
        stage.metadata["authorization_endpoint"], code_verifier=verifier, nonce=nonce
    )
    back = sign_in(stage, url)
    answer = parse_qs(urlsplit(back).query)
    assert answer["iss"] == [stage.metadata["issuer"]] and answer["state"] == [state], answer
    token = oauth.fetch_token(authorization_response=back, code_verifier=verifier, state=state)

    keys = KeySet.import_key_set(stage.session().get(stage.metadata["jwks_uri"], timeout=30).json())
    identity = jwt.decode(token["id_token"], keys, algorithms=[algorithm])
    assert identity.header["alg"] == algorithm
    now = int(time.time())
    rules = jwt.JWTClaimsRegistry(
        now=now,
        iss={"essential": True, "value": stage.metadata["issuer"]},
        aud={"essential": True, "value": client["client_id"]},
        sub={"essential": True},
        nonce={"essential": True, "value": nonce},
        exp={"essential": True},
    )
    rules.validate(identity.claims)
    access = jwt.decode(token["access_token"], keys, algorithms=["EdDSA"])
    assert access.header["typ"] == "at+jwt" and access.claims["sub"] == identity.claims["sub"]

    told = oauth.get(stage.metadata["userinfo_endpoint"], timeout=30).json()
    assert told["sub"] == identity.claims["sub"] and told["email"].startswith(stage.username), told
    fresh = oauth.refresh_token(stage.metadata["token_endpoint"], refresh_token=token["refresh_token"])
    assert fresh["refresh_token"] != token["refresh_token"]
    known = oauth.introspect_token(stage.metadata["introspection_endpoint"], token=fresh["access_token"]).json()
    assert known["active"] is True and known["client_id"] == client["client_id"], known
    revoked = oauth.revoke_token(stage.metadata["revocation_endpoint"], token=fresh["refresh_token"])
    assert revoked.status_code == 200, revoked.text
    known = oauth.introspect_token(stage.metadata["introspection_endpoint"], token=fresh["access_token"]).json()
    assert known == {"active": False}, known


def public_client(stage, **more):
    """Somebody signs in to a client without a secret: the client and its tokens."""
    client = stage.client(token_endpoint_auth_method="none")
    oauth = stage.oauth(client, "none", scope="openid", redirect_uri=CALLBACK, code_challenge_method="S256")
    verifier = uuid.uuid4().hex * 2
    url, state = oauth.create_authorization_url(stage.metadata["authorization_endpoint"], code_verifier=verifier, **more)
    token = oauth.fetch_token(authorization_response=sign_in(stage, url), code_verifier=verifier, state=state)
    assert token["token_type"] == "Bearer"
    return client, token


def guide(stage):
    """Does what the guide tells a service that is no part of Spindle to do."""
    [code] = re.findall(r"^```python\n(.*?)^```$", GUIDE.read_text(), re.S | re.M)
    issuer = "http://localhost:3000/oauth2"
    assert issuer in code
    service = {}
    exec(compile(code.replace(issuer, stage.metadata["issuer"]), str(GUIDE), "exec"), service)
    with mock.patch("requests.get", stage.session().get):
        keys = service["keys"]()
    resource = stage.client(grant_types=["client_credentials"], redirect_uris=[], resources=[service["RESOURCE"]])
    client, token = public_client(stage, resource=service["RESOURCE"])
    claims = service["caller"](token["access_token"], keys)
    assert claims["client_id"] == client["client_id"], claims
    introspection = stage.metadata["introspection_endpoint"]
    known = stage.oauth(resource).introspect_token(introspection, token=token["access_token"]).json()
    assert known["active"] is True and known["sub"] == claims["sub"], known

    _, other = public_client(stage)
    head, _, signature = token["access_token"].split(".")
    for what, wrong in [
        ("a token for somebody else", other["access_token"]),
        ("an ID token", token["id_token"]),
        ("a token with other claims", ".".join([head, other["access_token"].split(".")[1], signature])),
    ]:
        try:
            service["caller"](wrong, keys)
        except (JoseError, ValueError):
            continue
        raise AssertionError(f"{what} was taken")


def device(stage):
    client = stage.client(token_endpoint_auth_method="none", grant_types=[DEVICE], redirect_uris=[])
    fields = {"client_id": client["client_id"], "scope": "openid"}
    begun = stage.session().post(stage.metadata["device_authorization_endpoint"], data=fields, timeout=30).json()
    oauth = stage.oauth(client, "none")

    def poll():
        return oauth.fetch_token(grant_type=DEVICE, device_code=begun["device_code"])

    try:
        poll()
        raise AssertionError("nobody has decided yet")
    except OAuthError as error:
        assert error.error == "authorization_pending", error
    assert "connected" in sign_in(stage, begun["verification_uri_complete"])
    # The interval that the server named lies between two questions.
    time.sleep(begun["interval"] + 0.2)
    assert poll()["id_token"]


def services(stage):
    client = stage.client(grant_types=["client_credentials"], redirect_uris=[])
    for method in ["client_secret_basic", "client_secret_post"]:
        token = stage.oauth(client, method, scope="posts.read").fetch_token(grant_type="client_credentials")
        assert token["scope"] == "posts.read", token
    key = RSAKey.generate_key(2048, {"kid": "one", "use": "sig"})
    client = stage.client(
        grant_types=["client_credentials"],
        redirect_uris=[],
        token_endpoint_auth_method="private_key_jwt",
        jwks={"keys": [key.as_dict(private=False)]},
    )
    oauth = stage.oauth(client, "private_key_jwt", scope="posts.read")
    oauth.client_secret = key.as_pem(private=True)
    oauth.register_client_auth_method(PrivateKeyJWT(stage.metadata["token_endpoint"], alg="RS256"))
    token = oauth.fetch_token(grant_type="client_credentials")
    assert token["scope"] == "posts.read", token


def main():
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    stage = Stage(sys.argv[1])
    for name, step in [
        ("code flow, ID token RS256", lambda: code_flow(stage, "RS256")),
        ("code flow, ID token EdDSA", lambda: code_flow(stage, "EdDSA")),
        ("public client", lambda: public_client(stage)),
        ("client credentials", lambda: services(stage)),
        ("device flow", lambda: device(stage)),
        ("a service of one's own, as docs/guides/verify-our-tokens.md says", lambda: guide(stage)),
    ]:
        step()
        print(f"ok  {name}")


if __name__ == "__main__":
    main()
