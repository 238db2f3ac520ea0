//! Dumps of other formats as scripts: `pg_restore` reads them, and the gate then reads what it wrote.

use camino::Utf8PathBuf;

use super::{Server, Spooled, beside};
use crate::bundle::DatabaseFormat;
use crate::failure::Failure;
use crate::job::JobContext;
use crate::source::postgres::fill::archive_to_script;

/// Scripts stay what they are; a tar, and the files of a directory together, become one each.
pub(super) async fn as_scripts(
    context: &JobContext,
    server: &Server,
    parts: Vec<Spooled>,
) -> Result<Vec<Spooled>, Failure> {
    let mut scripts = Vec::new();
    let mut folders: Vec<Utf8PathBuf> = Vec::new();
    for part in parts {
        let archive = match part.format {
            DatabaseFormat::PlainSql => {
                scripts.push(part);
                continue;
            }
            DatabaseFormat::Directory => {
                let folder = part.path.parent().map(camino::Utf8Path::to_owned).unwrap_or_default();
                if folders.contains(&folder) {
                    continue;
                }
                folders.push(folder.clone());
                folder
            }
            DatabaseFormat::Tar => part.path.clone(),
            DatabaseFormat::Custom | DatabaseFormat::OrganisationJson => continue,
        };
        let script = beside(&part.path, &format!("{}.holdfast.sql", folders.len() + scripts.len()));
        archive_to_script(server.tools(), &server.owner("postgres"), &archive, &script, context.token())
            .await?;
        scripts.push(Spooled { format: DatabaseFormat::PlainSql, path: script, ..part });
    }
    Ok(scripts)
}
