//! The `kraken` component.
