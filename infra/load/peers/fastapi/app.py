"""The peer: six of Spindle's endpoints as a good Python team would write them.

asyncpg with its prepared statements, orjson, uvloop, responses without a second validation. It reads Spindle's own tables
and answers the same fields; its sessions are its own.
"""

import asyncio
import hashlib
import os
import secrets
import time
import uuid
from contextlib import asynccontextmanager
from datetime import datetime, timezone

import asyncpg
import jwt
import orjson
from argon2 import PasswordHasher
from argon2.exceptions import VerificationError
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from fastapi import FastAPI, Query, Request, Response
from pydantic import BaseModel

ISSUER = "http://localhost:3000/oauth2"
# Given by the bench, so that both workers have the same.
SIGNING_KEY = Ed25519PrivateKey.from_private_bytes(bytes.fromhex(os.environ["PEER_SIGNING_KEY"]))
VERIFYING_KEY = SIGNING_KEY.public_key()
# Spindle's parameters.
HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)

POST = """
select p.id::text as id, p.slug, p.title, p.summary, p.body, p.html, p.toc, p.tags, p.cover, p.canonical_url, p.status, p.published_at,
       p.created_at, p.updated_at, greatest(1, (p.words + 219) / 220) as reading_minutes, p.favorites_count,
       p.comments_count, p.version, a.username, o.display_name, o.image_url
from blog.posts p
join identity.accounts a on a.id = p.author_id and a.disabled_at is null
left join profile.profiles o on o.user_id = p.author_id
where p.slug = $1 and p.status = 'published' and p.deleted_at is null
"""

POSTS = """
select p.id::text as id, p.slug, p.title, p.summary, p.tags, p.cover, p.canonical_url, p.status, p.published_at, p.created_at,
       p.updated_at, greatest(1, (p.words + 219) / 220) as reading_minutes, p.favorites_count, p.comments_count, a.username,
       o.display_name, o.image_url
from blog.posts p
join identity.accounts a on a.id = p.author_id and a.disabled_at is null
left join profile.profiles o on o.user_id = p.author_id
where p.status = 'published' and p.deleted_at is null
order by p.published_at desc, p.id desc
limit $1
"""

COLUMNS = """
p.id::text as id, p.slug, p.title, p.summary, p.tags, p.cover, p.canonical_url, p.status, p.published_at, p.created_at,
       p.updated_at, greatest(1, (p.words + 219) / 220) as reading_minutes, p.favorites_count, p.comments_count, a.username,
       o.display_name, o.image_url
"""

# The newest posts of each followed author, then the newest of them all: as good as it gets with these tables.
FEED = f"""
select {COLUMNS}
from profile.follows w
cross join lateral (
    select n.id, n.published_at from blog.posts n
    where n.author_id = w.followed_id and n.status = 'published' and n.deleted_at is null
    order by n.published_at desc, n.id desc limit $2) n
join blog.posts p on p.id = n.id
join identity.accounts a on a.id = p.author_id and a.disabled_at is null
left join profile.profiles o on o.user_id = p.author_id
where w.follower_id = $1
order by n.published_at desc, n.id desc
limit $2
"""

# What a team writes first, and mostly last: all that match, ranked, with a headline for those on the page.
SEARCH = f"""
select {COLUMNS}, f.rank,
       ts_headline('english', p.title, f.query) as title_highlight,
       ts_headline('english', left(p.text, 50000), f.query, 'MaxWords=30, MinWords=12, MaxFragments=2') as text_highlight
from (
    select e.post_id, q.query, ts_rank(e.vector, q.query, 1) as rank
    from websearch_to_tsquery('english', $1) q (query)
    join blog.search_entries e on e.vector @@ q.query
    order by rank desc, e.post_id desc
    limit $2) f
join blog.posts p on p.id = f.post_id
join identity.accounts a on a.id = p.author_id and a.disabled_at is null
left join profile.profiles o on o.user_id = p.author_id
order by f.rank desc, p.id desc
"""

PROFILE = """
select a.id::text as user_id, a.username, p.display_name, p.bio, p.image_url, p.website, p.location, p.timezone, p.locale,
       a.created_at, p.updated_at
from identity.accounts a
left join profile.profiles p on p.user_id = a.id
where a.id = $1 and a.disabled_at is null
"""

ACCOUNT = """
select a.id, a.password_hash from identity.accounts a
where (a.email = $1 or a.username_key = $1) and a.disabled_at is null
"""

ROLES = "select role from identity.account_roles where account_id = $1 order by role"

OPEN_SESSION = """
insert into peer.sessions (id, account_id, refresh_token_hash, agent, created_at) values ($1, $2, $3, $4, $5)
"""

pool: asyncpg.Pool


