//! Who follows whom.

use std::sync::Arc;

use serde_json::json;

use crate::stage::Stage;

#[tokio::test]
async fn a_hundred_clicks_at_once_are_counted_exactly() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.account("Ada").await;
    let mut fans = Vec::new();
    for number in 0..25 {
        fans.push(stage.account(&format!("fan-{number:02}")).await);
    }
    for (method, count) in [("PUT", 25), ("DELETE", 0)] {
        let mut clicks = tokio::task::JoinSet::new();
        for _ in 0..4 {
            for fan in &fans {
                let (stage, fan, ada) = (Arc::clone(&stage), fan.clone(), ada.clone());
                clicks.spawn(async move {
                    let answer = stage.act(&fan, method, "/users/ada/follow").await;
                    assert_eq!(answer.status, 200, "{answer:?}");
                    assert_eq!(
                        answer.body["following"],
                        method == "PUT",
                        "one reads what one wrote"
                    );
                    // Meanwhile they are followed back: nobody waits in a circle.
                    let back = stage
                        .act(&ada, method, &format!("/users/{}/follow", fan.name))
                        .await;
                    assert_eq!(back.status, 200, "{back:?}");
                });
            }
        }
        clicks.join_all().await;
        let profile = stage.get(None, "/users/ADA").await;
        assert_eq!(profile.body["followers_count"], count);
        assert_eq!(profile.body["following_count"], count);
        assert_eq!(profile.body["following"], false, "for anonymous callers");
        assert_eq!(
            stage.get(None, "/users/fan-03").await.body["followers_count"],
            i64::from(count > 0)
        );
    }
    assert_eq!(
        stage
            .count("select count(*) from platform.tasks where kind = 'notify'")
            .await,
        50,
        "each pair is news once"
    );
}

#[tokio::test]
async fn a_profile_is_sent_again_when_it_says_something_else() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let path = "/users/ada";
    let shown = stage.get(Some(&bob), path).await.expect(200);
    let known = [("if-none-match", shown.etag())];
    let again = stage.call(Some(&bob), "GET", path, &known, None).await;
    assert_eq!((again.status, again.etag()), (304, shown.etag()));
    stage.act(&ada, "PUT", "/users/bob/follow").await;
    let changed = stage.call(Some(&bob), "GET", path, &known, None).await;
    assert_eq!(changed.expect(200).body["following_count"], 1);
}

#[tokio::test]
async fn lists_have_the_newest_first_on_pages_that_stay_right() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    for number in 0..5 {
        let fan = stage.account(&format!("fan-{number}")).await;
        stage.act(&fan, "PUT", "/users/ada/follow").await;
        stage
            .act(&bob, "PUT", &format!("/users/fan-{number}/follow"))
            .await;
    }
    let newest = ["fan-4", "fan-3", "fan-2", "fan-1", "fan-0"];
    for limit in [1, 2, 20] {
        let mut listed = stage
            .all(None, "/users/ada/followers", limit, "username")
            .await;
        assert_eq!(listed.len(), 5);
        listed.sort();
        listed.reverse();
        assert_eq!(listed, newest);
    }
    assert_eq!(
        stage
            .all(None, "/users/bob/following", 3, "username")
            .await
            .len(),
        5
    );
    assert_eq!(
        stage
            .all(Some(&bob), "/users/ada/followers", 20, "following")
            .await,
        ["true"; 5]
    );
    assert_eq!(
        stage
            .all(Some(&ada), "/users/ada/followers", 20, "following")
            .await,
        ["false"; 5]
    );
    let page = stage.get(None, "/users/ada/followers?limit=2").await;
    let cursor = page.body["next_cursor"].as_str().unwrap();
    stage.act(&bob, "PUT", "/users/ada/follow").await;
    let rest = stage
        .get(None, &format!("/users/ada/followers?cursor={cursor}"))
        .await;
    assert_eq!(
        rest.each("username").len(),
        3,
        "a new follower moves nobody's page"
    );
    for path in ["/users/ada/following", "/users/bob/followers"] {
        assert_eq!(
            stage
                .get(None, &format!("{path}?cursor={cursor}"))
                .await
                .status,
            422,
            "{path}"
        );
    }
    assert_eq!(stage.get(None, "/users/nobody/followers").await.status, 404);
}

