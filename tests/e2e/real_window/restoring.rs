//! Restores through the wizard, once to each target; the database itself is asked what came of it.

mod apart;
mod in_place;
mod swap;
mod tables;
mod undo;
