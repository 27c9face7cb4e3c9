//! `cargo xtask deploy`: a phase of infra/k8s, from checks to a client's requests, in the order of infra/k8s/README.md.

use std::{
    fmt,
    path::{Path, PathBuf},
    process::{Command, ExitCode, Stdio},
};

use anyhow::{Context, bail};
use clap::{Args, ValueEnum};

use crate::{build, cargo, progress, verify::verify, workspace::Workspace};

/// Bring a phase of infra/k8s to the cluster that kubectl is set to: check, push, data, secrets, migrate, app, verify.
#[derive(Args)]
pub(crate) struct Arguments {
    phase: Phase,
    /// The folder to apply instead of the phase's overlay, as infra/k8s/environments/production
    #[arg(long, value_name = "FOLDER")]
    environment: Option<PathBuf>,
    /// The namespace that the folder names
    #[arg(long, default_value = "spindle")]
    namespace: String,
    /// Where the app is pushed before, as registry.example/spindle/app:0.1.0, and the migration beside it, as …/migrate:0.1.0; must be
    /// what the folder names. Left out: they are there
    #[arg(long, value_name = "IMAGE")]
    push: Option<String>,
    /// Postgres of a provider, which options/managed takes in place of ours: SPINDLE_DATABASE_PASSWORD and SPINDLE_REDIS_URL say the rest
    #[arg(long, value_name = "HOST:PORT")]
    managed: Option<String>,
    /// The address that the app is then verified at. Left out: no service is asked
    #[arg(long, value_name = "URL")]
    base_url: Option<String>,
    /// Only tell the commands
    #[arg(long)]
    plan: bool,
}

impl Arguments {
    /// Phase 1 as this folder has it, with images that are there.
    pub(crate) fn of_phase1(
        environment: &str,
        namespace: &str,
        base_url: &str,
        plan: bool,
    ) -> Self {
        Self {
            phase: Phase::Phase1,
            environment: Some(PathBuf::from(environment)),
            namespace: namespace.to_owned(),
            push: None,
            managed: None,
            base_url: Some(base_url.to_owned()),
            plan,
        }
    }
}

/// The overlays of infra/k8s.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Phase {
    /// One of each, reached by a node's port
    Phase1,
    /// Names, ingress, certificates
    Phase2,
    /// Production: replicas, policies, Postgres with an archive
    Phase3,
}

impl Phase {
    fn overlay(self) -> &'static str {
        match self {
            Self::Phase1 => "infra/k8s/overlays/phase1",
            Self::Phase2 => "infra/k8s/overlays/phase2",
            Self::Phase3 => "infra/k8s/overlays/phase3",
        }
    }

    /// What has to be there before the migration: the cluster of CloudNativePG, else our one server.
    fn database(self) -> [&'static str; 4] {
        match self {
            Self::Phase1 | Self::Phase2 => {
                ["rollout", "status", "statefulset/postgres", "--timeout=10m"]
            }
            Self::Phase3 => [
                "wait",
                "--for=condition=Ready",
                "cluster/postgres",
                "--timeout=10m",
            ],
        }
    }
}

/// One thing to do.
#[derive(Clone, Debug, PartialEq, Eq)]
enum Step {
    /// A command that has to succeed.
    Run(&'static str, Vec<String>),
    /// Secrets are made once, and never replaced: a new master key would make what is sealed unreadable.
    MakeSecrets(Vec<String>),
}

impl fmt::Display for Step {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Run(program, words) => write!(formatter, "{program} {}", words.join(" ")),
            Self::MakeSecrets(words) => write!(
                formatter,
                "infra/k8s/secrets {} | kubectl create -f -   # if there are none",
                words.join(" ")
            ),
        }
    }
}

pub(crate) fn run(workspace: &Workspace, arguments: &Arguments) -> anyhow::Result<ExitCode> {
    let steps = plan(arguments);
    if arguments.plan {
        for step in &steps {
            println!("{step}");
        }
        return Ok(ExitCode::SUCCESS);
    }
    if arguments.push.is_some() {
        build::components(workspace)?;
    }
    for step in &steps {
        progress::step(step);
        match step {
            Step::Run(program, words) => {
                // A path is one of this repository's.
                let mut command = if program.contains('/') {
                    Command::new(workspace.path(program))
                } else {
                    Command::new(program)
                };
                command.current_dir(workspace.root()).args(words);
                cargo::run(&mut command)?;
            }
            Step::MakeSecrets(words) => make_secrets(workspace, &arguments.namespace, words)?,
        }
    }
    match &arguments.base_url {
        Some(url) => verify(workspace, url, None),
        None => Ok(ExitCode::SUCCESS),
    }
}