#[tokio::test]
async fn follows_of_one_moment_are_on_all_pages() {
    let stage = Stage::new().await;
    stage.account("ada").await;
    for number in 0..5 {
        stage.account(&format!("fan-{number}")).await;
    }
    let follow = "insert into profile.follows (follower_id, followed_id, created_at)
        select f.id, a.id, '2026-01-31 12:00:00.123456Z'::timestamptz
        from identity.accounts f, identity.accounts a where a.username = 'ada' and f.username <> 'ada'";
    stage.sql.execute(follow, &[]).await.unwrap();
    let mut listed = stage.all(None, "/users/ada/followers", 2, "username").await;
    listed.sort();
    assert_eq!(listed, ["fan-0", "fan-1", "fan-2", "fan-3", "fan-4"]);
}

#[tokio::test]
async fn nobody_follows_themselves_or_nobody() {
    let stage = Stage::new().await;
    let ada = stage.account("ada").await;
    assert_eq!(
        stage.act(&ada, "PUT", "/users/ada/follow").await.fields(),
        ["username"]
    );
    assert_eq!(
        stage.act(&ada, "PUT", "/users/nobody/follow").await.status,
        404
    );
    assert_eq!(
        stage
            .call(None, "PUT", "/users/nobody/follow", &[], None)
            .await
            .status,
        401
    );
    let mut reader = ada.clone();
    reader.scopes = "profile.read";
    assert_eq!(
        stage.act(&reader, "PUT", "/users/ada/follow").await.status,
        403
    );
}

#[tokio::test]
async fn nothing_of_a_deleted_account_stays_and_all_counts_are_right() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    stage.act(&ada, "PUT", "/users/bob/follow").await;
    stage.act(&bob, "PUT", "/users/ada/follow").await;
    stage
        .call(
            Some(&ada),
            "PATCH",
            "",
            &[],
            Some(json!({"bio": "Adas life"})),
        )
        .await;
    stage
        .call(
            Some(&ada),
            "PUT",
            "/onboarding/profile",
            &[],
            Some(json!({})),
        )
        .await;
    for _ in 0..2 {
        let taken = stage
            .take_event("user.events", "user.deleted", json!({"user_id": ada.id}))
            .await;
        assert_eq!(taken.status, 204, "{taken:?}");
    }
    let left = stage.get(None, "/users/bob").await;
    assert_eq!(
        (&left.body["followers_count"], &left.body["following_count"]),
        (&json!(0), &json!(0))
    );
    for table in ["profiles", "follows", "onboarding"] {
        let sql = format!(
            "select count(*) from profile.{table} t where t::text like '%{}%'",
            ada.id
        );
        assert_eq!(stage.count(&sql).await, 0, "{table}");
    }
}

/// Profiles whose counts are not those of the lists: follows of accounts that are there.
pub(crate) const WRONG: &str = "select count(*) from profile.profiles p
    where p.followers_count <> (select count(*) from profile.follows f join identity.public_accounts a on a.id = f.follower_id
                                where f.followed_id = p.user_id)
       or p.following_count <> (select count(*) from profile.follows f join identity.public_accounts a on a.id = f.followed_id
                                where f.follower_id = p.user_id)";

