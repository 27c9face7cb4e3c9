//! The `signer` component.
