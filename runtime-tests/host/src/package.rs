//! The outside of a component file: what it imports and exports, read without compiling it.

use anyhow::{Context, Result};
use wac_graph::types::{ItemKind, Package, Types};

/// One import of a component.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Import {
    /// Such as `spin:variables/variables@3.0.0`.
    pub(crate) name: String,
    /// Whether it is an interface of plain types, which nobody has to provide.
    pub(crate) only_types: bool,
}

/// What a component file needs and offers.
#[derive(Debug, Clone)]
pub(crate) struct Surface {
    /// In the order of the file.
    pub(crate) imports: Vec<Import>,
    /// In the order of the file.
    pub(crate) exports: Vec<String>,
}

impl Surface {
    /// Reads the types of a component.
    pub(crate) fn read(id: &str, wasm: &[u8]) -> Result<Self> {
        let mut types = Types::default();
        let package = Package::from_bytes(id, None, wasm.to_vec(), &mut types)
            .with_context(|| format!("component {id:?} is not a WebAssembly component"))?;
        let world = &types[package.ty()];
        let imports = world.imports.iter().map(|(name, kind)| Import {
            name: name.clone(),
            only_types: has_only_types(*kind, &types),
        });
        Ok(Self {
            imports: imports.collect(),
            exports: world.exports.keys().cloned().collect(),
        })
    }
}

fn has_only_types(kind: ItemKind, types: &Types) -> bool {
    match kind {
        ItemKind::Type(_) => true,
        ItemKind::Instance(interface) => {
            let exports = &types[interface].exports;
            exports.values().all(|export| matches!(export, ItemKind::Type(kind) if !matches!(kind, wac_graph::types::Type::Resource(_))))
        }
        ItemKind::Func(_) | ItemKind::Component(_) | ItemKind::Module(_) | ItemKind::Value(_) => {
            false
        }
    }
}
