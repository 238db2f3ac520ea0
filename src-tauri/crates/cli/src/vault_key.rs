//! `holdfast vault key`: list, add, revoke.

use base::command::{Command, VaultKey};
use camino::{Utf8Path, Utf8PathBuf};
use clap::Subcommand;
use contract::api;
use contract::command::Nothing;
use contract::vault::{AddVaultKey, RevokeVaultKey, VaultKeyView};

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};
use crate::vault::kit_format;
use crate::words;

/// What to do with the vault's keys.
#[derive(Debug, Subcommand)]
#[command(after_help = taught!(
"  holdfast vault key list
  holdfast vault key add --name 'safe of the office' --kit office.html
  holdfast vault key add --name 'this laptop, 2027' --kit laptop.html --use-here
  holdfast vault key revoke 1a2b3c4d                          shows what it would do
  holdfast vault key revoke 1a2b3c4d --confirm 1a2b3c4d

A key that leaked: add another with --use-here, revoke the old one, then copy to the replicas, which follow.
Whoever opened the vault with it before may have kept what it is encrypted with: only a new vault takes that away."))]
pub(crate) enum Verb {
    /// The keys that open the vault, the oldest first.
    List,
    /// Add a key; it stands on a recovery kit of its own, and nowhere else.
    Add {
        /// Who has it, or where it lies.
        #[arg(long)]
        name: String,
        /// A new file for its kit: a page to print where the name ends in .html, text otherwise.
        #[arg(long, value_name = "FILE")]
        kit: Utf8PathBuf,
        /// This computer opens the vault with it from now on, so that its old key can be revoked.
        #[arg(long)]
        use_here: bool,
    },
    /// Revoke a key: it opens the vault no more. Without --confirm only shows what that would do.
    Revoke {
        /// Its id, or the beginning of it.
        key: String,
        /// Its short id, typed.
        #[arg(long, value_name = "SHORT-ID")]
        confirm: Option<String>,
    },
}

impl Verb {
    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        match self {
            Self::List => {
                let keys = api::vault_keys(&console.engine, Nothing {}).await?;
                console.output.answer(&keys, || list_words(&keys));
                Ok(Status::Done)
            }
            Self::Add { name, kit, use_here } => {
                let request = added(name, &kit, use_here);
                let key = api::vault_key_add(&console.engine, request).await?;
                console.output.answer(&key, || {
                    let here = if use_here { " This computer uses it from now on." } else { "" };
                    format!("The key {} ({}) is added; its kit is in {kit}.{here}", key.name, key.short_id)
                });
                Ok(Status::Done)
            }
            Self::Revoke { key, confirm } => revoke(console, key, confirm).await,
        }
    }
}

/// What is asked for, where a key is added.
pub(crate) fn added(name: String, kit: &Utf8Path, use_here: bool) -> AddVaultKey {
    AddVaultKey { name, path: kit.to_string(), format: kit_format(kit), use_here }
}

async fn revoke(console: &Console<'_>, key: String, confirm: Option<String>) -> Ended {
    let Some(confirm) = confirm else {
        let keys = api::vault_keys(&console.engine, Nothing {}).await?;
        let found: Vec<VaultKeyView> = keys.into_iter().filter(|one| one.id.starts_with(&key)).collect();
        console.output.answer(&found, || match found.as_slice() {
            [one] => {
                let (key, confirm) = (one.short_id.clone(), Some(one.short_id.clone()));
                let revoke = Command::VaultKey(VaultKey::Revoke { key, confirm });
                format!(
                    "Revoking the key {} ({}): it opens the vault no more, nor replicas once they were copied to. Every backup stays.\nNothing was revoked. To do it: {revoke}",
                    one.name, one.short_id
                )
            }
            _ => format!("{} begin so; give more of the id of one.", words::counted(found.len() as u64, "key")),
        });
        return Ok(Status::Refused);
    };
    let done = api::vault_key_revoke(&console.engine, RevokeVaultKey { key, confirm }).await?;
    console.output.answer(&done, || "It is revoked. Copy to the replicas: they follow.".into());
    Ok(Status::Done)
}

fn list_words(keys: &[VaultKeyView]) -> String {
    let rows: Vec<Vec<String>> = keys
        .iter()
        .map(|key| {
            vec![
                key.short_id.clone(),
                key.name.clone(),
                key.created_at_ms.map(words::moment).unwrap_or_default(),
                key.host.clone(),
                if key.is_in_use { "this computer".into() } else { String::new() },
            ]
        })
        .collect();
    let columns = [
        ("ID", Side::Left),
        ("NAME", Side::Left),
        ("MADE", Side::Left),
        ("ON", Side::Left),
        ("USED BY", Side::Left),
    ];
    parts(&[table(&columns, &rows)])
}
