//! The `oidc` component.
