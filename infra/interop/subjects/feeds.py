"""The blog's feeds and sitemaps, and the OpenAPI document, as other people's parsers and validators read them."""

import json
import os
import urllib.request
import uuid

import atoma
import feedparser
import people
from openapi_spec_validator import OpenAPIV31SpecValidator
from usp.fetch_parse import SitemapFetcher
from usp.objects.sitemap import IndexXMLSitemap, InvalidSitemap, PagesXMLSitemap
from verdict import Verdict

BASE = os.environ["SPINDLE_BASE_URL"].rstrip("/")
# What XML, HTML and Markdown each take for something else.
TITLE = "Ampersands & <angles> ]]> “quotes” 𝄞"
BODY = "A <b>bold</b> & ]]> word.\n\n```rust\nlet x = 1 < 2;\n```\n\n![a picture](https://example.com/a.png)\n\n| a | b |\n|---|---|\n| 1 | 2 |"


def fetch(path):
    with urllib.request.urlopen(f"{BASE}{path}", timeout=60) as answer:
        return answer.read()


def complete_atom(feed):
    """What RFC 4287 demands (4.1.1, 4.1.2): feedparser gives what is there."""
    missing = [f"feed: {name}" for name in ("id", "title", "updated") if not feed.feed.get(name)]
    missing += ["feed: rel=self"] if not any(link.rel == "self" for link in feed.feed.get("links", [])) else []
    for entry in feed.entries:
        missing += [f"entry: {name}" for name in ("id", "title", "updated", "author", "content") if not entry.get(name)]
        missing += ["entry: a time that is none"] if not entry.get("updated_parsed") else []
    return missing


def complete_rss(feed):
    """What RSS 2.0 demands of a channel, and readers of an item."""
    missing = [f"channel: {name}" for name in ("title", "link", "description") if not feed.feed.get(name)]
    for entry in feed.entries:
        missing += [f"item: {name}" for name in ("title", "link", "id", "content") if not entry.get(name)]
        missing += ["item: a time that is none"] if not entry.get("published_parsed") else []
    return missing


def check_feed(verdict, path, version, complete, parse):
    body = fetch(path)
    feed = feedparser.parse(body)
    verdict.check(f"{path}: well-formed {version}", not feed.bozo and feed.version == version, feed.get("bozo_exception") or feed.version)
    missing = complete(feed)
    verdict.check(f"{path}: has what the format demands", feed.entries and not missing, "\n".join(missing))
    verdict.check(f"{path}: nothing was changed on the way", feed.entries[0].title == TITLE if feed.entries else False,
                  feed.entries[0].title if feed.entries else "no entry")
    ids = [entry.id for entry in feed.entries]
    verdict.check(f"{path}: ids are distinct", len(ids) == len(set(ids)), ids)
    try:
        parse(body)
        verdict.check(f"{path}: atoma reads it", True)
    except atoma.exceptions.FeedParseError as error:
        verdict.check(f"{path}: atoma reads it", False, error)
    cut = feedparser.parse(body[: len(body) // 2])
    verdict.check(f"{path}: half of it is refused", cut.bozo)


def check_json_feed(verdict, path):
    body = fetch(path)
    try:
        feed = atoma.parse_json_feed_bytes(body)
        verdict.check(f"{path}: atoma reads it", True)
        verdict.check(f"{path}: nothing was changed on the way", feed.items and feed.items[0].title == TITLE, feed.items[:1])
        verdict.check(f"{path}: each item has an address and times",
                      all(item.url and item.date_published and item.date_modified and item.content_html for item in feed.items))
    except atoma.exceptions.FeedParseError as error:
        verdict.check(f"{path}: atoma reads it", False, error)
    broken = json.loads(body)
    for item in broken["items"]:
        del item["id"]
    try:
        atoma.parse_json_feed_bytes(json.dumps(broken).encode())
        verdict.check("a JSON Feed without ids is refused", False)
    except atoma.exceptions.FeedParseError:
        verdict.check("a JSON Feed without ids is refused", True)


def check_sitemaps(verdict, slug):
    index = SitemapFetcher(f"{BASE}/blog/sitemap.xml", recursion_level=0).sitemap()
    verdict.check("the sitemap's index is one", isinstance(index, IndexXMLSitemap), repr(index))
    parts = getattr(index, "sub_sitemaps", [])
    wrong = [repr(part) for part in parts if isinstance(part, InvalidSitemap) or not isinstance(part, PagesXMLSitemap)]
    verdict.check(f"all {len(parts)} parts are sitemaps", parts and not wrong, "\n".join(wrong))
    pages = [page for part in parts for page in getattr(part, "pages", [])]
    verdict.check("a new post is in them, with a time", any(page.url.endswith(f"/blog/{slug}") and page.last_modified for page in pages),
                  [page.url for page in pages][:10])
    nothing = SitemapFetcher(f"{BASE}/blog/", recursion_level=0).sitemap()
    verdict.check("a page is no sitemap", isinstance(nothing, InvalidSitemap) or not getattr(nothing, "pages", None), repr(nothing))


def check_openapi(verdict):
    document = json.loads(fetch("/openapi.json"))
    errors = [f"{'/'.join(map(str, error.absolute_path))}: {error.message}"[:300] for error in OpenAPIV31SpecValidator(document).iter_errors()]
    verdict.check("the OpenAPI document is valid 3.1", not errors, "\n".join(errors))
    del document["info"]["version"]
    verdict.check("one without a version is not", list(OpenAPIV31SpecValidator(document).iter_errors()))


def main():
    verdict = Verdict()
    username, token = people.newcomer()
    tag = "interop" + uuid.uuid4().hex[:8]
    request = urllib.request.Request(
        f"{BASE}/api/v1/blog/posts", method="POST",
        data=json.dumps({"title": TITLE, "summary": "<i>Not</i> italic & so on", "body": BODY, "tags": [tag, "c++"], "status": "published",
                         "cover": {"url": "https://example.com/a.png", "alt": "a <picture>"}}).encode(),
        headers={"content-type": "application/json", "authorization": f"Bearer {token}"})
    with urllib.request.urlopen(request, timeout=60) as answer:
        slug = json.load(answer)["slug"]
    for base in (f"/blog/tags/{tag}", f"/blog/@{username}"):
        check_feed(verdict, f"{base}/feed.atom", "atom10", complete_atom, atoma.parse_atom_bytes)
        check_feed(verdict, f"{base}/feed.rss", "rss20", complete_rss, atoma.parse_rss_bytes)
        check_json_feed(verdict, f"{base}/feed.json")
    check_sitemaps(verdict, slug)
    check_openapi(verdict)
    verdict.end()


main()
