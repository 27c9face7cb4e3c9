//! What stops the start, and what the message says.

use crate::app::{GRANTS, Setup};

#[tokio::test]
async fn an_unknown_manifest_field_is_refused_with_its_line() {
    let setup = Setup::new().grants(format!("{GRANTS}files = [\"static\"]"));
    let line = 1 + setup
        .manifest()
        .lines()
        .position(|line| line.starts_with("files"))
        .unwrap();
    let refusal = setup.refusal().await;
    assert!(
        refusal.contains(&format!("line {line}"))
            && refusal.contains("files")
            && refusal.contains("spin.toml"),
        "{refusal}"
    );
}

#[tokio::test]
async fn an_import_without_a_grant_is_refused_naming_component_import_and_key() {
    let cases = [
        (
            "spin:postgres/postgres@4.2.0",
            "allowed_outbound_hosts",
            GRANTS.replace("\"postgres://{{ db_host }}\", ", ""),
        ),
        (
            "wasi:http/client@0.3.0",
            "allowed_outbound_hosts",
            GRANTS.replace(", \"http://other.example\"", ""),
        ),
        (
            "spin:key-value/key-value@3.0.0",
            "key_value_stores",
            GRANTS.replace("[\"default\"]", "[]"),
        ),
        (
            "spin:variables/variables@3.0.0",
            "variables",
            GRANTS.lines().take(2).collect::<Vec<_>>().join("\n"),
        ),
    ];
    for (import, key, grants) in cases {
        assert_ne!(grants, GRANTS);
        let refusal = Setup::new().grants(grants).refusal().await;
        for part in ["\"guest\"", import, key, "[component.guest]"] {
            assert!(refusal.contains(part), "no {part} in: {refusal}");
        }
    }
}

#[tokio::test]
async fn all_missing_variables_are_named() {
    let refusal = Setup::new()
        .options(|options| options.variables.clear())
        .refusal()
        .await;
    assert!(
        refusal.contains("\n  db_host") && refusal.contains("\n  db_url"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_development_secret_is_refused_in_production() {
    let setup = Setup::new().options(|options| {
        options.variables = vec![
            "db_url=dev-x".to_owned(),
            "db_host=127.0.0.1:1".to_owned(),
            "environment=production".to_owned(),
        ]
    });
    let setup = setup.and("[variables.environment]\ndefault = \"development\"\n");
    let refusal = setup.refusal().await;
    assert!(
        refusal.contains("db_url is a development secret"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_store_that_nothing_configures_is_refused_with_the_table_to_add() {
    let refusal = Setup::new()
        .grants(GRANTS.replace("[\"default\"]", "[\"default\", \"cache\"]"))
        .refusal()
        .await;
    assert!(refusal.contains("[key_value_store.cache]"), "{refusal}");
}

#[tokio::test]
async fn a_chained_component_must_exist() {
    let refusal = Setup::new()
        .grants(GRANTS.replace("http://other.example", "http://singer.spin.internal"))
        .refusal()
        .await;
    assert!(
        refusal.contains("\"singer\"") && refusal.contains("[component.guest]"),
        "{refusal}"
    );
}

#[tokio::test]
async fn an_allowed_host_with_a_path_is_refused() {
    let refusal = Setup::new()
        .grants(GRANTS.replace("http://other.example", "http://other.example/{{ name }}"))
        .refusal()
        .await;
    assert!(refusal.contains("http://other.example/world"), "{refusal}");
}

#[tokio::test]
async fn a_component_that_is_not_built_is_named() {
    let setup = Setup::new().and("[[trigger.http]]\nroute = \"/b\"\ncomponent = \"b\"\n[component.b]\nsource = \"target/b.wasm\"\n");
    let refusal = setup.refusal().await;
    assert!(
        refusal.contains("\"b\"") && refusal.contains("target/b.wasm") && refusal.contains("build"),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_taken_address_is_refused_with_the_option_to_change() {
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let address = taken.local_addr().unwrap();
    let refusal = Setup::new()
        .options(|options| options.listen = address)
        .refusal()
        .await;
    assert!(
        refusal.contains(&address.to_string()) && refusal.contains("--listen"),
        "{refusal}"
    );
}
