"""The identity pages in a real browser: a person registers, proves the mailbox, signs in with an app's code and with a passkey, agrees,
signs out, and replaces a forgotten password. At desktop and phone width, light and dark, with scripts and without."""

import base64
import contextlib
import hashlib
import hmac
import json
import os
import secrets
import struct
import threading
import time
import urllib.parse
import urllib.request
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

from playwright.sync_api import sync_playwright

import people
from verdict import Verdict

BASE = people.BASE
PICTURES = Path(os.environ["SPINDLE_ROOT"], "target", "interop", "pages")
VERIFIER = secrets.token_urlsafe(48)
SIZES = {"desktop": {"width": 1280, "height": 800}, "phone": {"width": 390, "height": 844}}
COLLECT_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""
REGISTER_PASSKEY = """
    async (options) => {
        const publicKey = PublicKeyCredential.parseCreationOptionsFromJSON(options);
        return (await navigator.credentials.create({ publicKey })).toJSON();
    }
"""


class Callback(BaseHTTPRequestHandler):
    """The client's page: whatever comes back is in the address."""

    def do_GET(self):
        self.send_response(200)
        self.send_header("content-type", "text/plain")
        self.end_headers()
        self.wfile.write(b"back at the client")

    def log_message(self, *_):
        pass


@contextlib.contextmanager
def application():
    server = ThreadingHTTPServer(("127.0.0.1", 0), Callback)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()


class Client:
    """The OAuth client that people are on the way to."""

    def __init__(self, origin, bearer):
        self.origin = origin
        self.registered = people.client(
            bearer,
            client_name="A client",
            redirect_uris=[f"{origin}/cb"],
            post_logout_redirect_uris=[f"{origin}/bye"],
            scope="openid profile email",
        )

    def authorize(self, **more):
        challenge = base64.urlsafe_b64encode(hashlib.sha256(VERIFIER.encode()).digest()).decode().rstrip("=")
        query = {
            "client_id": self.registered["client_id"],
            "redirect_uri": f"{self.origin}/cb",
            "response_type": "code",
            "scope": "openid email",
            "state": "state",
            "nonce": "nonce",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
            **more,
        }
        return f"{BASE}/oauth2/authorize?{urllib.parse.urlencode(query)}"

    def tokens(self, back):
        """Redeems the code of the address that the browser came back to."""
        query = dict(urllib.parse.parse_qsl(urllib.parse.urlsplit(back).query))
        fields = {
            "grant_type": "authorization_code",
            "code": query["code"],
            "redirect_uri": f"{self.origin}/cb",
            "code_verifier": VERIFIER,
            "client_id": self.registered["client_id"],
            "client_secret": self.registered["client_secret"],
        }
        request = urllib.request.Request(f"{BASE}/oauth2/token", data=urllib.parse.urlencode(fields).encode())
        with urllib.request.urlopen(request, timeout=60) as answer:
            tokens = json.load(answer)
        claims = tokens["id_token"].split(".")[1]
        return tokens, json.loads(base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)))


