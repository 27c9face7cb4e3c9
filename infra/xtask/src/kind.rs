//! `cargo xtask kind`: a cluster of one node in Docker with all of Spindle, by infra/k8s/environments/kind.

use std::{
    env,
    path::Path,
    process::{self, ExitCode},
};

use anyhow::{Context, bail};
use clap::Subcommand;

use crate::{cargo, deploy, progress, workspace::Workspace};

/// A cluster on this machine, in Docker; needs docker, kind and kubectl.
#[derive(Subcommand)]
pub(crate) enum Command {
    /// Make the cluster if there is none, build the images, load them, deploy, verify. Again: the app as it is now.
    Up {
        /// Only tell the commands
        #[arg(long)]
        plan: bool,
    },
    /// Take the cluster away, data and all.
    Down,
}

/// What is needed, and where it comes from.
const PROGRAMS: [(&str, &str); 3] = [
    ("docker", "https://docs.docker.com/engine/install"),
    ("kind", "https://kind.sigs.k8s.io/docs/user/quick-start"),
    ("kubectl", "https://kubernetes.io/docs/tasks/tools"),
];
/// The cluster, as `cluster.yaml` names it.
const CLUSTER: &str = "spindle";
const ENVIRONMENT: &str = "infra/k8s/environments/kind";
const NAMESPACE: &str = "spindle-dev";
/// The node's port that `cluster.yaml` opens on this machine.
const BASE_URL: &str = "http://localhost:30080";
/// Targets of the Dockerfile; each image is called `spindle/<target>:kind`.
const IMAGES: [&str; 3] = ["host", "migrate", "simulator"];

pub(crate) fn run(workspace: &Workspace, command: &Command) -> anyhow::Result<ExitCode> {
    let plan = matches!(command, Command::Up { plan: true });
    if !plan {
        require(&programs_on_path())?;
    }
    let Command::Up { .. } = command else {
        let mut deletion = process::Command::new("kind");
        return cargo::code_of(deletion.args(["delete", "cluster", "--name", CLUSTER]));
    };
    let known = !plan && clusters()?.iter().any(|name| name == CLUSTER);
    for words in steps(known) {
        progress::step(words.join(" "));
        if plan {
            continue;
        }
        let (program, arguments) = words.split_first().context("an empty step")?;
        let mut step = process::Command::new(program);
        step.current_dir(workspace.root()).args(arguments);
        cargo::run(&mut step)?;
    }
    let deployment = deploy::Arguments::of_phase1(ENVIRONMENT, NAMESPACE, BASE_URL, plan);
    deploy::run(workspace, &deployment)
}

/// What comes before a deployment as to any cluster.
fn steps(known: bool) -> Vec<Vec<String>> {
    let mut steps: Vec<String> = Vec::new();
    for target in IMAGES {
        steps.push(format!(
            "docker build --file infra/images/Dockerfile --target {target} --tag spindle/{target}:kind ."
        ));
    }
    steps.push(if known {
        // Sets kubectl to it, as making it does.
        format!("kind export kubeconfig --name {CLUSTER}")
    } else {
        format!("kind create cluster --config {ENVIRONMENT}/cluster.yaml --wait 5m")
    });
    let images = IMAGES.map(|target| format!("spindle/{target}:kind"));
    steps.push(format!(
        "kind load docker-image {} --name {CLUSTER}",
        images.join(" ")
    ));
    // A name that stays the same is no change, so that what runs by it would stay too.
    steps.push(format!(
        "kubectl --namespace {NAMESPACE} delete deployment spindle kraken-simulator --ignore-not-found"
    ));
    let words = |step: String| -> Vec<String> { step.split(' ').map(str::to_owned).collect() };
    steps.into_iter().map(words).collect()
}

/// Clusters of this machine's kind.
fn clusters() -> anyhow::Result<Vec<String>> {
    let told = process::Command::new("kind")
        .args(["get", "clusters"])
        .output()
        .context("starting kind")?;
    if !told.status.success() {
        bail!(
            "kind does not say which clusters there are: {}",
            String::from_utf8_lossy(&told.stderr).trim()
        );
    }
    let names = String::from_utf8_lossy(&told.stdout);
    Ok(names.lines().map(str::to_owned).collect())
}

/// Those of the programs that can be started here.
fn programs_on_path() -> Vec<&'static str> {
    let path = env::var_os("PATH").unwrap_or_default();
    let folders: Vec<_> = env::split_paths(&path).collect();
    PROGRAMS
        .iter()
        .map(|(name, _)| *name)
        .filter(|name| folders.iter().any(|folder| is_program(&folder.join(name))))
        .collect()
}

fn is_program(path: &Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata()
        .is_ok_and(|file| file.is_file() && file.permissions().mode() & 0o111 != 0)
}

/// Names all that is missing at once.
fn require(there: &[&str]) -> anyhow::Result<()> {
    let missing: Vec<_> = PROGRAMS
        .iter()
        .filter(|(name, _)| !there.contains(name))
        .map(|(name, from)| format!("{name} ({from})"))
        .collect();
    if !missing.is_empty() {
        bail!(
            "not installed: {}; without Docker, `cargo xtask up` runs all of Spindle on this machine",
            missing.join(", ")
        );
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn all_that_is_missing_is_named_at_once_and_nothing_else() {
        let error = require(&["docker"]).unwrap_err().to_string();
        assert!(
            error.contains("kind (") && error.contains("kubectl ("),
            "{error}"
        );
        assert!(!error.contains("docker ("), "{error}");
        require(&["docker", "kind", "kubectl"]).unwrap();
    }

    #[test]
    fn images_are_built_before_they_are_loaded_and_the_cluster_is_made_once() {
        let told = |known| -> Vec<_> { steps(known).iter().map(|words| words.join(" ")).collect() };
        for known in [false, true] {
            let steps = told(known);
            let at = |part: &str| steps.iter().position(|step| step.contains(part)).unwrap();
            let order = [
                at("docker build"),
                at(if known {
                    "export kubeconfig"
                } else {
                    "create cluster"
                }),
                at("kind load"),
                at("delete deployment"),
            ];
            assert!(order.is_sorted(), "{steps:#?}");
        }
        assert!(
            told(false)
                .iter()
                .any(|step| step.contains("create cluster"))
        );
        assert!(
            !told(true)
                .iter()
                .any(|step| step.contains("create cluster"))
        );
    }

    /// What is written here once more is what the files say.
    #[test]
    fn names_and_the_port_are_those_of_the_files() {
        let cluster = include_str!("../../k8s/environments/kind/cluster.yaml");
        assert!(cluster.contains(&format!("name: {CLUSTER}\n")));
        let (_, port) = BASE_URL.rsplit_once(':').unwrap();
        assert!(cluster.contains(&format!("hostPort: {port}\n")));
        let node_port = include_str!("../../k8s/overlays/phase1/node-port.yaml");
        assert!(node_port.contains(&format!("nodePort: {port}\n")));
        assert!(cluster.contains(&format!("containerPort: {port}\n")));
        let environment = include_str!("../../k8s/environments/kind/kustomization.yaml");
        assert!(environment.contains(&format!("namespace: {NAMESPACE}\n")));
        let dockerfile = include_str!("../../images/Dockerfile");
        for target in IMAGES {
            assert!(
                environment.contains(&format!("newName: spindle/{target}\n    newTag: kind\n"))
            );
            assert!(dockerfile.contains(&format!(" AS {target}\n")));
        }
    }
}
