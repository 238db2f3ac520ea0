//! Supabase's Management API: what it can, what it cannot, and what it only claims.

mod address;
mod configuration;
mod listing;
mod refusals;
mod restores;
mod specification;
mod stage;
