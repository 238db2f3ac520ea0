//! Supabase, in its cloud and on a computer of one's own.
//!
//! Source: the public sources of its database, auth, storage, realtime, vault and `pg_net`, as
//! `tests/fixtures/supabase` has them.

use super::{Files, KnownTable, Profile, Rule, Thing, User};

const USERS: KnownTable = KnownTable {
    schema: "auth",
    table: "users",
    columns: &["id", "instance_id", "aud", "role", "email", "encrypted_password", "raw_app_meta_data"],
};
const BUCKETS: KnownTable =
    KnownTable { schema: "storage", table: "buckets", columns: &["id", "name", "public"] };
const OBJECTS: KnownTable =
    KnownTable { schema: "storage", table: "objects", columns: &["id", "bucket_id", "name", "metadata"] };
const SECRETS: KnownTable =
    KnownTable { schema: "vault", table: "secrets", columns: &["id", "name", "secret"] };

pub(super) const SUPABASE: Profile = Profile {
    name: "Supabase",
    signs: &[USERS, BUCKETS, OBJECTS],
    // Not `supabase_migrations`: what is in it is the history of a person's own schema.
    schemas: &[
        "_analytics",
        "_realtime",
        "_supavisor",
        "auth",
        "cron",
        "extensions",
        "graphql",
        "graphql_public",
        "net",
        "pgbouncer",
        "pgsodium",
        "pgsodium_masks",
        "pgtle",
        "realtime",
        "storage",
        "supabase_functions",
        "vault",
    ],
    noise: &[
        ("auth", "audit_log_entries"),
        ("auth", "flow_state"),
        ("auth", "mfa_amr_claims"),
        ("auth", "mfa_challenges"),
        ("auth", "oauth_authorizations"),
        ("auth", "oauth_client_states"),
        ("auth", "one_time_tokens"),
        ("auth", "refresh_tokens"),
        ("auth", "saml_relay_states"),
        ("auth", "sessions"),
        ("cron", "job_run_details"),
        ("net", "_http_response"),
        ("net", "http_request_queue"),
        ("realtime", "messages"),
        ("realtime", "subscription"),
        ("storage", "s3_multipart_uploads"),
        ("storage", "s3_multipart_uploads_parts"),
        ("supabase_functions", "hooks"),
    ],
    noise_means: "whoever signed in since then signs in again",
    extension_tables: &[
        ("cron", "job", "cron.schedule"),
        ("pgsodium", "key", "pgsodium.create_key"),
        ("vault", "secrets", "vault.create_secret"),
    ],
    user: User { name: "postgres", attributes: &["bypassrls", "createdb", "createrole", "replication"] },
    things: &[
        Thing { one: "user", many: "users", counted: Rule::Rows(USERS), files: None },
        Thing { one: "bucket", many: "buckets", counted: Rule::Rows(BUCKETS), files: None },
        // Behind the buckets: "3 buckets with 4,211 objects".
        Thing {
            one: "object",
            many: "objects",
            counted: Rule::Rows(OBJECTS),
            files: Some(Files { component: "storage", column: "metadata", key: "size" }),
        },
        Thing { one: "secret", many: "secrets", counted: Rule::Rows(SECRETS), files: None },
    ],
};
