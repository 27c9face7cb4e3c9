-- What Spindle says to people: mails, notifications, and the conversations of support.

-- One row per mail that is on its way or was sent, by the key of its task, so that a task that runs twice mails once. Neither
-- the address nor the content is here. A provider's message id is what its support asks for.
create table platform.mails (
    key          text primary key,
    template     text not null,
    state        text not null check (state in ('sending', 'sent', 'refused')),
    attempts     int not null default 1,
    -- Who is talking to the provider at this moment; another attempt waits until the lease has ended.
    holder       uuid not null,
    leased_until timestamptz not null,
    provider     text,
    provider_id  text,
    created_at   timestamptz not null,
    finished_at  timestamptz
);
create index mails_finished on platform.mails (finished_at) where finished_at is not null;

-- Development's mailbox: here ends what a provider would be given in production. Shown by /dev/mail.
create table platform.mailbox (
    id            uuid primary key,
    mail_key      text not null,
    -- Whom the address belonged to when the mail was sent, so that it goes with the account.
    account_id    uuid,
    recipient     text not null,
    recipient_key text not null generated always as (lower(recipient)) stored,
    template      text not null,
    subject       text not null,
    text_body     text not null,
    html_body     text not null,
    at            timestamptz not null,
    constraint mailbox_mail_key unique (mail_key)
);
create index mailbox_recipient on platform.mailbox (recipient_key, id desc);
create index mailbox_account on platform.mailbox (account_id) where account_id is not null;

-- In-app notifications, written as they are shown. `data` is what they were made of.
create table platform.notifications (
    id              uuid primary key,
    user_id         uuid not null,
    idempotency_key text not null,
    type            text not null,
    title           text not null,
    body            text not null,
    -- Path on this server where the matter is; none if there is nothing to look at.
    link            text,
    data            jsonb not null,
    created_at      timestamptz not null,
    read_at         timestamptz,
    constraint notifications_once unique (user_id, idempotency_key)
);
create index notifications_user on platform.notifications (user_id, id desc);
create index notifications_unread on platform.notifications (user_id, id desc) where read_at is null;

-- What a user has chosen; what is absent is as the type has it.
create table platform.notification_preferences (
    user_id     uuid primary key,
    -- {type: {in_app?: bool, email?: bool}}
    preferences jsonb not null,
    version     int8 not null default 1,
    updated_at  timestamptz not null
);

create table platform.support_tickets (
    id              uuid primary key,
    user_id         uuid not null,
    subject         text not null,
    category        text not null check (category in ('account', 'security', 'trading', 'blog', 'other')),
    -- open: support's turn; answered: the user's turn; solved: done, an answer of the user opens it again; closed: for good.
    state           text not null default 'open' check (state in ('open', 'answered', 'solved', 'closed')),
    priority        text not null default 'normal' check (priority in ('low', 'normal', 'high', 'urgent')),
    assignee_id     uuid,
    -- Since when the user has been waiting for support; what the queue is ordered by.
    waiting_since   timestamptz,
    messages_count  int not null default 0,
    version         int8 not null default 1,
    created_at      timestamptz not null,
    updated_at      timestamptz not null
);
create index support_tickets_user on platform.support_tickets (user_id, id desc);
create index support_tickets_state on platform.support_tickets (state, id desc);
create index support_tickets_assignee on platform.support_tickets (assignee_id, id desc) where assignee_id is not null;
create index support_tickets_queue on platform.support_tickets (waiting_since, id) where state = 'open';

create table platform.support_messages (
    id         uuid primary key,
    ticket_id  uuid not null references platform.support_tickets (id) on delete cascade,
    author_id  uuid not null,
    -- Written by support, not by the ticket's user.
    staff      boolean not null,
    -- Between support's people; the user never sees it.
    internal   boolean not null default false,
    body       text not null,
    created_at timestamptz not null,
    constraint support_messages_only_staff_whispers check (staff or not internal)
);
create index support_messages_ticket on platform.support_messages (ticket_id, id);
