//! Two writes that wait for each other: the server undoes one, which is then run again.

use kit::db::native::NativeDatabase;
use kit::{Db, params};

use crate::stage::Stage;

#[tokio::test]
async fn of_two_writes_that_wait_for_each_other_both_are_done_once() {
    let stage = Stage::new("undone").await;
    let sql = stage.connect().await;
    sql.batch_execute(
        "create table taken (first int8, second int8);
         create sequence attempts;
         create function take(first int8, second int8) returns int8 language plpgsql as $$
         declare
             attempt int8 := nextval('attempts');
         begin
             insert into taken values (first, second);
             perform pg_advisory_xact_lock(first);
             -- Each has its first lock before it asks for the other's.
             while attempt <= 2
                   and (select count(*) from pg_locks l join pg_database d on d.oid = l.database
                        where l.locktype = 'advisory' and l.granted and d.datname = current_database()) < 2 loop
                 perform pg_sleep(0.01);
             end loop;
             perform pg_advisory_xact_lock(second);
             return attempt;
         end $$;",
    )
    .await
    .unwrap();
    let db = Db::new(NativeDatabase::connect(&stage.url, 2).unwrap());
    let take = async |first: i64, second: i64| {
        db.write("select take($1, $2)", params![first, second])
            .await
    };
    let (one, other) = futures::future::join(take(1, 2), take(2, 1)).await;
    assert!(one.is_ok() && other.is_ok(), "{one:?} {other:?}");

    let rows = sql
        .query("select first from taken order by first", &[])
        .await
        .unwrap();
    let taken: Vec<i64> = rows.iter().map(|row| row.get(0)).collect();
    assert_eq!(taken, [1, 2]);
    let attempts: i64 = sql
        .query_one("select last_value from attempts", &[])
        .await
        .unwrap()
        .get(0);
    assert_eq!(attempts, 3, "one was undone and run again");
}
