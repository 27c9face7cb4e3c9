//! The `vault` component.
