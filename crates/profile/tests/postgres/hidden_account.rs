//! Disabled and deleted accounts with more follows than are counted at once.

use std::sync::Arc;

use serde_json::json;
use uuid::Uuid;

use crate::follow::WRONG;
use crate::stage::{Caller, Stage};

impl Stage {
    /// An account that `many` others follow, and that follows the first 1,200 of them; some began in the same moment.
    async fn crowd(&self, many: i32) -> Caller {
        let ada = self.account("ada").await;
        let (id, back) = (ada.id, many.min(1200));
        let sql = format!(
            "insert into identity.accounts (id, email, username, username_key, created_at, updated_at)
             select md5('fan ' || n)::uuid, n || '@crowd.test', 'fan-' || n, 'fan-' || n, platform.now(), platform.now()
             from generate_series(1, {many}) n;
             insert into profile.follows (follower_id, followed_id, created_at)
             select md5('fan ' || n)::uuid, '{id}', '2001-01-31'::timestamptz + n / 3 * interval '1 second'
             from generate_series(1, {many}) n;
             insert into profile.follows (follower_id, followed_id, created_at)
             select '{id}', md5('fan ' || n)::uuid, '2001-01-31'::timestamptz + n / 3 * interval '1 second'
             from generate_series(1, {back}) n;
             insert into profile.profiles (user_id, followers_count, following_count, version, updated_at)
             select md5('fan ' || n)::uuid, (n <= {back})::int, 1, 0, platform.now() from generate_series(1, {many}) n
             union all select '{id}', {many}, {back}, 0, platform.now();"
        );
        self.sql.batch_execute(&sql).await.unwrap();
        assert_eq!(self.count(WRONG).await, 0);
        ada
    }

    async fn fan(&self, number: i32) -> Caller {
        let name = format!("fan-{number}");
        let sql = "select id from identity.accounts where username = $1";
        Caller {
            id: self.sql.query_one(sql, &[&name]).await.unwrap().get(0),
            name,
            scopes: "profile.read,profile.write",
            permissions: "",
        }
    }

    async fn disable(&self, account: &Caller, disabled: bool) {
        let sql = "update identity.accounts set disabled_at = case when $2 then platform.now() end where id = $1";
        self.sql
            .execute(sql, &[&account.id, &disabled])
            .await
            .unwrap();
    }

    /// Counts a part of what is left, and answers whether there is more.
    async fn count_some(&self, account: &Caller, many: i32) -> bool {
        let sql = "select profile.count_follows_of($1, $2)";
        let row = self.sql.query_one(sql, &[&account.id, &many]).await;
        row.unwrap().get(0)
    }

    /// What the worker does with a task for this account.
    async fn count_follows(&self, account: Uuid) {
        let task = json!({
            "task_id": Uuid::now_v7(), "kind": "count_follows", "attempt": 1, "payload": {"account_id": account},
            "idempotency_key": "k", "request_id": null, "traceparent": null,
        });
        let path = "/internal/tasks/count_follows";
        let done = self.call(None, "POST", path, &[], Some(task)).await;
        assert_eq!(done.status, 204, "{done:?}");
    }

    /// Does all tasks that ask for it.
    async fn do_tasks(&self) -> usize {
        let sql = "select (payload ->> 'account_id')::uuid from platform.tasks where kind = 'count_follows'";
        let rows = self.sql.query(sql, &[]).await.unwrap();
        for row in &rows {
            self.count_follows(row.get(0)).await;
        }
        rows.len()
    }

    /// The accounts that the counts leave out.
    async fn left_out(&self) -> i64 {
        self.count("select count(*) from profile.hidden_accounts")
            .await
    }
}

#[tokio::test]
async fn of_many_follows_some_are_left_out_at_once_and_the_others_by_a_task() {
    let stage = Stage::new().await;
    let ada = stage.crowd(2500).await;
    stage.disable(&ada, true).await;
    assert_eq!(stage.count(WRONG).await, 1500);
    assert_eq!(stage.get(None, "/users/ada").await.status, 404);
    let lists = stage.all(None, "/users/fan-2400/following", 20, "username");
    assert!(lists.await.is_empty(), "lists are right at once");
    assert_eq!(stage.do_tasks().await, 1);
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 1));
    // The same task once more, as after a crash.
    assert_eq!(stage.do_tasks().await, 1);
    assert_eq!(stage.count(WRONG).await, 0);

    stage.disable(&ada, false).await;
    assert_eq!(stage.count(WRONG).await, 1500);
    assert_eq!(stage.do_tasks().await, 2);
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 0));
    let shown = stage.get(None, "/users/ada").await.body;
    assert_eq!(
        (&shown["followers_count"], &shown["following_count"]),
        (&json!(2500), &json!(1200))
    );
}

#[tokio::test]
async fn an_account_of_few_follows_needs_no_task() {
    let stage = Stage::new().await;
    let ada = stage.crowd(1000).await;
    for (disabled, left_out) in [(true, 1), (false, 0)] {
        stage.disable(&ada, disabled).await;
        assert_eq!(stage.count(WRONG).await, 0);
        assert_eq!(stage.left_out().await, left_out);
    }
    assert_eq!(stage.do_tasks().await, 0);
}