#[tokio::test]
async fn neither_counts_nor_lists_hold_an_account_while_it_is_disabled() {
    let stage = Stage::new().await;
    let (ada, bob) = (stage.account("ada").await, stage.account("bob").await);
    let cyd = stage.account("cyd").await;
    for fan in [&cyd, &bob] {
        stage.act(fan, "PUT", "/users/ada/follow").await;
        stage
            .act(&ada, "PUT", &format!("/users/{}/follow", fan.name))
            .await;
    }
    let set = async |disabled_at: &str| {
        let sql = format!(
            "update identity.accounts set disabled_at = {disabled_at} where username = 'bob'"
        );
        stage.sql.execute(sql.as_str(), &[]).await.unwrap();
    };
    let seen = async |both: i64| {
        let profile = stage.get(None, "/users/ada").await.body;
        assert_eq!(
            (&profile["followers_count"], &profile["following_count"]),
            (&json!(both), &json!(both))
        );
        for list in ["followers", "following"] {
            let path = format!("/users/ada/{list}?limit=1");
            let first = stage.get(None, &path).await;
            assert_eq!(first.each("username").len(), 1, "no short page: {list}");
            let listed = stage
                .all(None, &format!("/users/ada/{list}"), 1, "username")
                .await;
            assert_eq!(listed.len(), usize::try_from(both).unwrap(), "{list}");
        }
    };
    seen(2).await;
    // Disabled once more, it is not taken off again.
    for _ in 0..2 {
        set("platform.now()").await;
        seen(1).await;
    }
    // What is disabled neither follows, for as long as its token lives, nor is followed.
    for answer in [
        stage.act(&bob, "PUT", "/users/cyd/follow").await,
        stage.act(&bob, "DELETE", "/users/ada/follow").await,
        stage.act(&ada, "DELETE", "/users/bob/follow").await,
    ] {
        assert_eq!(answer.status, 404, "{answer:?}");
    }
    for _ in 0..2 {
        set("null").await;
        seen(2).await;
    }
    set("platform.now()").await;
    stage
        .take_event("user.events", "user.deleted", json!({"user_id": bob.id}))
        .await;
    seen(1).await;
    assert_eq!(
        stage
            .count("select count(*) from profile.hidden_accounts")
            .await,
        0
    );
    assert_eq!(stage.count(WRONG).await, 0);

    // With its token somebody may come too late.
    let step = json!({"data": {"name": "bob"}});
    let late = stage
        .call(Some(&bob), "PUT", "/onboarding/profile", &[], Some(step))
        .await;
    assert_eq!(late.status, 401, "{late:?}");
    let rows = "select count(*) from profile.onboarding";
    assert_eq!(stage.count(rows).await, 0);
}

#[tokio::test]
async fn who_is_disabled_while_all_follow_each_other_is_counted_exactly() {
    let stage = Arc::new(Stage::new().await);
    let mut people = Vec::new();
    for number in 0..6 {
        people.push(stage.account(&format!("person-{number}")).await);
    }
    let mut deeds = tokio::task::JoinSet::new();
    for (number, person) in people.iter().enumerate() {
        for (other, followed) in people.iter().enumerate().filter(|(at, _)| *at != number) {
            let (stage, person) = (Arc::clone(&stage), person.clone());
            let path = format!("/users/{}/follow", followed.name);
            deeds.spawn(async move {
                for turn in 0..6 {
                    let method = ["PUT", "PUT", "DELETE"][(turn + other) % 3];
                    let answer = stage.act(&person, method, &path).await;
                    assert!([200, 404].contains(&answer.status), "{answer:?}");
                }
            });
        }
        let (stage, id) = (Arc::clone(&stage), person.id);
        deeds.spawn(async move {
            for _ in 0..3 {
                for disabled_at in ["platform.now()", "null"] {
                    let sql = format!(
                        "update identity.accounts set disabled_at = {disabled_at} where id = $1"
                    );
                    stage.sql.execute(sql.as_str(), &[&id]).await.unwrap();
                }
            }
        });
    }
    deeds.join_all().await;
    assert_eq!(stage.count(WRONG).await, 0);
    stage
        .sql
        .batch_execute(
            "update identity.accounts set disabled_at = platform.now() where username like '%-1'",
        )
        .await
        .unwrap();
    assert_eq!(stage.count(WRONG).await, 0);
}
