//! The `blog` component.
