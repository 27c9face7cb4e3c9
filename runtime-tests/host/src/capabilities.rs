//! What a component imports beside what its manifest grants. Everything that it can do is decided before the start: an import
//! without a grant stops it with the key to add, and there is no way to be granted anything later.

use anyhow::{Result, bail};

use crate::allowed_hosts::AllowedHosts;
use crate::manifest::{Component, Inherit};
use crate::package::Import;

/// The interfaces that are capabilities, and the key of `[component.<id>]` that grants each.
const CAPABILITIES: [(&str, &str, &str); 4] = [
    (
        "spin:postgres/postgres@4.2.0",
        "allowed_outbound_hosts",
        "allowed_outbound_hosts = [\"postgres://…\"]",
    ),
    (
        "wasi:http/client@0.3.0",
        "allowed_outbound_hosts",
        "allowed_outbound_hosts = [\"https://…\"]",
    ),
    (
        "spin:key-value/key-value@3.0.0",
        "key_value_stores",
        "key_value_stores = [\"default\"]",
    ),
    (
        "spin:variables/variables@3.0.0",
        "variables",
        "variables = { … }",
    ),
];

/// The packages that every component may import, with the beginnings of their versions. `wasi:sockets` is among them only
/// because Rust's standard library may name it; every call is denied.
const AMBIENT: [(&str, &[&str]); 6] = [
    ("wasi:cli/", &["0.2.", "0.3.0"]),
    ("wasi:io/", &["0.2."]),
    ("wasi:clocks/", &["0.2.", "0.3.0"]),
    ("wasi:random/", &["0.2.", "0.3.0"]),
    ("wasi:filesystem/", &["0.2.", "0.3.0"]),
    ("wasi:sockets/", &["0.2.", "0.3.0"]),
];

/// Checks the imports of a component that is served, without those that dependencies provide.
pub(crate) fn check_component<'a>(
    id: &str,
    imports: impl Iterator<Item = &'a Import>,
    component: &Component,
    hosts: &AllowedHosts,
) -> Result<()> {
    for import in imports {
        if let Some((key, example)) = capability(import, id)?
            && !granted(import, component, hosts)
        {
            bail!(
                "component {id:?} imports {:?} without a grant; add `{example}` to [component.{id}], key `{key}`",
                import.name
            );
        }
    }
    Ok(())
}

/// Checks the imports of a dependency: it may use only what it inherits, and only what its dependent has been granted.
pub(crate) fn check_dependency(
    id: &str,
    dependent: &str,
    imports: &[Import],
    inherit: &Inherit,
    component: &Component,
    hosts: &AllowedHosts,
) -> Result<()> {
    for import in imports {
        let Some((key, example)) = capability(import, id)? else {
            continue;
        };
        if !inherit.includes(key) {
            bail!(
                "component {id:?}, a dependency of {dependent:?}, imports {:?} and does not inherit it; add \"{key}\" to its `inherit_configuration` in [component.{dependent}.dependencies]",
                import.name
            );
        }
        if !granted(import, component, hosts) {
            bail!(
                "component {id:?}, a dependency of {dependent:?}, imports {:?}, which {dependent:?} was not granted; add `{example}` to [component.{dependent}], key `{key}`",
                import.name
            );
        }
    }
    Ok(())
}

/// The key and an example of the grant that an import needs; `None` for what everybody may import.
fn capability(import: &Import, id: &str) -> Result<Option<(&'static str, &'static str)>> {
    if import.only_types || is_ambient(&import.name) {
        return Ok(None);
    }
    match CAPABILITIES
        .iter()
        .find(|(name, _, _)| *name == import.name)
    {
        Some((_, key, example)) => Ok(Some((key, example))),
        None => {
            let known = CAPABILITIES.map(|(name, _, _)| name).join(", ");
            bail!(
                "component {id:?} imports {:?}, which nothing provides; name a component that exports it in [component.{id}.dependencies] (this host itself has {known}, wasi:http/types@0.3.0 and WASI 0.2 and 0.3)",
                import.name
            )
        }
    }
}

fn granted(import: &Import, component: &Component, hosts: &AllowedHosts) -> bool {
    match import.name.as_str() {
        "spin:postgres/postgres@4.2.0" => hosts.has_scheme(&["postgres", "postgresql"]),
        "wasi:http/client@0.3.0" => hosts.has_scheme(&["http", "https"]),
        "spin:key-value/key-value@3.0.0" => !component.key_value_stores.is_empty(),
        "spin:variables/variables@3.0.0" => component.variables.is_some(),
        _ => false,
    }
}

