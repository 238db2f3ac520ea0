//! Supabase's Management API: what it can, what it cannot, and what it only claims.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "platform_supabase/configuration.rs"]
mod configuration;
#[path = "platform_supabase/listing.rs"]
mod listing;
#[path = "platform_supabase/refusals.rs"]
mod refusals;
#[path = "platform_supabase/restores.rs"]
mod restores;
#[path = "platform_supabase/specification.rs"]
mod specification;
#[path = "platform_supabase/stage.rs"]
mod stage;
