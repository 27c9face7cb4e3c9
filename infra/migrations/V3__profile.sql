-- What people say about themselves, and whom they follow. A row is made when somebody first says something.
create schema profile;

create table profile.profiles (
    user_id         uuid primary key,
    display_name    text,
    bio             text,
    image_url       text,
    website         text,
    location        text,
    timezone        text,
    locale          text,
    -- Kept by the functions that follow and unfollow: a profile is read far more often than followed.
    followers_count int8 not null default 0,
    following_count int8 not null default 0,
    version         int8 not null default 1,
    updated_at      timestamptz not null
);

create table profile.follows (
    follower_id uuid not null,
    followed_id uuid not null,
    created_at  timestamptz not null,
    primary key (follower_id, followed_id),
    constraint follows_not_oneself check (follower_id <> followed_id)
);
create index follows_followed on profile.follows (followed_id, follower_id);

-- What other services may show of an author.
create view profile.public_profiles as
select p.user_id, p.display_name, p.image_url
from profile.profiles p;
