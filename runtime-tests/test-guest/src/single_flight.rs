//! A value that the first request makes while the others of its instance wait.
//!
//! The wait is one of the component model: each waiting request reads a stream of its own whose other end the lock holds and
//! drops when the value is there. A waker of one request must never be used by another: without wit-bindgen's feature
//! `inter-task-wakeup` that panics, and with it wasmtime 48 traps.

use std::future::Future;
use std::sync::{Mutex, OnceLock, PoisonError};

use spin_sdk::wasip3::wit_stream;
use spin_sdk::wit_bindgen::StreamWriter;

/// The value, or those who wait for it.
pub(crate) struct SingleFlight<T> {
    value: OnceLock<T>,
    making: Mutex<Making>,
}

struct Making {
    begun: bool,
    waiting: Vec<StreamWriter<u8>>,
}

/// Ends the attempt however it ends, so that another request may try.
struct Attempt<'a>(&'a Mutex<Making>);

impl Drop for Attempt<'_> {
    fn drop(&mut self) {
        let mut making = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        making.begun = false;
        // Dropping the writing ends wakes the readers.
        making.waiting.clear();
    }
}

impl<T> SingleFlight<T> {
    pub(crate) const fn new() -> Self {
        Self {
            value: OnceLock::new(),
            making: Mutex::new(Making {
                begun: false,
                waiting: Vec::new(),
            }),
        }
    }

    pub(crate) async fn get<E>(&self, make: impl Future<Output = Result<T, E>>) -> Result<&T, E> {
        loop {
            if let Some(value) = self.value.get() {
                return Ok(value);
            }
            let mut reader = {
                let mut making = self.making.lock().unwrap_or_else(PoisonError::into_inner);
                if !making.begun {
                    making.begun = true;
                    break;
                }
                let (writer, reader) = wit_stream::new();
                making.waiting.push(writer);
                reader
            };
            reader.next().await;
        }
        let _attempt = Attempt(&self.making);
        let value = make.await?;
        Ok(self.value.get_or_init(|| value))
    }
}
