//! Whose turn it is among the requests of one instance: an asynchronous lock that works on every version of the runtime.
//!
//! In a component a waker of one request must never be used by another, which `futures::lock` and its kin do: without
//! wit-bindgen's feature `inter-task-wakeup` the guest panics ("Rust task cannot sleep waiting only on Rust-originating
//! events"), and with it wasmtime 48 traps, since wit-bindgen before 0.61 cancels a read that is still in a waitable set.
//! So the wait is one of the component model: each waiting request reads a stream of its own, whose other end the lock
//! holds and drops when the turn is free.

/// A lock without a value; what it protects stands beside it, in a `std::sync::Mutex` that is never held over an await.
#[derive(Default)]
pub struct Turn(imp::Turn);

impl Turn {
    /// Waits until nobody has the turn; it is over when the answer is dropped.
    pub async fn take(&self) -> imp::Taken<'_> {
        self.0.take().await
    }
}

/// The value of a lock that no request can have left half changed: none panics, and none awaits while holding it.
pub(crate) fn value<T>(mutex: &std::sync::Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex
        .lock()
        .unwrap_or_else(std::sync::PoisonError::into_inner)
}

#[cfg(not(target_family = "wasm"))]
mod imp {
    #[derive(Default)]
    pub(super) struct Turn(futures::lock::Mutex<()>);

    pub struct Taken<'a>(
        #[expect(dead_code, reason = "held, not read")] futures::lock::MutexGuard<'a, ()>,
    );

    impl Turn {
        pub(super) async fn take(&self) -> Taken<'_> {
            Taken(self.0.lock().await)
        }
    }
}

#[cfg(target_family = "wasm")]
mod imp {
    use std::sync::Mutex;

    use send_wrapper::SendWrapper;
    use spin_sdk::wasip3::wit_stream;
    use spin_sdk::wit_bindgen::StreamWriter;

    use super::value;

    #[derive(Default)]
    pub(super) struct Turn(Mutex<State>);

    #[derive(Default)]
    struct State {
        taken: bool,
        waiting: Vec<StreamWriter<u8>>,
    }

    pub struct Taken<'a>(&'a Turn);

    impl Turn {
        pub(super) async fn take(&self) -> Taken<'_> {
            loop {
                let reader = {
                    let mut state = value(&self.0);
                    if !state.taken {
                        state.taken = true;
                        return Taken(self);
                    }
                    let (writer, reader) = wit_stream::new();
                    state.waiting.push(writer);
                    reader
                };
                // Nothing is ever written: the end of the stream is the news.
                SendWrapper::new(async move {
                    let mut reader = reader;
                    reader.next().await;
                })
                .await;
            }
        }
    }

    impl Drop for Taken<'_> {
        fn drop(&mut self) {
            let mut state = value(&self.0.0);
            state.taken = false;
            // All are woken, for the first of them may have been cancelled; all but one wait again.
            state.waiting.clear();
        }
    }
}
