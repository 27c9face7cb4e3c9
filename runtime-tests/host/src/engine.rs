//! The wasmtime engine: pooled instances, epochs that let every guest be interrupted, and compiled components kept on disk.

use std::fs::File;
use std::hash::{Hash, Hasher};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU32, Ordering};
use std::time::Duration;

use anyhow::{Context, Result};
use sha2::{Digest, Sha256};
use wasmtime::component::Component;
use wasmtime::{Config, Engine, InstanceAllocationStrategy, PoolingAllocationConfig};

/// How often a running guest gives the thread back. Short enough that a health answer beside password hashes stays fast.
const EPOCH: Duration = Duration::from_millis(2);
/// How often the ticker looks whether there are guests again.
const IDLE: Duration = Duration::from_millis(20);

/// Makes the engine. `instances` is the most core instances that may live at the same time, dependencies counted.
pub(crate) fn engine(instances: u32) -> Result<Engine> {
    let mut pool = PoolingAllocationConfig::new();
    pool.total_component_instances(instances)
        // A component has a few core instances for its adapters besides the one with its code.
        .total_core_instances(instances.saturating_mul(8))
        .total_memories(instances)
        .total_tables(instances.saturating_mul(2))
        .total_stacks(instances.saturating_mul(4))
        .max_memories_per_component(64)
        .max_tables_per_component(128)
        .max_component_instance_size(4 << 20)
        .table_elements(50_000)
        // Keeping the first pages of a memory saves page faults for each instance and costs little idle memory.
        .linear_memory_keep_resident(256 << 10)
        .table_keep_resident(16 << 10)
        .max_unused_warm_slots(16);
    let mut config = Config::new();
    config
        .wasm_component_model_async(true)
        .epoch_interruption(true)
        .memory_init_cow(true)
        .allocation_strategy(InstanceAllocationStrategy::Pooling(pool));
    Ok(Engine::new(&config)?)
}

/// A thread that moves the engine's epoch until it is dropped.
#[derive(Debug)]
pub(crate) struct EpochTicker(Arc<AtomicBool>);

impl EpochTicker {
    /// Starts the thread. Without `guests` it rests, so that an idle host is idle.
    pub(crate) fn start(engine: &Engine, guests: GuestCount) -> Result<Self> {
        let stopped = Arc::new(AtomicBool::new(false));
        let (engine, stop) = (engine.weak(), stopped.clone());
        std::thread::Builder::new()
            .name("epoch".to_owned())
            .spawn(move || {
                while !stop.load(Ordering::Relaxed) {
                    std::thread::sleep(if guests.any() { EPOCH } else { IDLE });
                    match engine.upgrade() {
                        Some(engine) => engine.increment_epoch(),
                        None => return,
                    }
                }
            })
            .context("cannot start the epoch thread")?;
        Ok(Self(stopped))
    }
}

/// How many instances live.
#[derive(Debug, Clone, Default)]
pub(crate) struct GuestCount(Arc<AtomicU32>);

/// One living instance.
#[derive(Debug)]
pub(crate) struct Counted(GuestCount);

impl GuestCount {
    /// Counts one until the value is dropped.
    pub(crate) fn count(&self) -> Counted {
        self.0.fetch_add(1, Ordering::Relaxed);
        Counted(self.clone())
    }

    fn any(&self) -> bool {
        self.0.load(Ordering::Relaxed) > 0
    }
}

impl Drop for Counted {
    fn drop(&mut self) {
        self.0.0.fetch_sub(1, Ordering::Relaxed);
    }
}

impl Drop for EpochTicker {
    fn drop(&mut self) {
        self.0.store(true, Ordering::Relaxed);
    }
}

/// Compiled components in a folder, each named after what it was compiled from and for.
#[derive(Debug, Clone)]
pub(crate) struct CompilationCache {
    folder: Option<PathBuf>,
}

impl CompilationCache {
    /// A cache in `folder`; without one everything is compiled anew.
    pub(crate) fn new(folder: Option<PathBuf>) -> Result<Self> {
        if let Some(folder) = &folder {
            std::fs::create_dir_all(folder)
                .with_context(|| format!("cannot make the cache folder {}", folder.display()))?;
        }
        Ok(Self { folder })
    }

    /// The compiled form of `wasm`, from the folder or made now.
    pub(crate) fn compile(&self, engine: &Engine, id: &str, wasm: &[u8]) -> Result<Component> {
        let compiled = || {
            Component::new(engine, wasm)
                .map_err(anyhow::Error::from)
                .with_context(|| format!("component {id:?} cannot be compiled"))
        };
        let Some(folder) = &self.folder else {
            return compiled();
        };
        let path = folder.join(format!("{id}-{}.cwasm", key(engine, wasm)));
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        // Hosts that start at the same time compile it once. Where the file system has no locks, each does.
        let waiting = path.with_extension("lock");
        let lock = File::create(&waiting).and_then(|lock| lock.lock().map(|()| lock));
        if let Some(component) = load(engine, &path) {
            return Ok(component);
        }
        let component = compiled()?;
        store(&path, &component.serialize()?)
            .with_context(|| format!("cannot keep the compiled component in {}", path.display()))?;
        if lock.is_ok() {
            // Who waits on it has it open.
            let _ = std::fs::remove_file(waiting);
        }
        Ok(component)
    }
}

/// What the machine code depends on: the bytes, and all settings and the version of the compiler.
fn key(engine: &Engine, wasm: &[u8]) -> String {
    struct Digester(Sha256);
    impl Hasher for Digester {
        fn finish(&self) -> u64 {
            0
        }
        fn write(&mut self, bytes: &[u8]) {
            self.0.update(bytes);
        }
    }
    let mut digester = Digester(Sha256::new());
    engine.precompile_compatibility_hash().hash(&mut digester);
    digester.write(wasm);
    digester
        .0
        .finalize()
        .iter()
        .take(16)
        .map(|byte| format!("{byte:02x}"))
        .collect()
}

#[expect(
    unsafe_code,
    reason = "machine code that this host wrote itself, in a folder that only its user can write; mapped instead of compiled"
)]
fn load(engine: &Engine, path: &Path) -> Option<Component> {
    if !path.exists() {
        return None;
    }
    // SAFETY: the files are written by `store` below, whole or not at all, under a name that holds the hash of their source
    // and of the engine's settings; wasmtime checks its version and settings again.
    unsafe { Component::deserialize_file(engine, path) }.ok()
}

/// Writes whole or not at all: a reader of this path, in this process or another, never sees half a file.
fn store(path: &Path, bytes: &[u8]) -> Result<()> {
    static WRITTEN: AtomicU32 = AtomicU32::new(0);
    let number = WRITTEN.fetch_add(1, Ordering::Relaxed);
    let temporary = path.with_extension(format!("{}-{number}.tmp", std::process::id()));
    std::fs::write(&temporary, bytes)?;
    std::fs::rename(&temporary, path)?;
    Ok(())
}
