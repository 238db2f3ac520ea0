//! Opttius.
