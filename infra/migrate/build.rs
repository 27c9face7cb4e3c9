//! Embeds migrations, functions and grants, so that the binary alone can migrate.

use std::{
    env,
    fmt::Write,
    fs, io,
    path::{Path, PathBuf},
};

/// The services in the order in which their functions may build upon each other.
const SERVICES: [&str; 5] = ["platform", "identity", "profile", "blog", "trading"];

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let here = PathBuf::from(env::var("CARGO_MANIFEST_DIR")?);
    let root = here.join("../..").canonicalize()?;
    let migrations = root.join("infra/migrations");
    let mut functions = Vec::new();
    for service in SERVICES {
        let home = root.join("crates").join(service);
        let folder = home.join("sql/functions");
        // A folder that is not there yet can't be watched, what will hold it can.
        let watched = if folder.is_dir() { &folder } else { &home };
        println!("cargo::rerun-if-changed={}", watched.display());
        functions.extend(sql_files(&folder)?);
    }
    println!("cargo::rerun-if-changed={}", migrations.display());
    let (grants, versions): (Vec<_>, Vec<_>) = sql_files(&migrations)?
        .into_iter()
        .partition(|file| file.ends_with("grants.sql"));

    let mut text = String::new();
    for (name, files) in [
        ("MIGRATIONS", &versions),
        ("FUNCTIONS", &functions),
        ("GRANTS", &grants),
    ] {
        writeln!(text, "const {name}: &[(&str, &str)] = &[")?;
        for file in files {
            let shown = file.strip_prefix(&root)?;
            writeln!(
                text,
                "    ({:?}, include_str!({:?})),",
                shown.display(),
                file.display()
            )?;
        }
        writeln!(text, "];")?;
    }
    fs::write(Path::new(&env::var("OUT_DIR")?).join("embedded.rs"), text)?;
    Ok(())
}

/// The `.sql` files of a folder by name; none if there is no folder.
fn sql_files(folder: &Path) -> io::Result<Vec<PathBuf>> {
    if !folder.is_dir() {
        return Ok(Vec::new());
    }
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "sql") {
            files.push(path);
        }
    }
    files.sort();
    Ok(files)
}
