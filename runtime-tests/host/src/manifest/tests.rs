//! What the manifest accepts and refuses.

use super::*;

const HEAD: &str = "spin_manifest_version = 2\n[application]\nname = \"test\"\n";
const COMPONENT: &str =
    "[[trigger.http]]\nroute = \"/...\"\ncomponent = \"a\"\n[component.a]\nsource = \"a.wasm\"\n";

fn refusal(text: &str) -> String {
    match Manifest::parse(text) {
        Ok(_) => panic!("the manifest was accepted:\n{text}"),
        Err(error) => format!("{error:#}"),
    }
}

#[test]
fn an_unknown_field_is_refused_with_its_line() {
    let cases = [
        (
            format!("{HEAD}{COMPONENT}files = [\"static\"]\n"),
            "line 9",
            "files",
        ),
        (
            format!("{HEAD}[application.trigger.http]\nbase = \"/\"\n{COMPONENT}"),
            "line 4",
            "trigger",
        ),
        (
            format!("{HEAD}[application.tool.spindle]\ntock = 1\n{COMPONENT}"),
            "line 5",
            "tock",
        ),
        (
            format!("{HEAD}[variables]\nx = {{ default = \"1\", sceret = true }}\n{COMPONENT}"),
            "line 5",
            "sceret",
        ),
        (
            format!("{HEAD}[[trigger.redis]]\nchannel = \"x\"\n{COMPONENT}"),
            "line 4",
            "redis",
        ),
        (
            format!(
                "{HEAD}[[trigger.http]]\nroute = {{ private = true, hidden = 1 }}\ncomponent = \"a\"\n"
            ),
            "line 5",
            "hidden",
        ),
        (
            format!(
                "{HEAD}{COMPONENT}[component.a.dependencies]\n\"x:y/z@1.0.0\" = {{ component = \"b\", export = \"q\" }}\n"
            ),
            "line 10",
            "export",
        ),
        (
            format!(
                "{HEAD}{COMPONENT}[component.a.dependencies]\n\"x:y/z@1.0.0\" = {{ component = \"b\", inherit_configuration = [\"variable\"] }}\n"
            ),
            "line 10",
            "variable",
        ),
    ];
    for (text, line, field) in cases {
        let refusal = refusal(&text);
        assert!(refusal.contains(line), "no {line:?} in: {refusal}");
        assert!(refusal.contains(field), "no {field:?} in: {refusal}");
    }
}

#[test]
fn another_manifest_version_is_refused_with_its_line() {
    assert!(refusal(&format!("\n{}", HEAD.replace("= 2", "= 1"))).contains("line 2"));
}

#[test]
fn a_variable_has_a_default_or_is_required() {
    for declaration in [
        "{}",
        "{ required = true, default = \"x\" }",
        "{ secret = true }",
    ] {
        assert!(
            refusal(&format!(
                "{HEAD}[variables]\nx = {declaration}\n{COMPONENT}"
            ))
            .contains("\"x\"")
        );
    }
    for name in ["x__y", "x_", "X", "1x", "x-y"] {
        assert!(
            refusal(&format!(
                "{HEAD}[variables]\n{name} = {{ default = \"\" }}\n{COMPONENT}"
            ))
            .contains("lower-case")
        );
    }
}

#[test]
fn a_trigger_has_a_component_or_a_static_response() {
    assert!(
        refusal(&format!(
            "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/x\"\n"
        ))
        .contains("exactly one")
    );
    assert!(
        refusal(&format!(
            "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/x\"\ncomponent = \"b\"\n"
        ))
        .contains("[component.b]")
    );
    let text = format!(
        "{HEAD}{COMPONENT}[[trigger.http]]\nroute = \"/x\"\nstatic_response = {{ status_code = 404, body = \"no\" }}\n"
    );
    assert!(Manifest::parse(&text).is_ok());
}

#[test]
fn a_dependency_has_no_grants_of_its_own() {
    let text = format!(
        "{HEAD}{COMPONENT}[component.a.dependencies]\n\"x:y@1.0.0\" = {{ component = \"b\" }}\n[component.b]\nsource = \"b.wasm\"\n"
    );
    assert!(Manifest::parse(&text).is_ok());
    for grant in [
        "key_value_stores = [\"default\"]",
        "allowed_outbound_hosts = [\"https://a.b\"]",
        "[component.b.variables]\nx = \"1\"",
    ] {
        assert!(refusal(&format!("{text}{grant}\n")).contains("inherit_configuration"));
    }
}

#[test]
fn a_component_that_nothing_reaches_is_refused() {
    assert!(
        refusal(&format!(
            "{HEAD}{COMPONENT}[component.b]\nsource = \"b.wasm\"\n"
        ))
        .contains("[component.b]")
    );
}

/// A seed that is refused leads the fuzzer nowhere.
#[test]
fn the_seed_of_infra_fuzz_is_a_manifest() {
    let seed = include_str!("../../../../infra/fuzz/seeds/manifest/composition.toml");
    let manifest = Manifest::parse(seed).unwrap();
    assert_eq!(
        Vec::from_iter(manifest.served_components()),
        ["api", "inner"]
    );
}

/// What infra/interop's subject `manifest` breaks for Spin's own schema, which cannot be had everywhere.
#[test]
fn our_manifests_are_taken_and_broken_ones_are_not() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("../..");
    for name in ["spin.toml", "infra/akamai/spin.toml"] {
        let text = std::fs::read_to_string(root.join(name)).unwrap();
        assert!(Manifest::parse(&text).is_ok(), "{name}");
        for (old, new) in [
            ("allowed_outbound_hosts =", "allowed_outbound_host ="),
            ("spin_manifest_version = 2", "spin_manifest_version = \"2\""),
            ("route = \"/...\"", "route = 7"),
            ("source =", "sauce ="),
        ] {
            assert!(text.contains(old), "{name} has no {old}");
            let broken = text.replacen(old, new, 1);
            assert!(Manifest::parse(&broken).is_err(), "{name} with {new}");
        }
    }
}
