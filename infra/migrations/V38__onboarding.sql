-- How far somebody has come with setting up. No row: nothing yet.
create table profile.onboarding (
    user_id      uuid primary key,
    -- Steps in the order of doing, each {"state": "done" | "skipped", "at": ...}.
    steps        jsonb not null default '{}',
    completed_at timestamptz,
    version      int8 not null default 1,
    updated_at   timestamptz not null
);
create index follows_follower_newest on profile.follows (follower_id, created_at desc, followed_id desc);
create index follows_followed_newest on profile.follows (followed_id, created_at desc, follower_id desc);
drop index profile.follows_followed;
