//! The recovery kit: one page that, together with the vault, is enough to restore everything without this
//! computer and without Holdfast.

use std::fmt::Write as _;

use camino::Utf8Path;
use jiff::Timestamp;

use super::{ArchiveError, ReceiptDocument};
use base::command::Command;
use base::disk;
use base::secret::Secret;
use base::words::argument_words;

/// Format of a kit.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KitFormat {
    /// A page to print.
    Html,
    /// Plain text.
    Text,
}

/// What a kit says.
#[derive(Debug)]
pub struct Kit<'a> {
    /// Name of the vault.
    pub name: &'a str,
    /// Where it is.
    pub path: &'a Utf8Path,
    /// Its key; the kit is the one place outside the keychain where it may stand.
    pub key: &'a Secret,
    /// The day on the kit.
    pub at: Timestamp,
    /// What was sent to chats by then.
    pub receipts: &'a [ReceiptDocument],
}

impl Kit<'_> {
    /// Writes the kit to a file that only its owner can read.
    ///
    /// # Errors
    /// `Write`.
    pub fn save(&self, path: &Utf8Path, format: KitFormat) -> Result<(), ArchiveError> {
        let text = match format {
            KitFormat::Html => self.html(),
            KitFormat::Text => self.text(),
        };
        if path.exists() && !is_kit(path) {
            return Err(ArchiveError::FileExists { path: path.to_owned() });
        }
        disk::write_private(path, text.as_bytes())
            .map_err(|source| ArchiveError::Write { path: path.to_owned(), source })
    }

    fn day(&self) -> String {
        self.at.strftime("%Y-%m-%d").to_string()
    }

    fn steps(&self) -> Vec<(&'static str, String)> {
        let path = argument_words(self.path.as_str());
        vec![
            ("With Holdfast, on any computer:", Command::VaultOpen { path: self.path.to_string() }.into()),
            (
                "Without Holdfast, with the program restic 0.14 or newer. List what is there:",
                format!("restic -r {path} snapshots"),
            ),
            ("See what is in the newest backup:", format!("restic -r {path} ls latest")),
            (
                "Bring a database back (take its name from the list above):",
                format!(
                    "createdb restored\nrestic -r {path} dump latest /database/NAME.dump | pg_restore --no-owner --dbname restored"
                ),
            ),
            (
                "Bring all files back into a folder:",
                format!("restic -r {path} restore latest --target restored-files"),
            ),
            ("Check that every byte of the vault is whole:", format!("restic -r {path} check --read-data")),
            (
                "Find what was sent to a chat: each of these snapshots holds one receipt, as a plain document:",
                format!(
                    "restic -r {path} snapshots --tag kind:receipt\nrestic -r {path} dump SNAPSHOT /receipt.json > receipt.json\nholdfast bundle fetch --receipt receipt.json --from PROJECT --to FILE --passphrase-file F"
                ),
            ),
        ]
    }

    /// What was sent to chats, each as lines: with it, the bot's token and the passphrase the file is fetched.
    fn sent(&self) -> Vec<(String, String)> {
        let lines = self.receipts.iter().map(|document| {
            let receipt = &document.receipt;
            let title = format!(
                "{:?} of {:?}, {}",
                receipt.name,
                document.project,
                receipt.made_at.strftime("%Y-%m-%d")
            );
            let unknown = || "not known".to_owned();
            let said = format!(
                "bundle {}\nbot {}, chat {}\nmanifest {}\nSHA-256 of the manifest {}",
                receipt.bundle,
                receipt.bot.clone().unwrap_or_else(unknown),
                receipt.chat.clone().unwrap_or_else(unknown),
                receipt.manifest_file_id,
                receipt.manifest_sha256
            );
            (title, said)
        });
        lines.collect()
    }

    /// The kit as text. Its line `Key: …` is the repository's password.
    pub fn text(&self) -> String {
        let mut text = format!(
            "HOLDFAST RECOVERY KIT\n\nVault: {}\nPlace: {}\nDate: {}\nKey: {}\n\n\
             Keep this page apart from the computer and from the vault.\n\
             With it and the vault, everything can be brought back. Without it, a lost computer loses the vault.\n\
             Whoever has this page and the vault can read everything in it. Nobody else has the key.\n\n\
             HOW TO BRING THINGS BACK\n\n",
            self.name,
            self.path,
            self.day(),
            self.key.expose()
        );
        for (index, (what, commands)) in self.steps().into_iter().enumerate() {
            let _ = writeln!(text, "{}. {what}", index + 1);
            for line in commands.lines() {
                let _ = writeln!(text, "   {line}");
            }
            text.push('\n');
        }
        text.push_str("restic asks for a password: that is the key above, with its dashes.\n");
        let sent = self.sent();
        if !sent.is_empty() {
            text.push_str("\nWHAT WAS SENT TO CHATS BY THAT DAY\n\n");
        }
        for (title, said) in sent {
            let _ = writeln!(text, "{title}");
            for line in said.lines() {
                let _ = writeln!(text, "   {line}");
            }
        }
        text
    }

    /// The kit as a page to print.
    pub fn html(&self) -> String {
        let groups: Vec<String> =
            self.key.expose().split('-').map(|group| format!("<span>{}</span>", escape(group))).collect();
        let steps: Vec<String> = self
            .steps()
            .into_iter()
            .map(|(what, commands)| format!("<li>{}<pre>{}</pre></li>", escape(what), escape(&commands)))
            .collect();
        let sent: Vec<String> = self
            .sent()
            .into_iter()
            .map(|(title, said)| format!("<li>{}<pre>{}</pre></li>", escape(&title), escape(&said)))
            .collect();
        let sent = if sent.is_empty() {
            String::new()
        } else {
            format!("<h2>What was sent to chats by that day</h2>\n<ul>{}</ul>", sent.concat())
        };
        include_str!("kit.html")
            .replace("{{name}}", &escape(self.name))
            .replace("{{place}}", &escape(self.path.as_str()))
            .replace("{{day}}", &self.day())
            .replace("{{groups}}", &groups.concat())
            .replace("{{key}}", &escape(self.key.expose()))
            .replace("{{steps}}", &steps.concat())
            .replace("{{sent}}", &sent)
    }
}

/// Whether a file is a recovery kit, so that a newer one may take its place. Nothing else is overwritten.
fn is_kit(path: &Utf8Path) -> bool {
    std::fs::read_to_string(path).is_ok_and(|text| {
        text.starts_with("HOLDFAST RECOVERY KIT\n") || text.contains("<title>Holdfast recovery kit: ")
    })
}

fn escape(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_kit_holds_the_key_the_place_and_the_commands_in_both_forms() {
        let key = Secret::new("7QK4-M2RX");
        let kit = Kit {
            name: "An <odd> one",
            path: "/mnt/my disk/it's".into(),
            key: &key,
            at: Timestamp::UNIX_EPOCH,
            receipts: &[],
        };
        assert!(kit.text().lines().any(|line| line == "Key: 7QK4-M2RX"));
        assert!(kit.text().contains(r"restic -r '/mnt/my disk/it'\''s' snapshots"));
        let html = kit.html();
        assert!(!kit.text().contains("SENT TO CHATS") && !html.contains("sent to chats by"));
        assert!(
            html.contains("An &lt;odd&gt; one") && html.contains("Key: 7QK4-M2RX") && !html.contains("{{")
        );
    }
}
