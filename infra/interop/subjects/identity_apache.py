"""Debian's mod_auth_openidc, a certified relying party in C, signs a person in with us."""

import html
import os
import re
import socket
import subprocess
import tempfile
import time
import urllib.error
import urllib.parse
import urllib.request
from http.cookiejar import CookieJar
from pathlib import Path

import people
from ports import free_port
from verdict import Verdict, skip

MODULES = Path("/usr/lib/apache2/modules")
LOADED = {
    "mpm_event_module": "mod_mpm_event.so",
    "authn_core_module": "mod_authn_core.so",
    "authz_core_module": "mod_authz_core.so",
    "authz_user_module": "mod_authz_user.so",
    "headers_module": "mod_headers.so",
    "auth_openidc_module": "mod_auth_openidc.so",
}


def configuration(folder, port, client):
    issuer = people.must("GET", "/oauth2/.well-known/openid-configuration")["issuer"]
    # It will not serve as root.
    served_as = "User nobody\nGroup nogroup" if os.geteuid() == 0 else ""
    loaded = "\n".join(f"LoadModule {name} {MODULES / file}" for name, file in LOADED.items())
    return f"""
ServerRoot {folder}
ServerName 127.0.0.1
Listen 127.0.0.1:{port}
PidFile {folder}/pid
ErrorLog {folder}/log
{loaded}
{served_as}
DocumentRoot {folder}/pages
OIDCProviderMetadataURL {issuer}/.well-known/openid-configuration
OIDCClientID {client["client_id"]}
OIDCClientSecret {client["client_secret"]}
OIDCRedirectURI http://127.0.0.1:{port}/protected/callback
OIDCCryptoPassphrase {os.urandom(16).hex()}
OIDCPKCEMethod S256
OIDCScope "openid email"
OIDCRemoteUserClaim email
<Location /protected>
    AuthType openid-connect
    Require valid-user
    Header set x-signed-in expr=%{{REMOTE_USER}}
</Location>
"""


class Person:
    """A browser without scripts: keeps cookies, follows redirects, fills in forms."""

    def __init__(self):
        self.opener = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))

    def go(self, url, fields=None):
        data = None if fields is None else urllib.parse.urlencode(fields).encode()
        # What a browser says when a person goes somewhere; the module sends others away with 401.
        headers = {"accept": "text/html", "sec-fetch-mode": "navigate", "sec-fetch-site": "same-origin"}
        try:
            answer = self.opener.open(urllib.request.Request(url, data=data, headers=headers), timeout=60)
        except urllib.error.HTTPError as error:
            answer = error
        return answer, answer.read().decode()

    def sign_in(self, url, name):
        """Fills in forms until there is none; the last answer and its text."""
        answer, text = self.go(url)
        for _ in range(6):
            form = re.search(r'<form[^>]* action="(/oauth2/[^"]+)".*?</form>', text, re.S)
            if not form:
                break
            hidden = re.findall(r'<input type="hidden" name="([^"]+)" value="([^"]*)"', form.group(0))
            fields = {html.unescape(key): html.unescape(value) for key, value in hidden}
            if 'name="password"' in form.group(0):
                fields |= {"login": name, "password": people.PASSWORD}
            else:
                fields["decision"] = "allow"
            answer, text = self.go(urllib.parse.urljoin(answer.url, form.group(1)), fields)
        return answer, text


def main():
    missing = [file for file in LOADED.values() if not (MODULES / file).exists()]
    if missing:
        skip(f"Apache lacks {', '.join(missing)}; as root: apt-get install apache2-bin libapache2-mod-auth-openidc")
    verdict = Verdict()
    name, port = people.new_name(), free_port()
    people.register(name)
    client = people.client(
        people.administrator(),
        client_name="Apache",
        redirect_uris=[f"http://127.0.0.1:{port}/protected/callback"],
        scope="openid email",
    )
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)
        page = Path(folder, "pages", "protected", "index.html")
        page.parent.mkdir(parents=True)
        page.write_text("the protected page")
        file = Path(folder, "httpd.conf")
        file.write_text(configuration(folder, port, client))
        apache = subprocess.Popen([os.environ["INTEROP_APACHE2"], "-f", str(file), "-X"], stdin=subprocess.DEVNULL)
        try:
            for _ in range(100):
                with socket.socket() as probe:
                    if probe.connect_ex(("127.0.0.1", port)) == 0:
                        break
                time.sleep(0.1)
            target = f"http://127.0.0.1:{port}/protected/index.html"
            person = Person()
            answer, text = person.sign_in(target, name)
            signed_in = answer.status == 200 and "the protected page" in text
            log = Path(folder, "log").read_text() if Path(folder, "log").exists() else ""
            verdict.check("who signs in with us sees the page", signed_in, f"{answer.status} {answer.url}\n{text[:600]}\n{log[-2000:]}")
            verdict.check("the module knows the address from us", answer.headers.get("x-signed-in") == f"{name}@example.com", dict(answer.headers))
            answer, text = person.go(target)
            verdict.check("its own session goes on", answer.status == 200 and "the protected page" in text)
            # What is no answer of ours is refused: the check above could fail.
            answer, text = Person().go(f"http://127.0.0.1:{port}/protected/callback?code=forged&state=forged")
            verdict.check("a forged answer signs nobody in", "the protected page" not in text and answer.status >= 400, f"{answer.status} {text[:300]}")
        finally:
            apache.terminate()
            apache.wait(30)
    verdict.end()


main()