/// All steps, in their order.
fn plan(arguments: &Arguments) -> Vec<Step> {
    let folder = arguments.environment.as_deref();
    let folder = folder.unwrap_or_else(|| Path::new(arguments.phase.overlay()));
    let namespace = arguments.namespace.as_str();
    let kubectl = |words: &[&str]| {
        let words = ["--namespace", namespace]
            .into_iter()
            .chain(words.iter().copied());
        Step::Run("kubectl", words.map(str::to_owned).collect())
    };
    let apply = |step: &str| {
        let words = [
            "apply".to_owned(),
            "--kustomize".to_owned(),
            folder.display().to_string(),
            "--selector".to_owned(),
            format!("spindle.dev/step={step}"),
        ];
        Step::Run("kubectl", words.into())
    };
    let mut steps = vec![Step::Run(
        "infra/interop/run",
        vec!["kubernetes".to_owned()],
    )];
    if let Some(image) = &arguments.push {
        let words = ["registry".to_owned(), "push".to_owned(), image.clone()];
        steps.push(Step::Run("spin", words.into()));
        let migration = migration_beside(image);
        let docker = |words: String| {
            let words = words.split(' ').map(str::to_owned).collect();
            Step::Run("docker", words)
        };
        steps.extend([
            docker(format!(
                "build --file infra/images/Dockerfile --target migrate --tag {migration} ."
            )),
            docker(format!("push {migration}")),
        ]);
    }
    let mut secrets = vec!["--namespace".to_owned(), namespace.to_owned()];
    if let Some(server) = &arguments.managed {
        secrets.extend(["--managed", "--database", server.as_str()].map(str::to_owned));
    }
    steps.extend([apply("data"), Step::MakeSecrets(secrets)]);
    if arguments.managed.is_none() {
        steps.push(kubectl(&arguments.phase.database()));
    }
    steps.extend([
        // A Job never changes: the one of the version before makes way.
        kubectl(&["delete", "job", "migrate", "--ignore-not-found"]),
        apply("migrate"),
        kubectl(&[
            "wait",
            "--for=condition=complete",
            "job/migrate",
            "--timeout=30m",
        ]),
        apply("app"),
        // SpinKube makes it of the SpinApp, a moment later.
        kubectl(&["wait", "--for=create", "deployment/spindle", "--timeout=2m"]),
        kubectl(&["rollout", "status", "deployment/spindle", "--timeout=10m"]),
    ]);
    steps
}

/// The migration's image: that of the same version, in the same place.
fn migration_beside(app: &str) -> String {
    let (folder, name) = app.split_at(app.rfind('/').map_or(0, |at| at + 1));
    match name.split_once(':') {
        Some((_, version)) => format!("{folder}migrate:{version}"),
        None => format!("{folder}migrate"),
    }
}

