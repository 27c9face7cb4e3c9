//! The `gateway` component.
