//! Dumps of other formats as scripts: `pg_restore` converts them, and the gate then parses its output.

use std::fs::File;
use std::io::{BufReader, Read as _};

use camino::{Utf8Path, Utf8PathBuf};

use super::{Server, Spooled, beside, unreadable};
use crate::archive::opened::blocking;
use base::failure::Failure;
use bundle::{BundleError, DatabaseFormat};
use ledger::job::JobContext;
use postgres::custom_format::{Toc, is_object_list, lists_objects_alone};
use postgres::fill::archive_to_script;

/// The table of contents of a million tables takes about 200 MB.
const TOC_BYTES_MAX: u64 = 256 * 1024 * 1024;

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
                let folder = part.path.parent().map(Utf8Path::to_owned).unwrap_or_default();
                if folders.contains(&folder) {
                    continue;
                }
                folders.push(folder.clone());
                let looked_at = folder.clone();
                blocking(move || names_its_own_files(&looked_at)).await?;
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

/// `pg_restore` opens every file that the table of contents or a list of large objects names, wherever that is: only
/// files of the dump itself may be named.
fn names_its_own_files(folder: &Utf8Path) -> Result<(), Failure> {
    let mut bytes = Vec::new();
    let toc = File::open(folder.join("toc.dat")).map_err(unreadable)?;
    toc.take(TOC_BYTES_MAX).read_to_end(&mut bytes).map_err(unreadable)?;
    let damaged = |what: String| BundleError::Damaged { place: "toc.dat".into(), what };
    let (_, names) = Toc::parse_files(&bytes).map_err(|error| damaged(error.to_string()))?;
    for list in names.into_iter().flatten().filter(|name| is_object_list(name)) {
        let objects = File::open(folder.join(&list)).map_err(unreadable)?;
        if !lists_objects_alone(BufReader::new(objects)).map_err(unreadable)? {
            let reason = "it names files that are none of its large objects".to_owned();
            return Err(BundleError::Hostile { entry: list, reason }.into());
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use base::Code;

    use super::*;

    /// The head of an archive in files, with one entry for large objects that names this list.
    fn toc(list: &str) -> Vec<u8> {
        let mut bytes = b"PGDMP\x01\x0e\x00\x04\x08\x03".to_vec();
        let int = |bytes: &mut Vec<u8>, value: u8| bytes.extend([0, value, 0, 0, 0]);
        let text = |bytes: &mut Vec<u8>, value: &str| {
            int(bytes, u8::try_from(value.len()).unwrap());
            bytes.extend(value.as_bytes());
        };
        // Compression, seven fields of its time, the names of database, server and program, and the number of entries.
        for value in [0, 0, 0, 0, 1, 0, 126, 0] {
            int(&mut bytes, value);
        }
        for name in ["shop", "15.8", "15.8"] {
            text(&mut bytes, name);
        }
        int(&mut bytes, 1);
        // Its number, that it has data, and what it is.
        int(&mut bytes, 7);
        int(&mut bytes, 1);
        for value in ["0", "0", "BLOBS", "BLOBS"] {
            text(&mut bytes, value);
        }
        // The section of data; neither definition, nor its end, nor COPY, nor schema, nor tablespace, nor method.
        int(&mut bytes, 3);
        for _ in 0..6 {
            text(&mut bytes, "");
        }
        // The owner, no oids, no dependencies, and its file.
        text(&mut bytes, "me");
        text(&mut bytes, "false");
        bytes.extend([1, 1, 0, 0, 0]);
        text(&mut bytes, list);
        bytes
    }

    #[test]
    fn a_folder_that_names_files_of_others_is_not_handed_to_pg_restore() {
        let folder = tempfile::tempdir().unwrap();
        let folder = Utf8Path::from_path(folder.path()).unwrap();
        let judged = |list: &str, objects: &str| {
            std::fs::write(folder.join("toc.dat"), toc(list)).unwrap();
            std::fs::write(folder.join("blobs.toc"), objects).unwrap();
            names_its_own_files(folder).map_err(|failure| failure.code)
        };

        assert_eq!(judged("blobs.toc", "16403 blob_16403.dat\n"), Ok(()));
        assert_eq!(judged("blobs.toc", "16403 ../../secret\n"), Err(Code::ArchiveHostile));
        assert_eq!(judged("../blobs.toc", "").unwrap_err(), Code::ArchiveDamaged);
        assert!(judged("blobs_7.toc", "").is_err(), "a list that is not there may be there compressed");
    }
}
