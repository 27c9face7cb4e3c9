//! Work in the background, on the host: how soon it starts, and what is left of it when the host is killed. Each test owns its
//! app; with `SPINDLE_BASE_URL` they are skipped.

#![expect(clippy::unwrap_used, reason = "helpers of tests stop the test")]

use std::time::{Duration, Instant};

use futures::future::join_all;
use serde_json::{Value, json};
use spindle_harness::{Account, App, Options, WORKER_TOKEN, size, unique};
use spindle_suites::skipped;
use tokio_postgres::Client;

async fn count(tables: &Client, sql: &str) -> i64 {
    tables.query_one(sql, &[]).await.unwrap().get(0)
}

/// Drains until nothing is left or the time of a tick is up.
async fn tick(app: &App) -> Option<Value> {
    let answer = app
        .call("POST", "/internal/worker/tick")
        .bearer(WORKER_TOKEN)
        .try_send()
        .await?;
    (answer.status == 200).then_some(answer.body)
}

/// A ticket's answer, a mail, an audit record: whatever a request leaves to do is begun as soon as its answer is out. The host's
/// own schedule ticks once a second, so twenty in a row are not its doing.
#[tokio::test]
async fn a_task_of_a_request_starts_within_100_ms() {
    if skipped() {
        return;
    }
    let app = App::start(Options::default()).await;
    let tables = app.database().unwrap().connect().await.unwrap();
    let account = Account::new(&app).await;
    let id: uuid::Uuid = tables
        .query_one(
            "select id from identity.accounts where email = $1",
            &[&account.email],
        )
        .await
        .unwrap()
        .get(0);
    // A write of the account's own wakes the worker; what there is to do, this test has put there a moment before.
    let (mut changes, mut waits) = (Vec::new(), Vec::new());
    for n in 0..20 {
        tables
            .execute(
                "select platform.notify('{}', $1, $2, 'bot_stopped', '{\"name\": \"b\", \"reason\": \"r\"}')",
                &[&format!("start-{n}"), &id],
            )
            .await
            .unwrap();
        let asked = Instant::now();
        let _ = app
            .call("PATCH", "/api/v1/profile")
            .bearer(&account.token)
            .json(json!({"bio": format!("number {n}")}))
            .await
            .expect(200);
        let answered = Instant::now();
        let done = format!(
            "select count(*) from platform.tasks where kind = 'notify' and idempotency_key = 'start-{n}' and state = 'done'"
        );
        while count(&tables, &done).await == 0 {
            assert!(
                asked.elapsed() < Duration::from_secs(60),
                "task {n} is not done"
            );
            tokio::time::sleep(Duration::from_millis(1)).await;
        }
        changes.push(answered - asked);
        waits.push(answered.elapsed());
    }
    changes.sort_unstable();
    waits.sort_unstable();
    // Done, not only begun. The quickest quarter, as any one may be struck by whatever else this machine does; from the schedule,
    // each would have waited for most of a second. Where the change itself takes long, its task does.
    let soon = Duration::from_millis(100).max(5 * changes[changes.len() / 2]);
    assert!(
        waits[waits.len() / 4] < soon,
        "{waits:?}; the changes took {changes:?}"
    );
}