/// Makes the Secrets of an installation that has none; the words are the maker's.
fn make_secrets(workspace: &Workspace, namespace: &str, words: &[String]) -> anyhow::Result<()> {
    let known = Command::new("kubectl")
        .args([
            "--namespace",
            namespace,
            "get",
            "secret",
            "spindle-secrets",
            "--output",
            "name",
            "--ignore-not-found",
        ])
        .output()
        .context("starting kubectl")?;
    // Not being told is not the same as there being none.
    if !known.status.success() {
        bail!(
            "kubectl does not say whether there are Secrets: {}",
            String::from_utf8_lossy(&known.stderr).trim()
        );
    }
    if !known.stdout.trim_ascii().is_empty() {
        progress::detail("they are there, and stay");
        return Ok(());
    }
    let mut maker = Command::new(workspace.path("infra/k8s/secrets"))
        .args(words)
        .stdout(Stdio::piped())
        .spawn()
        .context("starting infra/k8s/secrets")?;
    let manifests = maker.stdout.take().context("no stdout")?;
    let mut creation = Command::new("kubectl");
    creation
        .args(["--namespace", namespace, "create", "--filename", "-"])
        .stdin(manifests);
    let created = cargo::run(&mut creation);
    let made = maker.wait()?;
    created?;
    if !made.success() {
        bail!("infra/k8s/secrets failed ({made})");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(phase: Phase, push: Option<&str>) -> Vec<String> {
        let arguments = Arguments {
            phase,
            environment: None,
            namespace: "spindle".to_owned(),
            push: push.map(str::to_owned),
            managed: None,
            base_url: None,
            plan: true,
        };
        plan(&arguments).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nobody_waits_for_a_database_that_a_provider_runs() {
        let arguments = Arguments {
            phase: Phase::Phase3,
            environment: None,
            namespace: "spindle".to_owned(),
            push: None,
            managed: Some("db.example:5432".to_owned()),
            base_url: None,
            plan: true,
        };
        let steps: Vec<_> = plan(&arguments).iter().map(ToString::to_string).collect();
        assert!(
            steps.iter().all(|step| !step.contains("cluster/postgres")),
            "{steps:#?}"
        );
        let secrets = "infra/k8s/secrets --namespace spindle --managed --database db.example:5432";
        assert!(
            steps.iter().any(|step| step.starts_with(secrets)),
            "{steps:#?}"
        );
    }

    #[test]
    fn the_app_comes_after_the_migration_and_the_migration_after_the_database() {
        for phase in [Phase::Phase1, Phase::Phase2, Phase::Phase3] {
            let steps = told(phase, None);
            let at = |part: &str| {
                let found: Vec<_> = (0..steps.len())
                    .filter(|index| steps[*index].contains(part))
                    .collect();
                assert_eq!(found.len(), 1, "{part} in {steps:#?}");
                found[0]
            };
            let order = [
                at("infra/interop/run kubernetes"),
                at("step=data"),
                at("infra/k8s/secrets"),
                at("/postgres"),
                at("delete job migrate"),
                at("step=migrate"),
                at("job/migrate"),
                at("step=app"),
                at("--for=create deployment/spindle"),
                at("rollout status deployment/spindle"),
            ];
            assert!(order.is_sorted(), "{steps:#?}");
        }
    }

    #[test]
    fn the_migration_is_where_the_app_is() {
        for (app, migration) in [
            ("localhost:5000/app:1", "localhost:5000/migrate:1"),
            (
                "localhost:5000/spindle/app",
                "localhost:5000/spindle/migrate",
            ),
            ("app:1", "migrate:1"),
        ] {
            assert_eq!(migration_beside(app), migration);
        }
    }

    #[test]
    fn nothing_is_pushed_before_the_checks_or_unless_asked_for() {
        let image = "registry.example/spindle/app:1.2.3";
        let steps = told(Phase::Phase3, Some(image));
        let migration = "registry.example/spindle/migrate:1.2.3";
        assert_eq!(
            steps[1..4],
            [
                format!("spin registry push {image}"),
                format!(
                    "docker build --file infra/images/Dockerfile --target migrate --tag {migration} ."
                ),
                format!("docker push {migration}"),
            ]
        );
        assert!(
            told(Phase::Phase3, None)
                .iter()
                .all(|step| !step.contains("push"))
        );
    }

    /// What infra/k8s/README.md tells an operator to type is what this does.
    #[test]
    fn the_page_tells_the_same_steps_in_the_same_order() {
        let page = include_str!("../../k8s/README.md");
        let mut rest = page;
        for part in [
            "spin registry push",
            "docker build --file infra/images/Dockerfile --target migrate",
            "docker push",
            "step=data",
            "secrets --namespace spindle | kubectl create -f -",
            "wait --for=condition=Ready cluster/postgres",
            "delete job migrate --ignore-not-found",
            "step=migrate",
            "wait --for=condition=complete job/migrate",
            "step=app",
            "wait --for=create deployment/spindle",
            "rollout status deployment/spindle",
        ] {
            let at = rest
                .find(part)
                .unwrap_or_else(|| panic!("{part} is missing or too early"));
            rest = &rest[at + part.len()..];
        }
    }
}