def totp(secret, at):
    """The code that an authenticator app shows at a time (RFC 6238)."""
    key = base64.b32decode(secret + "=" * (-len(secret) % 8))
    digest = hmac.new(key, struct.pack(">Q", int(at) // 30), "sha1").digest()
    start = digest[19] & 15
    return f"{(int.from_bytes(digest[start:start + 4], 'big') & 0x7FFFFFFF) % 1_000_000:06}"


class Looking:
    """Pages, and what is wrong with any of them."""

    def __init__(self, verdict):
        self.verdict, self.errors, self.seen = verdict, [], set()

    def page(self, context):
        page = context.new_page()
        page.add_init_script(COLLECT_VIOLATIONS)
        page.on("pageerror", lambda error: self.errors.append(str(error)))
        page.on("console", lambda message: self.errors.append(f"{page.url}: {message.text}") if message.type == "error" else None)
        return page

    def at(self, page, title):
        """Looks at a page: its title, its language and labels, both widths and both schemes, what its policy had to stop."""
        page.get_by_role("heading", name=title, exact=True).wait_for(timeout=20_000)
        self.errors += page.evaluate("window.violations")
        if title in self.seen:
            return
        self.seen.add(title)
        unnamed = page.evaluate("""() => [...document.querySelectorAll("input:not([type=hidden])")]
            .filter((input) => !input.labels.length).map((input) => input.name)""")
        language = page.evaluate("document.documentElement.lang")
        self.verdict.check(f"“{title}”: in a language, every field with a label", language == "en" and not unnamed, unnamed)
        before = page.viewport_size
        for size, viewport in SIZES.items():
            page.set_viewport_size(viewport)
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                name = title.lower().replace(" ", "-").strip("?")
                page.screenshot(path=PICTURES / f"{name}-{size}-{scheme}.png")
            wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
            self.verdict.check(f"“{title}”: fits on a {size}", not wide)
        page.set_viewport_size(before)


def register(look, page, client, name):
    """A new person, from the client's button to the client's page."""
    page.goto(client.authorize())
    look.at(page, "Sign in")
    page.get_by_role("link", name="Create an account").click()
    look.at(page, "Create an account")
    page.get_by_label("E-mail address").fill(f"{name}@example.com")
    page.get_by_label("Username").fill(name)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Create the account").click()
    look.at(page, "Verify your e-mail address")
    page.get_by_label("Code", exact=True).fill(people.code_in(people.mail(f"{name}@example.com", "code")))
    page.get_by_role("button", name="Verify").click()
    look.at(page, "Allow access?")
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.origin}/cb**")
    tokens, _ = client.tokens(page.url)
    told = people.must("GET", "/oauth2/userinfo", bearer=tokens["access_token"])
    look.verdict.check("who registered on the way arrives, with a proved address", told["email"] == f"{name}@example.com" and told["email_verified"], told)


def log_in(look, page, client, name, **more):
    page.goto(client.authorize(**more))
    look.at(page, "Sign in")
    page.get_by_label("E-mail address or username").fill(name)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()


def second_factor(look, browser, client, name):
    """An authenticator app, set up through the API and asked for on the page; the account's bearer token."""
    bearer = people.log_in(name)
    secret = people.must("POST", "/api/v1/auth/mfa/totp", {}, bearer)["secret"]
    # With the code before the present one, which stays for the login.
    people.must("POST", "/api/v1/auth/mfa/totp/confirm", {"code": totp(secret, time.time() - 30)}, bearer)
    context = browser.new_context()
    page = look.page(context)
    log_in(look, page, client, name)
    look.at(page, "One more step")
    page.get_by_label("Code", exact=True).fill("000000")
    page.get_by_role("button", name="Go on").click()
    page.get_by_role("alert").wait_for(timeout=20_000)
    look.verdict.check("a wrong code is told", True)
    page.get_by_label("Code", exact=True).fill(totp(secret, time.time()))
    page.get_by_role("button", name="Go on").click()
    page.wait_for_url(f"{client.origin}/cb**")
    _, claims = client.tokens(page.url)
    look.verdict.check("the app's code is a second factor", "otp" in claims["amr"] and claims["acr"].endswith("2fa"), claims)
    context.close()
    return bearer


def passkey(look, browser, client, name, bearer):
    """A passkey, made by a virtual authenticator: as the first factor, and as the second. The page that holds it, signed in."""
    context = browser.new_context()
    page = look.page(context)
    devtools = context.new_cdp_session(page)
    devtools.send("WebAuthn.enable")
    authenticator = {
        "protocol": "ctap2",
        "transport": "internal",
        "hasResidentKey": True,
        "hasUserVerification": True,
        "isUserVerified": True,
        "automaticPresenceSimulation": True,
    }
    devtools.send("WebAuthn.addVirtualAuthenticator", {"options": authenticator})
    page.goto(f"{BASE}/health/live")
    begun = people.must("POST", "/api/v1/auth/passkeys/register/start", {}, bearer)
    credential = page.evaluate(REGISTER_PASSKEY, begun["options"])
    body = {"ceremony": begun["ceremony"], "name": "a browser's", "credential": credential}
    people.must("POST", "/api/v1/auth/passkeys/register/finish", body, bearer)

    page.goto(client.authorize())
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.wait_for_url(f"{client.origin}/cb**")
    _, claims = client.tokens(page.url)
    look.verdict.check("a passkey signs in alone", "pop" in claims["amr"] and claims["acr"].endswith("2fa"), claims)

    log_in(look, page, client, name, prompt="login")
    look.at(page, "One more step")
    page.get_by_role("button", name="Use your passkey").click()
    page.wait_for_url(f"{client.origin}/cb**")
    _, claims = client.tokens(page.url)
    look.verdict.check("a passkey is a second factor", {"pwd", "pop", "mfa"} <= set(claims["amr"]), claims)

    # One that gives nothing: the person is told, and may go another way.
    devtools.send("WebAuthn.disable")
    other = look.page(browser.new_context())
    session = other.context.new_cdp_session(other)
    session.send("WebAuthn.enable")
    other.goto(client.authorize())
    other.get_by_role("button", name="Sign in with a passkey").click()
    look.at(other, "Use your passkey")
    other.context.close()
    return page


def sign_out(look, page, client):
    page.goto(f"{BASE}/oauth2/end-session")
    look.at(page, "Sign out?")
    page.get_by_role("button", name="Sign out").click()
    look.at(page, "You are signed out")
    page.goto(client.authorize(prompt="none"))
    look.verdict.check("who signed out is signed out", "error=login_required" in page.url, page.url)


def forgotten(look, browser, client, name):
    """From the login by the mailed link to another password."""
    new = "interop: another wholly new one"
    page = look.page(browser.new_context())
    page.goto(client.authorize())
    page.get_by_role("link", name="Forgot your password?").click()
    look.at(page, "Forgot your password?")
    page.get_by_label("E-mail address").fill(f"{name}@example.com")
    page.get_by_role("button", name="Mail me a link").click()
    look.at(page, "Look into your mailbox")
    text = people.mail(f"{name}@example.com", "/oauth2/password/reset#")
    link = next(word for word in text.split() if "/oauth2/password/reset#" in word)
    page.goto(link)
    look.at(page, "Choose a new password")
    look.verdict.check("the link's token leaves the address", "#" not in page.url, page.url)
    page.get_by_label("New password").fill(new)
    page.get_by_role("button", name="Set the password").click()
    look.at(page, "Your password is changed")
    status, answer = people.call("POST", "/api/v1/auth/login", {"login": name, "password": new})
    look.verdict.check("the new password is good, and the second factor still owed", status == 200 and answer.get("mfa_required"), answer)
    status, _ = people.call("POST", "/api/v1/auth/login", {"login": name, "password": people.PASSWORD})
    look.verdict.check("the old one is not", status == 401, status)
    page.context.close()


def without_scripts(look, browser, client):
    """Everything but the passkey works for who runs no scripts."""
    name = people.new_name()
    people.register(name)
    page = browser.new_context(java_script_enabled=False).new_page()
    page.goto(client.authorize())
    page.get_by_label("E-mail address or username").fill(name)
    page.get_by_label("Password").fill(people.PASSWORD)
    page.get_by_role("button", name="Sign in", exact=True).click()
    page.get_by_role("button", name="Allow").click()
    page.wait_for_url(f"{client.origin}/cb**")
    look.verdict.check("signing in and agreeing needs no script", "code=" in page.url, page.url)
    page.goto(client.authorize(prompt="login"))
    page.get_by_role("button", name="Sign in with a passkey").click()
    page.get_by_role("heading", name="Use your passkey").wait_for(timeout=20_000)
    look.verdict.check("the passkey's page says what it needs", "runs none here" in page.content())
    page.goto(f"{BASE}/oauth2/password/reset")
    look.verdict.check("a link's token can be typed", page.get_by_label("The part of the link after #").is_visible())
    page.context.close()


def main():
    verdict = Verdict()
    look = Looking(verdict)
    PICTURES.mkdir(parents=True, exist_ok=True)
    name = people.new_name()
    with sync_playwright() as playwright, application() as origin:
        client = Client(origin, people.administrator())
        # As root there is no sandbox to be had.
        arguments = ["--disable-background-networking", "--disable-component-update", "--disable-sync"]
        arguments += ["--no-sandbox"] if os.geteuid() == 0 else []
        browser = playwright.chromium.launch(executable_path=os.environ["INTEROP_CHROMIUM"], args=arguments)
        try:
            print(f"    Chromium {browser.version}")
            register(look, look.page(browser.new_context()), client, name)
            bearer = second_factor(look, browser, client, name)
            sign_out(look, passkey(look, browser, client, name, bearer), client)
            forgotten(look, browser, client, name)
            without_scripts(look, browser, client)
        finally:
            browser.close()
    # A page that answers 422 is an error on the console, and nothing else is.
    errors = [error for error in look.errors if "status of 422" not in error]
    verdict.check("no page breaks its policy or runs into an error", not errors, "\n".join(errors))
    print(f"    pictures in {PICTURES}")
    verdict.end()


main()
