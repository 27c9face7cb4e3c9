//! Data that one server made, for all tests that are not about the making: initdb takes a second of CPU time, a copy a tenth of it.

use std::{
    fs::{self, File},
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use spindle_postgres::{Options, Server};

struct Cluster {
    data: PathBuf,
    /// Which of the folders that a server may lie in the account of this machine takes.
    place: usize,
    /// Locked for as long as this process lives: another one makes its own after it.
    _lock: File,
}

impl Cluster {
    /// Under a fixed name, made anew each time, so that runs leave no more than one.
    fn make() -> Self {
        let home = Path::new(env!("CARGO_TARGET_TMPDIR")).join("cluster");
        fs::create_dir_all(&home).unwrap();
        // Closed, so that the places of the accounts differ and the server's tells which it is.
        fs::set_permissions(&home, fs::Permissions::from_mode(0o700)).unwrap();
        let lock = File::create(home.join("made.lock")).unwrap();
        lock.lock().unwrap();
        let folder = home.join("made");
        let places = Server::directories(&folder).unwrap();
        for place in &places {
            if place.exists() {
                fs::remove_dir_all(place).unwrap();
            }
        }
        let server = Server::start(&Options::ephemeral(&folder)).unwrap();
        let place = places
            .iter()
            .position(|place| place == server.directory())
            .unwrap();
        let data = server.directory().join("data");
        server.stop().unwrap();
        Self {
            data,
            place,
            _lock: lock,
        }
    }
}

/// Gives a server that will be started in `directory` its data; answers the folder that it will lie in.
pub(crate) fn fill(directory: &Path) -> PathBuf {
    static MADE: OnceLock<Cluster> = OnceLock::new();
    let made = MADE.get_or_init(Cluster::make);
    let folder = Server::directories(directory)
        .unwrap()
        .into_iter()
        .nth(made.place)
        .unwrap();
    fs::create_dir_all(&folder).unwrap();
    // With its owner and modes, which Postgres looks at.
    let copied = Command::new("cp")
        .arg("-a")
        .arg(&made.data)
        .arg(&folder)
        .status()
        .unwrap();
    assert!(copied.success());
    folder
}