async def prepare(connection: asyncpg.Connection) -> None:
    # JSON columns are passed through as they are.
    for name in ("json", "jsonb"):
        await connection.set_type_codec(
            name, encoder=str, decoder=orjson.Fragment, schema="pg_catalog"
        )


@asynccontextmanager
async def lifespan(_: FastAPI):
    global pool
    pool = await asyncpg.create_pool(os.environ["PEER_DATABASE_URL"], min_size=8, max_size=16, init=prepare)
    yield
    await pool.close()


app = FastAPI(lifespan=lifespan)


def answer(value, status: int = 200, headers: dict | None = None) -> Response:
    body = orjson.dumps(value, option=orjson.OPT_UTC_Z)
    return Response(body, status, headers, "application/json")


def problem(status: int, title: str) -> Response:
    return answer({"type": "about:blank", "title": title, "status": status}, status)


def with_author(row: asyncpg.Record) -> dict:
    item = dict(row)
    item["favorited"] = False
    item["author"] = {
        "username": item.pop("username"),
        "display_name": item.pop("display_name"),
        "image_url": item.pop("image_url"),
    }
    return item


@app.get("/health")
async def health():
    return answer(await pool.fetchval("select 1"))


@app.get("/api/v1/blog/posts/{slug}")
async def read_post(slug: str):
    row = await pool.fetchrow(POST, slug)
    if row is None:
        return problem(404, "No such post")
    post = with_author(row)
    return answer(post, headers={"etag": f'"{post.pop("version")}-{post["id"]}"'})


@app.get("/api/v1/blog/posts")
async def list_posts(request: Request, following: bool = False, limit: int = Query(20, ge=1, le=100)):
    if following:
        claims = claims_of(request)
        if claims is None:
            return problem(401, "No credential, or a bad one")
        rows = await pool.fetch(FEED, uuid.UUID(claims["sub"]), limit + 1)
    else:
        rows = await pool.fetch(POSTS, limit + 1)
    more = len(rows) > limit
    return answer({
        "items": [with_author(row) for row in rows[:limit]],
        "next_cursor": rows[limit - 1]["id"] if more else None,
    })


@app.get("/api/v1/blog/search")
async def search(q: str = Query(min_length=1, max_length=200), limit: int = Query(20, ge=1, le=100)):
    rows = await pool.fetch(SEARCH, q, limit + 1)
    items = [with_author(row) for row in rows[:limit]]
    for item in items:
        item.pop("rank")
        item["highlights"] = {"title": item.pop("title_highlight"), "text": item.pop("text_highlight")}
    return answer({"items": items, "next_cursor": rows[limit - 1]["id"] if len(rows) > limit else None})


def claims_of(request: Request) -> dict | None:
    scheme, _, token = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer":
        return None
    try:
        return jwt.decode(token, VERIFYING_KEY, algorithms=["EdDSA"], audience="spindle", issuer=ISSUER)
    except jwt.InvalidTokenError:
        return None


@app.get("/api/v1/profile")
async def own_profile(request: Request):
    claims = claims_of(request)
    if claims is None:
        return problem(401, "No credential, or a bad one")
    row = await pool.fetchrow(PROFILE, uuid.UUID(claims["sub"]))
    return problem(404, "No such account") if row is None else answer(dict(row))


class Login(BaseModel):
    login: str
    password: str


@app.post("/api/v1/auth/login")
async def login(body: Login, request: Request):
    row = await pool.fetchrow(ACCOUNT, body.login.lower())
    try:
        # argon2 lets go of the interpreter's lock: a thread keeps the loop free.
        await asyncio.to_thread(HASHER.verify, row["password_hash"] if row else DECOY, body.password)
    except VerificationError:
        return problem(401, "The login or the password is wrong")
    if row is None:
        return problem(401, "The login or the password is wrong")
    refresh_token, session, now = secrets.token_urlsafe(32), uuid.uuid4(), int(time.time())
    async with pool.acquire() as connection:
        roles = [role["role"] for role in await connection.fetch(ROLES, row["id"])]
        await connection.execute(
            OPEN_SESSION, session, row["id"], hashlib.sha256(refresh_token.encode()).digest(),
            request.headers.get("user-agent"), datetime.fromtimestamp(now, timezone.utc),
        )
    claims = {
        "iss": ISSUER, "sub": str(row["id"]), "aud": "spindle", "client_id": "spindle", "sid": str(session), "scope": "*",
        "roles": roles, "iat": now, "exp": now + 300, "jti": str(uuid.uuid4()), "amr": ["pwd"], "auth_time": now,
    }
    return answer({
        "access_token": jwt.encode(claims, SIGNING_KEY, algorithm="EdDSA", headers={"typ": "at+jwt"}),
        "token_type": "Bearer",
        "expires_in": 300,
        "refresh_token": refresh_token,
    })


# Costs what any other costs, for accounts that don't exist.
DECOY = HASHER.hash(secrets.token_hex(16))
