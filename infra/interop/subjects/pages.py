"""The pages that readers see, in a real browser: on a phone and a desktop, light and dark. What can be measured is checked; the
screenshots are for people to look at, and those of the README are taken here."""

import json
import os
import urllib.request
import uuid
from pathlib import Path
from urllib.parse import urlsplit

from playwright.sync_api import sync_playwright

import people
from slow_pictures import SlowPictures
from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
ROOT = Path(os.environ["SPINDLE_ROOT"])
PICTURES = ROOT / "target/interop/pages"
ESSAY = ROOT / "crates/blog-site/tests/pages/essay.md"
ARGUMENTS = ["--disable-background-networking", "--disable-component-update", "--disable-sync", "--disable-quic", "--hide-scrollbars"]
DEVICES = {
    "desktop": {"viewport": {"width": 1280, "height": 900}},
    "phone": {"viewport": {"width": 390, "height": 844}, "is_mobile": True, "has_touch": True, "device_scale_factor": 2},
}
# What the README and docs show: page, device, scheme, height.
SHOWN = {
    ("post", "desktop", "light"): 1700,
    ("post", "phone", "dark"): 1500,
    ("index", "desktop", "dark"): 1000,
    ("search", "phone", "light"): 900,
}
OBSERVE_SHIFTS = """
    window.shift = 0;
    new PerformanceObserver((list) => {
        for (const entry of list.getEntries()) window.shift += entry.value;
    }).observe({type: "layout-shift", buffered: true});
"""
# WCAG 2.1 contrast of each text with what is behind it, and texts that are too small to read or to touch.
MEASURE = """() => {
    const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
    const luminance = ([r, g, b]) => [r, g, b].map((v) => v / 255)
        .map((v) => v <= 0.03928 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4)
        .reduce((sum, v, i) => sum + v * [0.2126, 0.7152, 0.0722][i], 0);
    const behind = (element) => {
        for (let e = element; e; e = e.parentElement) {
            const color = parse(getComputedStyle(e).backgroundColor);
            if (color.length === 3 || color[3] === 1) return color;
        }
        return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
    };
    const faint = [], small = [];
    const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
    for (let node = walker.nextNode(); node; node = walker.nextNode()) {
        const element = node.parentElement, style = getComputedStyle(element);
        if (!node.textContent.trim() || !element.getClientRects().length || style.visibility === "hidden") continue;
        const size = parseFloat(style.fontSize);
        const [a, b] = [luminance(parse(style.color)), luminance(behind(element))].sort((x, y) => y - x);
        const ratio = (a + 0.05) / (b + 0.05), text = node.textContent.trim().slice(0, 40);
        if (ratio < (size >= 24 ? 3 : 4.5)) faint.push(`${ratio.toFixed(2)}: ${text}`);
        if (size < 12) small.push(`${size} px: ${text}`);
    }
    return {
        faint, small, shift: window.shift,
        wide: document.documentElement.scrollWidth - document.documentElement.clientWidth,
        scripts: document.querySelectorAll("script:not([type='application/ld+json'])").length,
        unnamed: [...document.images].filter((image) => !image.hasAttribute("alt")).length
            + [...document.querySelectorAll("input")].filter((field) => !field.ariaLabel && !field.labels.length).length,
        headings: document.querySelectorAll("h1").length,
        aligned: [...document.querySelectorAll("td")].filter((cell) => getComputedStyle(cell).textAlign === "right").length,
        language: document.documentElement.lang, background: behind(document.body),
    };
}"""

