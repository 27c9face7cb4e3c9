"""/docs in a real browser: every operation is drawn, one can be tried, and nobody but our own origin is asked."""

import json
import os
import urllib.request
from urllib.parse import urlsplit

from playwright.sync_api import expect, sync_playwright

from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
METHODS = {"get", "put", "post", "delete", "options", "head", "patch", "trace"}
# Chromium's own errands (updates, safe browsing) are no requests of the page.
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic"]
COLLECT_VIOLATIONS = """
    window.violations = [];
    document.addEventListener("securitypolicyviolation", (event) =>
        window.violations.push(`${event.effectiveDirective} ${event.blockedURI}`));
"""


def origin(address):
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc}"


def operations(document):
    return {
        (method, path)
        for path, item in document["paths"].items()
        for method in item
        if method in METHODS
    }


def observe(page, seen):
    page.on("console", lambda message: seen["errors"].append(message.text) if message.type == "error" else None)
    page.on("pageerror", lambda error: seen["errors"].append(str(error)))
    page.on("request", lambda request: seen["requests"].append(request.url))
    page.add_init_script(COLLECT_VIOLATIONS)


def drawn(page):
    """The operations on the page: method and path."""
    return {
        (block.locator(".opblock-summary-method").inner_text().lower(), block.locator(".opblock-summary-path").get_attribute("data-path"))
        for block in page.locator(".opblock").all()
    }


def check_page(page, verdict, document):
    seen = {"errors": [], "requests": []}
    observe(page, seen)
    answer = page.goto(f"{BASE}/docs")
    verdict.check("the page is there", answer.ok, answer.status)
    page.locator(".opblock").first.wait_for(timeout=60_000)
    expected = operations(document)
    found = drawn(page)
    verdict.check(f"all {len(expected)} operations are drawn", found == expected, f"missing {expected - found}, foreign {found - expected}")
    verdict.check("the title is the document's", document["info"]["title"] in page.locator(".info .title").inner_text())

    # Trying one is what the page is for: the policy has to let it call the interface.
    block = page.locator(".opblock", has=page.locator('[data-path="/health/live"]'))
    block.locator(".opblock-summary").click()
    block.locator("button.execute").click()
    status = block.locator(".live-responses-table tr.response .response-col_status").first
    expect(status).to_contain_text("200", timeout=20_000)
    verdict.check("an operation can be tried from the page", True)

    page.locator("button.authorize").first.click()
    verdict.check("a token can be entered", page.locator(".auth-container input").first.is_visible())
    page.locator(".close-modal, .btn-done").first.click()

    verdict.check("no error on the console", not seen["errors"], "\n".join(seen["errors"]))
    violations = page.evaluate("window.violations")
    verdict.check("the page keeps its own policy", not violations, "\n".join(violations))
    foreign = sorted({address for address in seen["requests"] if not address.startswith("data:") and origin(address) != origin(BASE)})
    verdict.check(f"all {len(seen['requests'])} requests went to our origin", not foreign, "\n".join(foreign))


def check_policy(page, verdict):
    """What the policy forbids is refused: without this, a page without any policy would pass too."""
    page.add_init_script(COLLECT_VIOLATIONS)
    page.goto(f"{BASE}/docs")
    page.locator(".opblock").first.wait_for(timeout=60_000)
    page.evaluate("""() => {
        const script = document.createElement("script");
        script.textContent = "window.injected = true";
        document.head.append(script);
    }""")
    verdict.check("an injected script does not run", not page.evaluate("window.injected === true"))
    refused = page.evaluate("fetch('http://127.0.0.1:9/').then(() => false, () => true)")
    violations = page.evaluate("window.violations")
    verdict.check("a call to another origin is refused", refused and any(line.startswith("connect-src") for line in violations), violations)
    framed = page.context.new_page()
    framed.route("**/frame", lambda route: route.fulfill(content_type="text/html", body=f'<iframe src="{BASE}/docs"></iframe>'))
    with framed.expect_event("requestfailed", lambda request: "BLOCKED" in (request.failure or ""), timeout=20_000):
        framed.goto("http://127.0.0.1:9/frame")
    inside = [frame for frame in framed.frames if frame != framed.main_frame]
    verdict.check("nobody may frame it", inside and not any(frame.query_selector(".opblock") for frame in inside))


def main():
    verdict = Verdict()
    with urllib.request.urlopen(f"{BASE}/openapi.json", timeout=60) as answer:
        document = json.load(answer)
    with sync_playwright() as playwright:
        # As root there is no sandbox to be had.
        arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        browser = playwright.chromium.launch(executable_path=os.environ["INTEROP_CHROMIUM"], args=arguments)
        try:
            print(f"    Chromium {browser.version}")
            check_page(browser.new_context().new_page(), verdict, document)
            check_policy(browser.new_context().new_page(), verdict)
            phone = browser.new_context(viewport={"width": 390, "height": 844}, is_mobile=True, has_touch=True).new_page()
            phone.goto(f"{BASE}/docs")
            phone.locator(".opblock").first.wait_for(timeout=60_000)
            verdict.check("it is drawn on a phone as well", drawn(phone) == operations(document))
        finally:
            browser.close()
    verdict.end()


main()