/// Notifications (10,000 with `--full`), one in a hundred poison, drained by four parallel ticks while the host is killed five times.
#[tokio::test]
async fn nothing_is_lost_or_doubled_when_the_host_is_killed_while_it_works() {
    if skipped() {
        return;
    }
    let mut app = App::start(Options::default()).await;
    let database = app.database().unwrap().clone();
    let tables = database.connect().await.unwrap();
    let prefix = unique("kill");
    let tasks = i64::try_from(size(1_000, 10_000)).unwrap();
    let poison = tasks / 100;
    tables
        .batch_execute(&format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             select gen_random_uuid(), '{prefix}' || n || '@example.com', '{prefix}' || n, '{prefix}' || n,
                    platform.now(), platform.now()
             from generate_series(0, 19) n;
             select platform.enqueue('{{\"request_id\": \"{prefix}\"}}', 'notify', '{prefix}:' || n,
                    case when n % 100 = 0 then '{{\"user_id\": 1}}'::jsonb
                         else jsonb_build_object('user_id', a.id, 'type', 'order_completed', 'data',
                              '{{\"pair\": \"XBT/EUR\", \"side\": \"buy\", \"volume\": \"1\", \"price\": \"2\"}}'::jsonb) end)
             from generate_series(1, {tasks}) n
             join identity.accounts a on a.username = '{prefix}' || (n % 20)"
        ))
        .await
        .unwrap();
    let ended = format!(
        "select count(*) from platform.tasks where idempotency_key like '{prefix}:%' and state in ('done', 'dead')"
    );
    // Counting reads all of them: asked more often, it would be most of the work here.
    let pause = Duration::from_millis(u64::try_from(tasks / 40).unwrap());
    let deadline = Instant::now() + Duration::from_secs(900);
    for kill in 1..=5 {
        {
            let app = &app;
            let goal = kill * tasks * 15 / 100;
            let ticks = join_all((0..4).map(|_| async move {
                // A host that has just begun may be too busy for one; it takes the next.
                while Instant::now() < deadline {
                    if tick(app).await.is_none() {
                        tokio::time::sleep(Duration::from_millis(20)).await;
                    }
                }
            }));
            let killing = async {
                while count(&tables, &ended).await < goal {
                    assert!(Instant::now() < deadline, "too slow");
                    tokio::time::sleep(pause).await;
                }
            };
            let mut ticks = std::pin::pin!(ticks);
            let mut killing = std::pin::pin!(killing);
            tokio::select! {
                _ = &mut ticks => panic!("too slow, or the host is gone before it was killed"),
                () = &mut killing => {}
            }
        }
        app.host().kill();
        drop(app);
        // What it had sent still takes effect; a claim among that begins a lease of its own.
        let sessions = "select count(*) from pg_stat_activity where datname = current_database() and usename = 'spindle_app'";
        while count(&tables, sessions).await > 0 {
            assert!(Instant::now() < deadline, "its sessions do not end");
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        // The lease of what it had in hand runs out; the test does not wait for that.
        tables
            .batch_execute(
                "update platform.tasks set leased_until = platform.now() where state = 'running'",
            )
            .await
            .unwrap();
        app = App::start(Options {
            database: Some(database.clone()),
            ..Options::default()
        })
        .await;
    }
    while count(&tables, &ended).await < tasks {
        assert!(Instant::now() < deadline, "too slow");
        join_all((0..4).map(|_| tick(&app))).await;
    }
    let dead = format!(
        "select count(*) from platform.tasks where idempotency_key like '{prefix}:%' and state = 'dead'"
    );
    assert_eq!(
        count(&tables, &dead).await,
        poison,
        "each poison, and nothing else"
    );
    let told = format!(
        "select count(*) from platform.notifications where idempotency_key like '{prefix}:%'"
    );
    assert_eq!(
        count(&tables, &told).await,
        tasks - poison,
        "each good one once"
    );
    let twice = format!(
        "select count(*) from platform.tasks where idempotency_key like '{prefix}:%' and errors::text like '%lease ran out%'"
    );
    assert!(
        count(&tables, &twice).await > 0,
        "something was in hand when it died"
    );
}

