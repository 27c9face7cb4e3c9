//! Components linked with the providers of their imports.

use crate::app::Setup;
use crate::components;

fn with_provider(wasm: Vec<u8>, line: &str) -> Setup {
    let mut setup = Setup::new();
    std::fs::write(setup.folder.path().join("adder.wasm"), wasm).unwrap();
    setup.rest = format!(
        "[component.guest.dependencies]\n{line}\n[component.adder]\nsource = \"adder.wasm\"\n"
    );
    setup
}

const LINE: &str = "\"test:math/adder@1.0.0\" = { component = \"adder\" }";

#[tokio::test]
async fn a_provider_named_by_interface_or_by_package_answers_the_dependent() {
    for line in [
        LINE,
        "\"test:math@1.0.0\" = { component = \"adder\" }",
        "\"test:math\" = { component = \"adder\", inherit_configuration = false }",
    ] {
        let app = with_provider(components::adder(), line).start().await;
        assert_eq!(app.text("/add?a=40&b=2").await, "42", "{line}");
    }
}

#[tokio::test]
async fn each_dependent_has_the_provider_that_its_own_table_names() {
    let setup = Setup::new();
    std::fs::write(
        setup.folder.path().join("subtractor.wasm"),
        components::subtractor(),
    )
    .unwrap();
    let second = format!(
        "[[trigger.http]]\nroute = \"/second/...\"\ncomponent = \"second\"\n[component.second]\nsource = {:?}\n{}[component.second.dependencies]\n\"test:math/adder@1.0.0\" = {{ component = \"subtractor\" }}\n[component.subtractor]\nsource = \"subtractor.wasm\"\n",
        components::guest(),
        setup.grants
    );
    let app = setup.and(&second).start().await;
    assert_eq!(app.text("/add?a=40&b=2").await, "42");
    assert_eq!(app.text("/second/add?a=40&b=2").await, "38");
}

#[tokio::test]
async fn an_import_that_nobody_provides_is_refused() {
    let mut setup = Setup::new();
    setup.rest.clear();
    let refusal = setup.refusal().await;
    assert!(
        refusal.contains("\"guest\"")
            && refusal.contains("test:math/adder@1.0.0")
            && refusal.contains("[component.guest.dependencies]"),
        "{refusal}"
    );
}

#[tokio::test]
async fn versions_match_exactly() {
    let refusal = with_provider(
        components::newer_adder(),
        "\"test:math/adder@1.0.1\" = { component = \"adder\" }",
    )
    .refusal()
    .await;
    assert!(refusal.contains("matches no import"), "{refusal}");
    let refusal = with_provider(components::newer_adder(), LINE)
        .refusal()
        .await;
    assert!(
        refusal.contains("exports only test:math/adder@1.0.1"),
        "{refusal}"
    );
}

#[tokio::test]
async fn types_must_agree() {
    let refusal = with_provider(components::wide_adder(), LINE)
        .refusal()
        .await;
    assert!(
        refusal.contains("other types") && refusal.contains("\"adder\""),
        "{refusal}"
    );
}

#[tokio::test]
async fn a_provider_uses_only_what_it_inherits() {
    let refusal = with_provider(components::greedy_adder(), LINE)
        .refusal()
        .await;
    for part in [
        "\"adder\"",
        "\"guest\"",
        "spin:variables/variables@3.0.0",
        "inherit_configuration",
        "\"variables\"",
    ] {
        assert!(refusal.contains(part), "no {part} in: {refusal}");
    }
    let inheriting = LINE.replace(" }", ", inherit_configuration = [\"variables\"] }");
    let app = with_provider(components::greedy_adder(), &inheriting)
        .start()
        .await;
    assert_eq!(app.text("/add?a=1&b=2").await, "3");
    assert_eq!(app.text("/variable?name=greeting").await, "hello world");
}
