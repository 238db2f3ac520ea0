//! What a folder of configuration says of the program that it belongs to: the commit that is checked out, and the images
//! that a compose file starts. Read from files alone; no program is run.

use std::io::Read as _;

use serde::{Deserialize, Serialize};

use crate::error::SourceError;
use crate::object::{Object, Objects};

/// Bytes of a file that is looked at.
const SHORT_MAX: u64 = 64 * 1024;
const LONG_MAX: u64 = 4 * 1024 * 1024;
const IMAGES_MAX: usize = 200;
/// What compose files are called.
const COMPOSE: [&str; 4] = ["docker-compose.yml", "docker-compose.yaml", "compose.yml", "compose.yaml"];

/// The commit that is checked out in a folder.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Checkout {
    /// The commit (hexadecimal).
    pub commit: String,
    /// The branch; absent where none is checked out.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub branch: Option<String>,
    /// Where it is fetched from, without what signs in there.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub remote: Option<String>,
}

/// What there is of both in a place; `prefixes` are what the names of its folders begin with.
///
/// # Errors
/// When the place cannot be read at all; what is not there, or makes no sense, is left out.
pub fn look(
    objects: &dyn Objects,
    prefixes: &[String],
) -> Result<(Option<Checkout>, Vec<String>), SourceError> {
    let (mut checkout, mut images) = (None, Vec::new());
    for prefix in prefixes {
        if checkout.is_none() {
            checkout = checkout_in(objects, prefix)?;
        }
        for name in COMPOSE {
            let Some(text) = text(objects, &format!("{prefix}{name}"), LONG_MAX)? else { continue };
            images.extend(images_in(&text));
        }
    }
    images.sort();
    images.dedup();
    images.truncate(IMAGES_MAX);
    Ok((checkout, images))
}

/// A text of the place; absent where it is not there, or is none.
fn text(objects: &dyn Objects, key: &str, most: u64) -> Result<Option<String>, SourceError> {
    let opened = match objects.open(&Object { key: key.to_owned(), ..Object::default() }) {
        Ok(opened) => opened,
        Err(error) if error.is_of_all() => return Err(error),
        Err(_) => return Ok(None),
    };
    let Some(opened) = opened else { return Ok(None) };
    let mut bytes = Vec::new();
    let read = opened.reader.take(most + 1).read_to_end(&mut bytes);
    let is_whole = read.is_ok() && bytes.len() as u64 <= most;
    Ok(String::from_utf8(bytes).ok().filter(|_| is_whole))
}

fn checkout_in(objects: &dyn Objects, prefix: &str) -> Result<Option<Checkout>, SourceError> {
    let git = format!("{prefix}.git/");
    let Some(head) = text(objects, &format!("{git}HEAD"), SHORT_MAX)? else { return Ok(None) };
    let remote = text(objects, &format!("{git}config"), SHORT_MAX)?.and_then(|config| remote_in(&config));
    let Some(reference) = head.trim().strip_prefix("ref: ") else {
        return Ok(commit(&head).map(|commit| Checkout { commit, branch: None, remote }));
    };
    let is_plain = reference.starts_with("refs/")
        && !reference.contains(char::is_control)
        && !reference.split('/').any(|part| part.is_empty() || part == "..");
    if !is_plain {
        return Ok(None);
    }
    let mut found = text(objects, &format!("{git}{reference}"), SHORT_MAX)?.as_deref().and_then(commit);
    if found.is_none() {
        let packed = text(objects, &format!("{git}packed-refs"), LONG_MAX)?.unwrap_or_default();
        let mut lines = packed.lines().filter_map(|line| line.split_once(' '));
        found = lines.find(|(_, name)| name.trim() == reference).and_then(|(id, _)| commit(id));
    }
    let branch = reference.strip_prefix("refs/heads/").unwrap_or(reference).to_owned();
    Ok(found.map(|commit| Checkout { commit, branch: Some(branch), remote }))
}

fn commit(text: &str) -> Option<String> {
    let id = text.trim();
    let is_one = matches!(id.len(), 40 | 64) && id.bytes().all(|byte| byte.is_ascii_hexdigit());
    is_one.then(|| id.to_ascii_lowercase())
}

