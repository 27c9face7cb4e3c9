//! The key-value store.

use spindle_host::Host;

use crate::app::{App, Setup};

#[tokio::test]
async fn what_was_set_survives_a_restart() {
    let setup = Setup::new();
    let options = setup.options.clone();
    let app = setup.start().await;
    assert_eq!(app.text("/get?key=a").await, "none");
    assert_eq!(app.text("/set?key=a&value=1").await, "set");
    assert_eq!(app.text("/set?key=b&value=2").await, "set");
    assert_eq!(app.text("/delete?key=b").await, "deleted");
    let App {
        folder,
        host,
        client,
    } = app;
    host.shutdown().await.unwrap();
    assert!(folder.path().join("state/sqlite_key_value.db").exists());
    let app = App {
        folder,
        host: Host::start(options).await.unwrap(),
        client,
    };
    assert_eq!(app.text("/get?key=a").await, "1");
    assert_eq!(app.text("/get?key=b").await, "none");
    assert_eq!(app.json("/keys").await, serde_json::json!(["a"]));
}

#[tokio::test]
async fn a_store_that_was_not_granted_is_denied() {
    let app = Setup::new().start().await;
    let (status, body) = app.get("/get?store=other&key=a").await;
    assert_eq!(status, 418);
    assert!(body.to_lowercase().contains("access"), "{body}");
}

#[tokio::test]
async fn a_store_may_have_a_file_of_its_own() {
    let setup = Setup::new()
        .grants(crate::app::GRANTS.replace("[\"default\"]", "[\"default\", \"cache\"]"));
    let config = setup.folder.path().join("runtime.toml");
    std::fs::write(
        &config,
        "[key_value_store.cache]\ntype = \"spin\"\npath = \"cache.db\"\n",
    )
    .unwrap();
    let app = setup
        .options(|options| options.runtime_config_file = Some(config))
        .start()
        .await;
    assert_eq!(app.text("/set?key=a&value=1").await, "set");
    assert_eq!(app.text("/get?store=cache&key=a").await, "none");
    assert!(app.folder.path().join("state/cache.db").exists());
}
