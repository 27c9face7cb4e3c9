//! The SQL that makes a database Spindle's.

include!(concat!(env!("OUT_DIR"), "/embedded.rs"));

/// All that a run applies.
#[derive(Clone, Debug, Default)]
pub struct Schema {
    /// `V<n>__<name>.sql`: tables and what else is changed once, in any order.
    pub migrations: Vec<SqlFile>,
    /// `create or replace` statements, in the order of application.
    pub functions: Vec<SqlFile>,
    /// What the application's role may do.
    pub grants: Vec<SqlFile>,
}

/// One `.sql` file.
#[derive(Clone, Debug)]
pub struct SqlFile {
    /// The path inside the repository, for messages; the last part names a migration.
    pub path: String,
    /// Its statements.
    pub sql: String,
}

impl Schema {
    /// The one of this version of Spindle.
    pub fn embedded() -> Self {
        let files = |embedded: &[(&str, &str)]| {
            embedded
                .iter()
                .map(|(path, sql)| SqlFile::new(*path, *sql))
                .collect()
        };
        Self {
            migrations: files(MIGRATIONS),
            functions: files(FUNCTIONS),
            grants: files(GRANTS),
        }
    }
}

impl SqlFile {
    /// A file that lies at `path` and says `sql`.
    pub fn new(path: impl Into<String>, sql: impl Into<String>) -> Self {
        Self {
            path: path.into(),
            sql: sql.into(),
        }
    }

    /// What refinery takes as a migration's name: the file's without the extension.
    pub(crate) fn stem(&self) -> &str {
        let name = self.path.rsplit('/').next().unwrap_or(&self.path);
        name.strip_suffix(".sql").unwrap_or(name)
    }
}