/// Where `origin` is, or the first remote.
fn remote_in(config: &str) -> Option<String> {
    let (mut of, mut first) = (None, None);
    for line in config.lines().map(str::trim) {
        if let Some(section) = line.strip_prefix('[') {
            let name = section.strip_prefix("remote \"").and_then(|rest| rest.split('"').next());
            of = name.map(str::to_owned);
        } else if let (Some(name), Some(("url", url))) =
            (&of, line.split_once('=').map(|(key, value)| (key.trim(), value.trim())))
        {
            let url = without_account(url.trim_matches('"'));
            if name == "origin" {
                return Some(url);
            }
            first.get_or_insert(url);
        }
    }
    first
}

/// An address without what stands before its host: that may be a token.
fn without_account(url: &str) -> String {
    match url.split_once("://") {
        Some((scheme, rest)) => {
            let (authority, path) =
                rest.split_once('/').map_or((rest, None), |(host, path)| (host, Some(path)));
            let host = authority.rsplit('@').next().unwrap_or(authority);
            let path = path.map_or_else(String::new, |path| format!("/{path}"));
            format!("{scheme}://{host}{path}")
        }
        None => url.to_owned(),
    }
}

/// The images of a compose file, as it writes them.
fn images_in(compose: &str) -> impl Iterator<Item = String> {
    compose.lines().filter_map(|line| {
        let value = line.trim().strip_prefix("image:")?.trim();
        let plain = match value.chars().next()? {
            quote @ ('"' | '\'') => value[1..].split(quote).next()?,
            _ => value.split(" #").next()?.trim(),
        };
        let fits = !plain.is_empty() && plain.len() <= 300 && !plain.contains(char::is_whitespace);
        fits.then(|| plain.to_owned())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::folder::Folder;

    const ID: &str = "0123456789abcdef0123456789abcdef01234567";

    fn folder(files: &[(&str, &str)]) -> (tempfile::TempDir, Folder) {
        let place = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = place.path().join(name);
            let path = camino::Utf8PathBuf::try_from(path).unwrap();
            base::disk::write_private(&path, text.as_bytes()).unwrap();
        }
        let folder = Folder::open(camino::Utf8Path::from_path(place.path()).unwrap(), &[]).unwrap();
        (place, folder)
    }

    fn looked(files: &[(&str, &str)]) -> (Option<Checkout>, Vec<String>) {
        let (_kept, folder) = folder(files);
        look(&folder, &[String::new()]).unwrap()
    }

    #[test]
    fn a_branch_is_found_in_its_own_file_and_among_packed_ones_and_no_token_is_kept() {
        let config = "[core]\n\tbare = false\n[remote \"up\"]\n\turl = git@host:up.git\n[remote \"origin\"]\n\t\
                      url = https://anna:ghp_secret@git.example/acme/shop.git\n";
        let head = (".git/HEAD", "ref: refs/heads/main\n");
        let own = format!("{ID}\n");
        let (found, _) = looked(&[head, (".git/refs/heads/main", &own), (".git/config", config)]);
        let expected = Checkout {
            commit: ID.into(),
            branch: Some("main".into()),
            remote: Some("https://git.example/acme/shop.git".into()),
        };
        assert_eq!(found, Some(expected.clone()));
        let packed = format!("# pack-refs with: peeled\n{ID} refs/heads/main\n");
        let (found, _) = looked(&[head, (".git/packed-refs", &packed), (".git/config", config)]);
        assert_eq!(found, Some(expected));
        let (found, _) = looked(&[(".git/HEAD", &own)]);
        assert_eq!(found, Some(Checkout { commit: ID.into(), ..Checkout::default() }));
    }

    #[test]
    fn what_makes_no_sense_is_no_checkout() {
        for head in ["ref: refs/heads/../../../secret", "ref: HEAD", "", "nonsense", "gitdir: /elsewhere"] {
            assert_eq!(looked(&[(".git/HEAD", head), ("secret", ID)]).0, None, "{head:?}");
        }
        assert_eq!(looked(&[(".git", "gitdir: ../.git/worktrees/x")]).0, None);
    }

    #[test]
    fn images_are_those_of_the_compose_file_as_it_writes_them() {
        let compose = "services:\n  db:\n    image: postgres:17 # newest\n  app:\n    image: 'acme/shop@sha256:ab'\n  \
                       old:\n    # image: none\n    image: \"${REGISTRY}/x:1\"\n  again:\n    image: postgres:17\n";
        assert_eq!(
            looked(&[("docker-compose.yml", compose)]).1,
            ["${REGISTRY}/x:1", "acme/shop@sha256:ab", "postgres:17"]
        );
    }
}