# Where everything stands and how large it is, once the style sheet is there: `[what, left, top, width, height]`.
PLACES = """() => new Promise((done) => {
    const look = () => {
        if (getComputedStyle(document.body).marginTop !== "0px") return requestAnimationFrame(look);
        requestAnimationFrame(() => done([...document.querySelectorAll("main *")].map((element) => {
            const box = element.getBoundingClientRect();
            const what = `${element.localName} ${element.alt || element.textContent.trim().slice(0, 30)}`;
            return [what, ...[box.left, box.top, box.width, box.height].map(Math.round)];
        })));
    };
    look();
})"""
ALL_CAME = """() => new Promise((done) => {
    // One that never comes to an end is told by its width.
    const deadline = performance.now() + 30_000;
    const look = () => [...document.images].every((image) => image.complete) || performance.now() > deadline
        ? requestAnimationFrame(() => requestAnimationFrame(() => done([...document.images].map((image) => image.naturalWidth))))
        : requestAnimationFrame(look);
    look();
})"""
NONE_CAME = "() => [...document.images].every((image) => !image.naturalWidth)"
# `{}` is where the pictures are; each has a size that nothing but itself tells, or one that is wrong.
PICTURED = """Words before the first.

![Wide]({}/1600x300/wide.png)

![]({}/200x1200/high.png)

![With a caption]({}/900x600/caption.png)
*The caption of the picture.*

Words ![badge]({}/90x20/badge.png) and ![]({}/16x16/icon.png) between them, and a photograph ![of the mill]({}/2000x1500/mill.png) too, so
that there is more than a line of them.

Words at the beginning of a line ![and a photograph at its end]({}/1200x800/end.png)

[![In a link]({}/640x480/link.png)](https://example.com/)

[Words ![and a badge]({}/120x20/link-badge.png)](https://example.com/) in a link.

- ![In a list]({}/300x700/list.png)
- words and ![a picture]({}/48x48/list-icon.png) in a list

| Picture | Words |
|---|---|
| ![In a cell]({}/800x500/cell.png) | words |
| words ![badge]({}/90x20/cell-badge.png) | words |

## A heading ![with an icon]({}/24x24/heading.png) and words

> ![In a quotation]({}/500x500/quotation.png)

<img src="{}/600x400/right.png" alt="Right" width="600" height="400">

<img src="{}/600x900/wrong.png" alt="Wrong" width="600" height="300">

<img src="{}/700x200/width.png" alt="Width alone" width="300">

<img src="{}/700x700/share.png" alt="A share" width="50%">

<img src="{}/300x300/height.png" alt="Height alone" height="80">

words <img src="{}/40x40/height-icon.png" alt="" height="20"> words

![A picture that never comes]({}/none/alone.png)

![]({}/none/unnamed.png)

Words ![and one between them that never comes]({}/none/between.png) words.

Words with a note.[^1]

[^1]: A note with ![a picture]({}/60x20/note.png) in it.

    ![And one alone]({}/700x300/note-alone.png)
"""


def write_posts(token, mark):
    """An essay, and a few more; answers the essay's slug."""
    def post(body):
        request = urllib.request.Request(
            f"{BASE}/api/v1/blog/posts", data=json.dumps(body).encode(), method="POST",
            headers={"content-type": "application/json", "authorization": f"Bearer {token}"})
        with urllib.request.urlopen(request, timeout=60) as answer:
            return json.load(answer)["slug"]

    for title in ("Punched cards are patient", "What the mill may not do", "Notes on the notes"):
        post({"title": title, "summary": "A shorter text, so that lists have more than one line.", "tags": ["engines", mark],
              "body": "One paragraph.\n\nAnd another one, with `code` in it.", "status": "published"})
    return post({"title": "The loom and the engine", "summary": "On weaving, and on what a machine may be said to know.",
                 "tags": ["engines", "weaving", mark], "body": ESSAY.read_text(), "status": "published"})