#[tokio::test]
async fn what_happens_between_two_parts_is_counted_once() {
    let stage = Stage::new().await;
    let ada = stage.crowd(2500).await;
    stage.disable(&ada, true).await;
    assert!(stage.count_some(&ada, 300).await);
    assert_eq!(stage.count(WRONG).await, 1200);
    stage.disable(&ada, false).await;
    assert_eq!(stage.count(WRONG).await, 300);

    // Some of those who are left out still, and some who are not, leave and come back, and are left and found again.
    for number in [1, 5, 150, 400, 2500] {
        let fan = stage.fan(number).await;
        let back = format!("/users/{}/follow", fan.name);
        let left = stage.act(&fan, "DELETE", "/users/ada/follow").await;
        assert_eq!(left.body["followers_count"], 2499, "{left:?}");
        stage.act(&ada, "DELETE", &back).await.expect(200);
        let came = stage.act(&fan, "PUT", "/users/ada/follow").await;
        assert_eq!(came.body["followers_count"], 2500, "{came:?}");
        if number != 5 {
            stage.act(&ada, "PUT", &back).await.expect(200);
        }
        let own = stage.get(None, &format!("/users/{}", fan.name)).await.body;
        assert_eq!(
            (&own["following_count"], &own["followers_count"]),
            (&json!(1), &json!(i32::from(number != 5))),
            "what is new is counted at once"
        );
    }
    // One of those who are left out is gone for good, and another is disabled.
    let fan = stage.fan(7).await;
    stage.act(&fan, "DELETE", "/users/ada/follow").await;
    let other = stage.fan(8).await;
    stage.disable(&other, true).await;

    assert!(!stage.count_some(&ada, 300).await);
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 1));
    stage.disable(&ada, true).await;
    assert!(stage.count_some(&ada, 10).await);
    stage.disable(&ada, false).await;
    stage.disable(&other, false).await;
    stage.disable(&ada, true).await;
    stage.do_tasks().await;
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 1));
    stage.disable(&ada, false).await;
    stage.do_tasks().await;
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 0));
}

#[tokio::test]
async fn a_crowd_that_comes_and_goes_meanwhile_is_counted_exactly() {
    let stage = Arc::new(Stage::new().await);
    let ada = stage.crowd(2500).await;
    let mut deeds = tokio::task::JoinSet::new();
    for number in [1, 2, 900, 1100, 2499] {
        let fan = stage.fan(number).await;
        let (stage, ada) = (Arc::clone(&stage), ada.clone());
        deeds.spawn(async move {
            let back = format!("/users/{}/follow", fan.name);
            for _ in 0..4 {
                for method in ["DELETE", "PUT"] {
                    for (caller, path) in [(&fan, "/users/ada/follow"), (&ada, back.as_str())] {
                        let answer = stage.act(caller, method, path).await;
                        assert!([200, 404].contains(&answer.status), "{answer:?}");
                    }
                }
            }
        });
    }
    for account in [ada.clone(), stage.fan(900).await, stage.fan(3).await] {
        let stage = Arc::clone(&stage);
        deeds.spawn(async move {
            for disabled in [true, false, true, false] {
                stage.disable(&account, disabled).await;
                stage.count_follows(account.id).await;
            }
        });
    }
    let gone = stage.fan(4).await;
    let erasing = Arc::clone(&stage);
    deeds.spawn(async move {
        let deleted = json!({"user_id": gone.id});
        let taken = erasing.take_event("user.events", "user.deleted", deleted);
        assert_eq!(taken.await.status, 204);
    });
    deeds.join_all().await;
    stage.do_tasks().await;
    assert_eq!((stage.count(WRONG).await, stage.left_out().await), (0, 0));
}

#[tokio::test]
async fn many_follows_are_erased_in_parts_also_of_an_account_that_is_half_left_out() {
    for disabled in [false, true] {
        let stage = Stage::new().await;
        let ada = stage.crowd(2500).await;
        if disabled {
            stage.disable(&ada, true).await;
        }
        let sql = "select profile.erase_account('{}', $1)";
        let row = stage.sql.query_one(sql, &[&ada.id]).await.unwrap();
        assert!(row.get::<_, bool>(0), "more is left");
        let deleted = json!({"user_id": ada.id});
        for _ in 0..2 {
            let taken = stage.take_event("user.events", "user.deleted", deleted.clone());
            assert_eq!(taken.await.status, 204);
            let left =
                "select (select count(*) from profile.follows) + count(*) from profile.profiles p
                        where p.followers_count <> 0 or p.following_count <> 0";
            assert_eq!((stage.count(left).await, stage.left_out().await), (0, 0));
        }
        let profiles = "select count(*) from profile.profiles";
        assert_eq!(stage.count(profiles).await, 2500, "all but one");
    }
}
