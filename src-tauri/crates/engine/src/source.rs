//! Where bytes come from: the parts of a project that Holdfast reads itself.

pub mod postgres;