/// One id, from the request through its events and tasks to the mail and the audit log.
#[tokio::test]
async fn a_request_id_is_found_in_the_lines_of_all_that_the_request_caused() {
    if skipped() {
        return;
    }
    let mut app = App::start(Options::default()).await;
    let tables = app.database().unwrap().connect().await.unwrap();
    let (name, id) = (unique("u"), unique("request"));
    let trace = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01";
    let _ = app
        .call("POST", "/api/v1/auth/register")
        .patient()
        .header("x-request-id", &id)
        .header("traceparent", trace)
        .json(json!({"email": format!("{name}@example.com"), "username": name, "password": "correct horse battery staple"}))
        .await
        .expect(201);
    let tasks = format!(
        "select count(*) from platform.tasks where request_id = '{id}' and state = 'done' and kind = 'send_mail'"
    );
    let deadline = Instant::now() + Duration::from_secs(120);
    while count(&tables, &tasks).await == 0 {
        assert!(
            Instant::now() < deadline,
            "no mail was sent: {:?}",
            app.host().lines_of(&id)
        );
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
    let seen = |component: &str, message: &str, route: Option<&str>, lines: &[Value]| {
        lines.iter().any(|line| {
            line["component"] == component
                && line["message"] == message
                && route.is_none_or(|route| line["route"] == route)
                && line["traceparent"] == trace
        })
    };
    let wanted = [
        ("worker", "task", None),
        ("auth", "request", Some("/api/v1/auth/register")),
        ("profile", "request", Some("/internal/tasks/send_mail")),
        ("profile", "mail sent", None),
        ("profile", "request", Some("/internal/events/user.events")),
    ];
    for (component, message, route) in wanted {
        // The event may be on its way still, and the line in the pipe.
        loop {
            let lines = app.host().lines_of(&id);
            if seen(component, message, route, &lines) {
                break;
            }
            assert!(
                Instant::now() < deadline,
                "{component} {message} {route:?}: {lines:?}"
            );
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    }
    let recorded = format!("select count(*) from platform.audit where request_id = '{id}'");
    assert!(
        count(&tables, &recorded).await > 0,
        "the audit log has it, too"
    );
}

/// A schedule asks once a second, day and night.
#[tokio::test]
async fn a_tick_that_finds_nothing_to_do_is_not_logged_and_a_refused_one_is() {
    if skipped() {
        return;
    }
    let mut app = App::start(Options::default()).await;
    for n in 0.. {
        let (idle, refused) = (unique("idle"), unique("refused"));
        for (id, token, status) in [(&idle, WORKER_TOKEN, 200), (&refused, "wrong", 401)] {
            let _ = app
                .call("POST", "/internal/worker/tick")
                .header("x-request-id", id)
                .bearer(token)
                .send()
                .await
                .expect(status);
        }
        // Its line comes last, so the other's would be there.
        while app.host().lines_of(&refused).is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
        if app.host().lines_of(&idle).is_empty() {
            return;
        }
        assert!(n < 20, "not one of {n} ticks found nothing to do");
    }
}

/// Hours before those that the exchange has given, with a price that goes up and down.
const EARLIER: &str =
    "insert into trading.candles (pair, interval, start, open, high, low, close, volume)
    select c.pair, c.interval, c.start - n.number * 3600, p.price, p.price, p.price, p.price, 1
    from (select * from trading.candles order by start limit 1) c
    cross join generate_series(1, $1::bigint) n(number)
    cross join lateral (select c.open + abs(n.number % 120 - 60) * 10 as price) p";

/// All of it: taken up, the exchange asked, what is stored read, run with its progress, the report written. Ten thousand candles, or as
/// many as a backtest has at most, where all is asked for.
#[tokio::test]
async fn a_backtest_over_stored_candles_has_its_report_within_two_seconds() {
    if skipped() {
        return;
    }
    let app = App::start(Options::default()).await;
    let tables = app.database().unwrap().connect().await.unwrap();
    let account = Account::new(&app).await;
    let wanted = json!({"strategy": "sma-crossover", "pair": "XBTUSD", "funds": "10000",
        "params": {"interval": 60, "fast": 20, "slow": 100, "quote_amount": "50"}});
    let backtest = async || {
        let begun = Instant::now();
        let asked = app
            .call("POST", "/api/v1/trading/backtests")
            .bearer(&account.token)
            .json(wanted.clone())
            .await
            .expect(202);
        let path = format!("/api/v1/trading/backtests/{}", asked.text_at("/id"));
        loop {
            let read = app.call("GET", &path).bearer(&account.token).send().await;
            if read.body["state"] == "done" {
                return (begun.elapsed(), read.body);
            }
            assert!(begun.elapsed() < Duration::from_secs(30), "{}", read.text);
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    let (_, first) = backtest().await;
    assert_eq!(first["candles"], 719, "what the exchange gives");
    let earlier = i64::try_from(size(10_000, 100_000)).unwrap();
    tables.execute(EARLIER, &[&earlier]).await.unwrap();
    let (took, second) = backtest().await;
    assert_eq!(second["candles"], (719 + earlier).min(100_000));
    assert!(took < Duration::from_secs(2), "{took:?}");
}
