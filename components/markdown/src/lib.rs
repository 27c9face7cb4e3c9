//! The `markdown` component.
