//! The `auth` component.
