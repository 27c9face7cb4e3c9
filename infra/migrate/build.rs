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
    for home in crates(&root.join("crates"))? {
        let folder = home.join("sql/functions");
        // A folder that is not there yet can't be watched, what will hold it can. A crate without any SQL is watched by
        // its manifest, lest every edit of its code build this one anew.
        let is_service = home
            .file_name()
            .is_some_and(|name| SERVICES.iter().any(|service| name == *service));
        let watched = [folder.clone(), home.join("sql")]
            .into_iter()
            .find(|folder| folder.is_dir());
        let watched = watched.unwrap_or_else(|| {
            if is_service {
                home.clone()
            } else {
                home.join("Cargo.toml")
            }
        });
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

/// The folders of all crates: the services in their order, then the others by name.
fn crates(parent: &Path) -> io::Result<Vec<PathBuf>> {
    let mut folders: Vec<PathBuf> = fs::read_dir(parent)?
        .map(|entry| entry.map(|entry| entry.path()))
        .collect::<Result<_, _>>()?;
    let place = |folder: &PathBuf| {
        let service = SERVICES
            .iter()
            .position(|service| folder.ends_with(service));
        service.unwrap_or(SERVICES.len())
    };
    folders.sort_by_key(|folder| (place(folder), folder.clone()));
    Ok(folders)
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
