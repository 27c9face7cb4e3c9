//! The `trading` component.