def visit(browser, verdict, name, path, device, scheme):
    """One page on one device in one scheme."""
    context = browser.new_context(color_scheme=scheme, java_script_enabled=True, **DEVICES[device])
    page = context.new_page()
    errors, addresses = [], []
    page.on("console", lambda message: errors.append(message.text) if message.type in ("error", "warning") else None)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("request", lambda request: addresses.append(request.url))
    page.add_init_script(OBSERVE_SHIFTS)
    answer = page.goto(f"{BASE}{path}", wait_until="networkidle")
    label = f"{name}, {device}, {scheme}"
    verdict.check(f"{label}: is there", answer.status == 200, answer.status)
    seen = page.evaluate(MEASURE)
    verdict.check(f"{label}: nothing on the console", not errors, "\n".join(errors))
    verdict.check(f"{label}: nothing moves while it loads", seen["shift"] < 0.01, seen["shift"])
    verdict.check(f"{label}: nothing is wider than the screen", seen["wide"] <= 0, f"{seen['wide']} px over")
    verdict.check(f"{label}: texts stand out", not seen["faint"], "\n".join(seen["faint"]))
    verdict.check(f"{label}: texts are large enough", not seen["small"], "\n".join(seen["small"]))
    verdict.check(f"{label}: has no script", seen["scripts"] == 0, seen["scripts"])
    verdict.check(f"{label}: has one heading, a language and names for its pictures and fields",
                  seen["headings"] == 1 and seen["language"] and not seen["unnamed"], json.dumps(seen))
    if name == "post":
        verdict.check(f"{label}: columns of numbers are aligned", seen["aligned"] > 0, "the policy lets no style of a cell through")
    dark = sum(seen["background"][:3]) < 3 * 128
    verdict.check(f"{label}: follows the reader's scheme", dark == (scheme == "dark"), seen["background"])
    origin = urlsplit(BASE).netloc
    foreign = sorted({address for address in addresses if urlsplit(address).netloc not in (origin, "")})
    verdict.check(f"{label}: asks nobody else", not foreign, "\n".join(foreign))
    picture = PICTURES / f"blog-{name}-{device}-{scheme}.png"
    page.screenshot(path=picture, full_page=True)
    height = SHOWN.get((name, device, scheme))
    if height and os.environ.get("INTEROP_IMAGES"):
        shown = ROOT / "docs/images" / picture.name
        page.set_viewport_size({"width": DEVICES[device]["viewport"]["width"], "height": height})
        page.screenshot(path=shown)
        print(f"    wrote {shown.relative_to(ROOT)}")
    context.close()


def moved(before, after):
    """What stands elsewhere, or is of another size, than before."""
    return [f"{old} became {new}" for old, new in zip(before, after) if old != new] + (
        [] if len(before) == len(after) else [f"{len(before)} elements became {len(after)}"])


def load_late(page, pictures, open_page):
    """Places before any picture came and after all did, and the width of each picture."""
    pictures.may_come.clear()
    open_page()
    before = page.evaluate(PLACES)
    early = not page.evaluate(NONE_CAME)
    pictures.may_come.set()
    widths = page.evaluate(ALL_CAME)
    after = page.evaluate(PLACES)
    return before, after, widths, early


def check_pictures(browser, verdict, pictures, token):
    """Nothing moves when pictures come of which nobody knew how large they are, nor when they never come."""
    post = {"title": "Pictures of looms", "summary": "All of them come late.", "status": "published",
            "body": PICTURED.replace("{}", f"http://{pictures.place}"),
            "cover": {"url": f"http://{pictures.place}/1000x200/cover.png", "alt": "A cover"}}
    slug = people.must("POST", "/api/v1/blog/posts", post, token)["slug"]
    for device, screen in DEVICES.items():
        # All of it is seen at once, so that no picture waits for a reader to come near.
        high = dict(screen, viewport={"width": screen["viewport"]["width"], "height": 12_000}, device_scale_factor=1)
        context = browser.new_context(**high)
        page = context.new_page()
        page.add_init_script(OBSERVE_SHIFTS)
        before, after, widths, early = load_late(
            page, pictures, lambda: page.goto(f"{BASE}/blog/{slug}", wait_until="domcontentloaded"))
        seen = page.evaluate(MEASURE)
        label = f"pictures, {device}"
        verdict.check(f"{label}: come late", not early and len(widths) > 20 and sum(map(bool, widths)) == len(widths) - 3, widths)
        verdict.check(f"{label}: nothing moves when they come", not moved(before, after), "\n".join(moved(before, after)))
        verdict.check(f"{label}: the browser saw nothing move", seen["shift"] < 0.001, seen["shift"])
        verdict.check(f"{label}: nothing is wider than the screen", seen["wide"] <= 0, f"{seen['wide']} px over")
        flat = [place for place in after if place[0].startswith("img") and min(place[3:]) < 8]
        verdict.check(f"{label}: each has its place", not flat, flat)
        page.locator("main").screenshot(path=PICTURES / f"blog-pictures-{device}-light.png")
        context.close()
    # Lists are to be seen without it.
    people.must("DELETE", f"/api/v1/blog/posts/{slug}", None, token)
    # Without the style sheet they do: else nothing was measured.
    page = browser.new_context(**DEVICES["desktop"]).new_page()
    page.add_init_script(OBSERVE_SHIFTS)
    content = f"<body style='margin:0'><main><img src='http://{pictures.place}/300x300/x.png'><p>Words</p></main>"
    before, after, _, _ = load_late(page, pictures, lambda: page.set_content(content, wait_until="domcontentloaded"))
    verdict.check("what moves is seen", moved(before, after), before)


