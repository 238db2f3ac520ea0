//! The wall of macOS: a profile for `sandbox-exec`, which is part of the system.
//!
//! What is not named is allowed, since a server has to start on every version of the system; so its processes
//! can still ask services and end programs of the account, and that is said.
//! Source: sandbox-exec(1); "Apple Sandbox Guide", `sandbox_init`.

use camino::Utf8PathBuf;

use super::bounds::Bounds;

/// Where the system has it.
#[cfg_attr(not(target_os = "macos"), expect(dead_code, reason = "started on macOS alone"))]
pub(super) const PROGRAM: &str = "/usr/bin/sandbox-exec";
/// Where files of people and of other programs are. Links are followed before paths are compared.
const OF_OTHERS: [&str; 8] = [
    "/Users",
    "/Volumes",
    "/Network",
    "/private/etc",
    "/private/tmp",
    "/private/var",
    "/Library/Keychains",
    "/opt/homebrew/var",
];

/// The profile: of several rules that fit, the last one counts.
pub(super) fn text(bounds: &Bounds) -> String {
    let others: Vec<Utf8PathBuf> = OF_OTHERS.map(Utf8PathBuf::from).into();
    let devices = filters("literal", &bounds.devices);
    let own = filters("subpath", &bounds.own);
    let rules = [
        "(version 1)".to_owned(),
        "(allow default)".to_owned(),
        "(deny process-exec*)".to_owned(),
        format!("(allow process-exec*{})", filters("literal", &bounds.executable)),
        "(deny file-write*)".to_owned(),
        format!("(allow file-write*{own}{devices})"),
        format!("(deny file-read-data{})", filters("subpath", &others)),
        format!("(allow file-read-data{own}{}{devices})", filters("subpath", &bounds.readable)),
        "(deny network-outbound)".to_owned(),
        "(deny appleevent-send)".to_owned(),
    ];
    rules.join("\n")
}

fn filters(kind: &str, paths: &[Utf8PathBuf]) -> String {
    let quoted = |path: &Utf8PathBuf| path.as_str().replace('\\', "\\\\").replace('"', "\\\"");
    let rules: Vec<String> = paths.iter().map(|path| format!("({kind} \"{}\")", quoted(path))).collect();
    rules.iter().flat_map(|rule| [" ", rule.as_str()]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_path_cannot_end_its_rule() {
        let bounds = Bounds {
            own: vec!["/tmp/a\") (allow default) (\"".into()],
            executable: vec!["/opt/pg/bin/postgres".into()],
            ..Bounds::default()
        };
        let text = text(&bounds);
        assert!(text.contains(r#"(allow file-write* (subpath "/tmp/a\") (allow default) (\""))"#), "{text}");
        assert!(text.contains("(allow process-exec* (literal \"/opt/pg/bin/postgres\"))"), "{text}");
    }
}
