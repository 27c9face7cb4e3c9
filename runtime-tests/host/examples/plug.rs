//! Gives a component's imports what another one exports, as `wac plug` does: `plug SOCKET PLUG OUTPUT`.

use std::{env, fs};

use anyhow::{Context, bail};
use wac_graph::types::Package;
use wac_graph::{CompositionGraph, EncodeOptions, PackageId};

fn main() -> anyhow::Result<()> {
    let words: Vec<String> = env::args().skip(1).collect();
    let [socket, plug, output] = words.as_slice() else {
        bail!("three files: the component that imports, the one that exports, and the result");
    };
    let mut graph = CompositionGraph::new();
    let socket = register(&mut graph, "own:socket", socket)?;
    let plug = register(&mut graph, "own:plug", plug)?;
    wac_graph::plug(&mut graph, vec![plug], socket)?;
    let linked = graph.encode(EncodeOptions::default())?;
    fs::write(output, linked).with_context(|| output.clone())
}

fn register(graph: &mut CompositionGraph, name: &str, file: &str) -> anyhow::Result<PackageId> {
    let bytes = fs::read(file).with_context(|| file.to_owned())?;
    let package = Package::from_bytes(name, None, bytes, graph.types_mut())?;
    Ok(graph.register_package(package)?)
}
