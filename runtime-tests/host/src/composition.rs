//! Links a component with its dependencies into one, as Spin does when it loads an application: each dependent gets
//! instances of its own, nothing is shared between two dependents.

use std::collections::BTreeMap;

use anyhow::{Context, Result, bail};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, NodeId};

use crate::package::{Import, Surface};

/// A provider of imports, as the manifest's `dependencies` table names it.
#[derive(Debug)]
pub(crate) struct Provider<'a> {
    /// The key of the table: `ns:pkg/interface@1.0.0`, `ns:pkg@1.0.0`, `ns:pkg`, or the name of a function.
    pub(crate) name: &'a str,
    /// The id of the providing component.
    pub(crate) component: &'a str,
    /// Its file.
    pub(crate) wasm: &'a [u8],
    /// Its imports and exports.
    pub(crate) surface: &'a Surface,
}

/// Which imports of a component each provider satisfies: import → index of the provider.
pub(crate) type Plan = BTreeMap<String, usize>;

/// Decides who provides what; two providers for one import, and a provider for none, are errors.
pub(crate) fn plan(id: &str, imports: &[Import], providers: &[Provider<'_>]) -> Result<Plan> {
    let mut plan = Plan::new();
    for (index, provider) in providers.iter().enumerate() {
        let mut used = false;
        for import in imports
            .iter()
            .filter(|import| names(provider.name, &import.name))
        {
            if !provider.surface.exports.contains(&import.name) {
                if import.only_types {
                    continue;
                }
                bail!(
                    "component {id:?} imports {:?} and [component.{id}.dependencies] says that {:?} provides it, but that exports only {}",
                    import.name,
                    provider.component,
                    provider.surface.exports.join(", ")
                );
            }
            used = true;
            if let Some(other) = plan.insert(import.name.clone(), index) {
                let other = providers.get(other).map_or("", |provider| provider.name);
                bail!(
                    "[component.{id}.dependencies]: both {other:?} and {:?} provide the import {:?}",
                    provider.name,
                    import.name
                );
            }
        }
        if !used {
            let imports = imports
                .iter()
                .map(|import| import.name.as_str())
                .collect::<Vec<_>>()
                .join(", ");
            bail!(
                "[component.{id}.dependencies] {:?} matches no import of {id:?}, which imports {imports}",
                provider.name
            );
        }
    }
    Ok(plan)
}

/// Whether the key of a dependency means this import. A version in the key must be the import's own.
fn names(key: &str, import: &str) -> bool {
    let (key, key_version) = key
        .split_once('@')
        .map_or((key, None), |(name, version)| (name, Some(version)));
    let (import, version) = import
        .split_once('@')
        .map_or((import, None), |(name, version)| (name, Some(version)));
    if key_version.is_some() && key_version != version {
        return false;
    }
    import == key
        || (key.contains(':')
            && !key.contains('/')
            && import
                .split_once('/')
                .is_some_and(|(package, _)| package == key))
}

/// The linked component.
pub(crate) fn compose(
    id: &str,
    wasm: &[u8],
    exports: &[String],
    providers: &[Provider<'_>],
    plan: &Plan,
) -> Result<Vec<u8>> {
    let mut graph = CompositionGraph::new();
    let package =
        Package::from_bytes(&format!("app:{id}"), None, wasm.to_vec(), graph.types_mut())?;
    let package = graph.register_package(package)?;
    let main = graph.instantiate(package);
    let mut instances: BTreeMap<usize, NodeId> = BTreeMap::new();
    for (import, index) in plan {
        let provider = providers
            .get(*index)
            .context("a plan names only known providers")?;
        let instance = match instances.get(index) {
            Some(instance) => *instance,
            None => {
                let package = Package::from_bytes(
                    &format!("dep{index}:{}", provider.component),
                    None,
                    provider.wasm.to_vec(),
                    graph.types_mut(),
                )?;
                let package = graph.register_package(package)?;
                let instance = graph.instantiate(package);
                instances.insert(*index, instance);
                instance
            }
        };
        let export = graph.alias_instance_export(instance, import)?;
        graph
            .set_instantiation_argument(main, import, export)
            .with_context(|| format!("component {:?} provides {import:?} with other types than {id:?} expects; build both against the same WIT", provider.component))?;
    }
    for export in exports {
        let node = graph.alias_instance_export(main, export)?;
        graph.export(node, export)?;
    }
    graph
        .encode(EncodeOptions {
            define_components: true,
            validate: false,
            processor: None,
        })
        .with_context(|| format!("component {id:?} cannot be linked with its dependencies"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_dependency_key_names_an_interface_or_a_package_and_its_version_is_exact() {
        for (key, import, matches) in [
            ("a:b/c@1.0.0", "a:b/c@1.0.0", true),
            ("a:b/c@1.0.0", "a:b/c@1.0.1", false),
            ("a:b/c", "a:b/c@1.0.1", true),
            ("a:b@1.0.0", "a:b/c@1.0.0", true),
            ("a:b", "a:b/c@1.0.0", true),
            ("a:b", "a:bc/d@1.0.0", false),
            ("a:b/c", "a:b/cd@1.0.0", false),
            ("run", "run", true),
            ("run", "a:run/x", false),
        ] {
            assert_eq!(names(key, import), matches, "{key} for {import}");
        }
    }

    #[test]
    fn a_provider_must_be_used_and_must_export_what_it_is_named_for() {
        let imports = [Import {
            name: "a:b/c@1.0.0".to_owned(),
            only_types: false,
        }];
        let surface = |exports: &[&str]| Surface {
            imports: Vec::new(),
            exports: exports.iter().map(|&export| export.to_owned()).collect(),
        };
        let (good, bad) = (surface(&["a:b/c@1.0.0"]), surface(&["x:y/z"]));
        let provider = |name, surface| Provider {
            name,
            component: "b",
            wasm: &[],
            surface,
        };
        assert_eq!(
            plan("a", &imports, &[provider("a:b@1.0.0", &good)])
                .unwrap()
                .len(),
            1
        );
        assert!(
            plan("a", &imports, &[provider("a:b@1.0.0", &bad)])
                .unwrap_err()
                .to_string()
                .contains("exports only x:y/z")
        );
        assert!(
            plan("a", &imports, &[provider("a:d", &good)])
                .unwrap_err()
                .to_string()
                .contains("matches no import")
        );
        assert!(
            plan(
                "a",
                &imports,
                &[provider("a:b", &good), provider("a:b/c", &good)]
            )
            .unwrap_err()
            .to_string()
            .contains("both")
        );
    }
}
