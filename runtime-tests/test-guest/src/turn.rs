//! Whose turn it is among the requests of one instance: an asynchronous lock that works on every version of the runtime.
//!
//! The wait is one of the component model: each waiting request reads a stream of its own, whose other end the lock holds and
//! drops when the turn is free. A waker of one request must never be used by another, which `futures::lock` and its kin do:
//! without wit-bindgen's feature `inter-task-wakeup` that panics, and with it wasmtime 48 traps, since wit-bindgen before 0.61
//! cancels a read that is still in a waitable set.

use std::sync::{Mutex, MutexGuard, PoisonError};

use spin_sdk::wasip3::wit_stream;
use spin_sdk::wit_bindgen::StreamWriter;

/// A lock without a value; what it protects stands beside it.
pub(crate) struct Turn(Mutex<State>);

struct State {
    taken: bool,
    waiting: Vec<StreamWriter<u8>>,
}

/// The turn, until it is dropped.
pub(crate) struct Taken<'a>(&'a Turn);

impl Turn {
    pub(crate) const fn new() -> Self {
        Self(Mutex::new(State {
            taken: false,
            waiting: Vec::new(),
        }))
    }

    /// Waits until nobody has the turn.
    pub(crate) async fn take(&self) -> Taken<'_> {
        loop {
            let mut reader = {
                let mut state = self.state();
                if !state.taken {
                    state.taken = true;
                    return Taken(self);
                }
                let (writer, reader) = wit_stream::new();
                state.waiting.push(writer);
                reader
            };
            // Nothing is ever written: the end of the stream is the news.
            reader.next().await;
        }
    }

    fn state(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Taken<'_> {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.taken = false;
        // All are woken, for the first of them may have been cancelled; all but one wait again.
        state.waiting.clear();
    }
}
