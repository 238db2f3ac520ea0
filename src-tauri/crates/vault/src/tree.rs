//! Trees: directories as JSON documents of nodes, exactly as restic writes them (restic design,
//! "Trees and Data"; the fields of `internal/restic/node.go`).
//!
//! Not paths and not walking: that is `read::walk` and `write::nodes`.

use serde::{Deserialize, Serialize};
use serde_json::value::RawValue;

use crate::id::Id;

pub(crate) mod quote;

/// Go's `os.ModeDir`, set in the mode of directories.
pub(crate) const MODE_DIRECTORY: u32 = 1 << 31;
/// The permission bits.
pub(crate) const MODE_PERMISSIONS: u32 = 0o777;

/// One directory.
#[derive(Serialize, Deserialize)]
pub(crate) struct Tree {
    pub(crate) nodes: Vec<Node>,
}

/// One entry of a directory. The order of the fields is restic's.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Node {
    /// Quoted as Go's `strconv.Quote` does, without the quotes.
    pub(crate) name: String,
    #[serde(rename = "type")]
    pub(crate) kind: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) mode: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) mtime: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) atime: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) ctime: String,
    #[serde(default)]
    pub(crate) uid: u32,
    #[serde(default)]
    pub(crate) gid: u32,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) user: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) group: String,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) inode: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) device_id: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) size: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) links: u64,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) linktarget: String,
    /// The target's bytes in base64 where they are not text (restic 0.16 and later).
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) linktarget_raw: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) extended_attributes: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) generic_attributes: Option<Box<RawValue>>,
    #[serde(default, skip_serializing_if = "is_default")]
    pub(crate) device: u64,
    #[serde(default)]
    pub(crate) content: Option<Vec<Id>>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(crate) subtree: Option<Id>,
}

fn is_default<T: Default + PartialEq>(value: &T) -> bool {
    *value == T::default()
}

impl Node {
    /// A node with nothing but a name and a type.
    pub(crate) fn named(name: &[u8], kind: &str) -> Self {
        Self {
            name: quote::quote(name),
            kind: kind.to_owned(),
            mode: 0,
            mtime: String::new(),
            atime: String::new(),
            ctime: String::new(),
            uid: 0,
            gid: 0,
            user: String::new(),
            group: String::new(),
            inode: 0,
            device_id: 0,
            size: 0,
            links: 0,
            linktarget: String::new(),
            linktarget_raw: None,
            extended_attributes: None,
            generic_attributes: None,
            device: 0,
            content: None,
            subtree: None,
        }
    }

    /// The name's bytes, or nothing if the quoting is broken or no directory could hold it.
    pub(crate) fn name_bytes(&self) -> Option<Vec<u8>> {
        let name = quote::unquote(&self.name)?;
        let is_plain = !name.is_empty() && name != b"." && name != b".." && !name.contains(&b'/');
        (is_plain && !name.contains(&0)).then_some(name)
    }
}

impl Tree {
    /// The bytes that are stored and hashed; restic ends them with a newline.
    pub(crate) fn encode(&self) -> Result<Vec<u8>, serde_json::Error> {
        let mut json = serde_json::to_vec(self)?;
        json.push(b'\n');
        Ok(json)
    }

    pub(crate) fn decode(json: &[u8]) -> Result<Self, serde_json::Error> {
        serde_json::from_slice(json)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_tree_reads_back_as_it_was_written(
            names in proptest::collection::btree_set(proptest::collection::vec(1_u8.., 1..20), 0..20),
            size in any::<u64>(), mode in any::<u32>(), id in any::<[u8; 32]>(),
        ) {
            let node = |name: &Vec<u8>| {
                let content = Some(vec![Id(id)]);
                Node { size, mode, content, mtime: "2026-01-01T00:00:00Z".to_owned(), ..Node::named(name, "file") }
            };
            let tree = Tree { nodes: names.iter().map(node).collect() };
            let encoded = tree.encode().unwrap();
            let decoded = Tree::decode(&encoded).unwrap();
            for (name, node) in names.iter().zip(&decoded.nodes) {
                prop_assert_eq!(quote::unquote(&node.name).unwrap(), name.clone());
                prop_assert_eq!(node.size, size);
                prop_assert_eq!(node.content.clone(), Some(vec![Id(id)]));
            }
            prop_assert_eq!(decoded.encode().unwrap(), encoded);
        }
    }
}
