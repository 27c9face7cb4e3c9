//! The `profile` component.
