//! infra/kafka's Debezium connector against the table that it reads.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use crate::stage::{JOB, Stage};

fn connector() -> Value {
    serde_json::from_str(include_str!("../../../../infra/kafka/connector.json")).unwrap()
}

#[tokio::test]
async fn every_field_that_the_connector_names_is_a_column_of_the_outbox() {
    let stage = Stage::new(&[JOB], &[]).await;
    let columns: BTreeMap<String, String> = stage
        .sql
        .query(
            "select column_name::text, data_type::text from information_schema.columns
             where table_schema = 'platform' and table_name = 'outbox'",
            &[],
        )
        .await
        .unwrap()
        .iter()
        .map(|row| (row.get(0), row.get(1)))
        .collect();
    let connector = connector();
    let config = connector["config"].as_object().unwrap();
    let setting = |name: &str| {
        config[name]
            .as_str()
            .unwrap_or_else(|| panic!("{name} is no text"))
            .to_owned()
    };
    assert_eq!(setting("table.include.list"), "platform.outbox");
    for (name, wanted) in [
        ("transforms.outbox.table.field.event.id", "uuid"),
        ("transforms.outbox.table.field.event.key", "text"),
        ("transforms.outbox.table.field.event.payload", "jsonb"),
        ("transforms.outbox.route.by.field", "text"),
    ] {
        let column = setting(name);
        assert_eq!(
            columns.get(&column).map(String::as_str),
            Some(wanted),
            "{name} = {column}"
        );
    }
    for placement in setting("transforms.outbox.table.fields.additional.placement").split(',') {
        let column = placement.split(':').next().unwrap();
        assert!(columns.contains_key(column), "{column} is no column");
    }
}

/// What Debezium does with a row, done by hand: topic from the route, key and value from the fields.
#[tokio::test]
async fn a_row_becomes_a_record_whose_topic_key_and_value_are_the_events() {
    let stage = Stage::new(&[JOB], &[]).await;
    let id = stage.emit("order-1", 7).await;
    let connector = connector();
    let setting = |name: &str| {
        connector["config"][format!("transforms.outbox.{name}")]
            .as_str()
            .unwrap()
            .to_owned()
    };
    let row = stage
        .json("select to_jsonb(o)::text from platform.outbox o", &[])
        .await;
    let topic = setting("route.topic.replacement").replace(
        "${routedByValue}",
        row[setting("route.by.field")].as_str().unwrap(),
    );
    assert_eq!(topic, "spindle.trading.events");
    assert_eq!(row[setting("table.field.event.key")], "order-1");
    assert_eq!(row[setting("table.field.event.id")], json!(id));
    let value = &row[setting("table.field.event.payload")];
    assert_eq!(
        (&value["specversion"], &value["data"]),
        (&json!("1.0"), &json!({"n": 7}))
    );
}

/// The publication that the connector reads carries exactly this table.
#[tokio::test]
async fn the_publication_holds_the_outbox_and_nothing_else() {
    let stage = Stage::new(&[JOB], &[]).await;
    stage
        .sql
        .batch_execute(include_str!("../../../../infra/kafka/publication.sql"))
        .await
        .unwrap();
    let name = connector()["config"]["publication.name"]
        .as_str()
        .unwrap()
        .to_owned();
    let tables: Vec<String> = stage
        .column(
            "select schemaname || '.' || tablename from pg_publication_tables where pubname = $1",
            &[&name],
        )
        .await;
    assert_eq!(tables, ["platform.outbox"]);
    assert_eq!(
        connector()["config"]["publication.autocreate.mode"],
        "disabled"
    );
}