fn is_ambient(name: &str) -> bool {
    if name == "wasi:http/types@0.3.0" {
        return true;
    }
    let Some((interface, version)) = name.split_once('@') else {
        return false;
    };
    AMBIENT.iter().any(|(package, versions)| {
        interface.starts_with(package) && versions.iter().any(|known| version.starts_with(known))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn component(grants: &str) -> Component {
        toml::from_str(&format!("source = \"a.wasm\"\n{grants}")).unwrap()
    }

    fn import(name: &str) -> Import {
        Import {
            name: name.to_owned(),
            only_types: false,
        }
    }

    #[test]
    fn each_capability_needs_its_grant_and_the_refusal_names_component_import_and_key() {
        for (name, grant, key) in [
            (
                "spin:postgres/postgres@4.2.0",
                "allowed_outbound_hosts = [\"postgres://db\"]",
                "allowed_outbound_hosts",
            ),
            (
                "wasi:http/client@0.3.0",
                "allowed_outbound_hosts = [\"https://a.example\"]",
                "allowed_outbound_hosts",
            ),
            (
                "spin:key-value/key-value@3.0.0",
                "key_value_stores = [\"default\"]",
                "key_value_stores",
            ),
            (
                "spin:variables/variables@3.0.0",
                "variables = {}",
                "variables",
            ),
        ] {
            let check = |component: Component| {
                let hosts = AllowedHosts::parse(
                    component.allowed_outbound_hosts.iter().map(String::as_str),
                )
                .unwrap();
                check_component("blog", [import(name)].iter(), &component, &hosts)
            };
            assert!(check(component(grant)).is_ok(), "{name} with {grant}");
            let refusal = check(component("")).unwrap_err().to_string();
            for part in ["\"blog\"", name, key] {
                assert!(refusal.contains(part), "no {part} in: {refusal}");
            }
        }
    }

    #[test]
    fn a_grant_for_the_database_is_none_for_the_web() {
        let hosts = AllowedHosts::parse(["postgres://db"]).unwrap();
        assert!(
            check_component(
                "a",
                [import("wasi:http/client@0.3.0")].iter(),
                &component(""),
                &hosts
            )
            .is_err()
        );
    }

    #[test]
    fn ambient_interfaces_need_no_grant_and_unknown_ones_have_none() {
        let hosts = AllowedHosts::default();
        for name in [
            "wasi:cli/stdout@0.2.6",
            "wasi:clocks/system-clock@0.3.0",
            "wasi:sockets/tcp@0.2.3",
            "wasi:http/types@0.3.0",
        ] {
            assert!(
                check_component("a", [import(name)].iter(), &component(""), &hosts).is_ok(),
                "{name}"
            );
        }
        for name in [
            "wasi:http/types@0.2.0",
            "spin:postgres/postgres@3.0.0",
            "wasi:cli/stdout@0.4.0",
            "spin:sqlite/sqlite@3.1.0",
            "x:y/z@1.0.0",
        ] {
            let refusal = check_component("a", [import(name)].iter(), &component(""), &hosts)
                .unwrap_err()
                .to_string();
            assert!(refusal.contains(name), "{refusal}");
        }
    }

    #[test]
    fn a_dependency_uses_only_what_it_inherits_of_what_its_dependent_has() {
        let hosts = AllowedHosts::default();
        let imports = [import("spin:variables/variables@3.0.0")];
        let variables = Inherit::Grants(vec!["variables".to_owned()]);
        let check = |inherit: &Inherit, grants: &str| {
            check_dependency(
                "vault",
                "signer",
                &imports,
                inherit,
                &component(grants),
                &hosts,
            )
        };
        assert!(check(&variables, "variables = {}").is_ok());
        assert!(check(&Inherit::All, "variables = {}").is_ok());
        assert!(
            check(&Inherit::Nothing, "variables = {}")
                .unwrap_err()
                .to_string()
                .contains("inherit_configuration")
        );
        assert!(
            check(&variables, "")
                .unwrap_err()
                .to_string()
                .contains("[component.signer]")
        );
    }
}