def check_long_words(browser, verdict, token):
    """Nothing that somebody writes makes a page wider than a phone."""
    word, tag = "w" * 180, "interop" + uuid.uuid4().hex
    body = "\n\n".join((
        f"{word} `{word}` [{word}](https://example.com/{word}) https://example.com/{word}", f"## {word}", f"> {word}", f"- {word}", f"- [ ] {word}",
        f"```\n{word}\n```", f"| {word} | {word} |\n|---|---|\n| {word} | `{word}` |", f"A note.[^1]\n\n[^1]: https://example.com/{word}",
        f"### {word}", f"### {word} 2"))
    post = {"title": word, "summary": word, "tags": [tag], "series": "s" * 110, "status": "published", "body": body,
            "cover": {"url": f"{BASE}/blog/no-cover.png", "alt": word}}
    slug = people.must("POST", "/api/v1/blog/posts", post, token)["slug"]
    people.must("POST", f"/api/v1/blog/posts/{slug}/comments", {"body": f"{word}\n\n# {word}"}, token)
    context = browser.new_context(**DEVICES["phone"])
    page = context.new_page()
    page.add_init_script(OBSERVE_SHIFTS)
    for path in (f"/blog/{slug}", f"/blog/tags/{tag}", f"/blog/search?q={word}"):
        page.goto(f"{BASE}{path}", wait_until="networkidle")
        seen = page.evaluate(MEASURE)
        verdict.check(f"{path[:20]}…: long words make no page wide", seen["wide"] <= 0, f"{seen['wide']} px over")
    context.close()
    people.must("DELETE", f"/api/v1/blog/posts/{slug}", None, token)


def check_measure(browser, verdict):
    """A page on which everything is wrong: a check that can't fail shows nothing."""
    page = browser.new_context(**DEVICES["phone"]).new_page()
    page.add_init_script(OBSERVE_SHIFTS)
    page.set_content("<meta name=viewport content='width=device-width'><body style='background:#fff'><img src=''>"
                     "<p style='color:#ccc;font-size:9px;width:900px'>faint and small</p><input type=checkbox><script>1</script>")
    seen = page.evaluate(MEASURE)
    verdict.check("what is wrong is seen", seen["faint"] and seen["small"] and seen["wide"] > 0 and seen["scripts"] == 1
                  and seen["unnamed"] == 2 and seen["headings"] == 0, json.dumps(seen))


def main():
    verdict = Verdict()
    # Others leave their pictures beside ours.
    PICTURES.mkdir(parents=True, exist_ok=True)
    for picture in PICTURES.glob("blog-*.png"):
        picture.unlink()
    mark = "interop" + uuid.uuid4().hex[:8]
    username, token = people.newcomer()
    people.must("PATCH", "/api/v1/profile", {"display_name": "Ada Lovelace"}, token)
    slug = write_posts(token, mark)
    pages = {
        "index": "/blog/",
        "post": f"/blog/{slug}",
        "tag": f"/blog/tags/{mark}",
        "author": f"/blog/@{username}",
        "search": "/blog/search?q=engine",
    }
    with sync_playwright() as playwright:
        # As root there is no sandbox to be had.
        arguments = ARGUMENTS + (["--no-sandbox"] if os.geteuid() == 0 else [])
        browser = playwright.chromium.launch(executable_path=os.environ["INTEROP_CHROMIUM"], args=arguments)
        try:
            print(f"    Chromium {browser.version}")
            check_measure(browser, verdict)
            with SlowPictures() as pictures:
                check_pictures(browser, verdict, pictures, token)
            check_long_words(browser, verdict, token)
            for name, path in pages.items():
                for device in DEVICES:
                    for scheme in ("light", "dark"):
                        visit(browser, verdict, name, path, device, scheme)
        finally:
            browser.close()
    print(f"    {len(list(PICTURES.glob('blog-*.png')))} screenshots in {PICTURES.relative_to(ROOT)}")
    verdict.end()


main()
