//! What becomes of backups, over any history and any policy: `engine::retention::decide` alone.

mod components;
mod history;
mod nights;
mod promises;
mod reasons;
