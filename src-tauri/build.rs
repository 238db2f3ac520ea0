//! Runs Tauri's build step from the workspace's root, with this repository's folders.

#![expect(clippy::disallowed_methods, reason = "a build step depends on nothing of ours")]

use std::path::Path;

use tauri_build::{AppManifest, Attributes};

/// What the built page is replaced by while it does not exist, so that every Rust check runs without Node.
const NO_PAGE: &str =
    "<!doctype html><title>Holdfast</title><p>The page has not been built. Run: make run</p>\n";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    // Tauri embeds the page at compile time, and only sees that it changed if it is told to look.
    for path in ["src-tauri/capabilities", "src-tauri/permissions", "ui/dist", "icons"] {
        println!("cargo:rerun-if-changed={path}");
    }
    let page = Path::new("ui/dist/index.html");
    if !page.exists() {
        std::fs::create_dir_all("ui/dist")?;
        std::fs::write(page, NO_PAGE)?;
    }
    tauri_build::try_build(
        Attributes::new()
            .capabilities_path_pattern("./src-tauri/capabilities/**/*")
            .app_manifest(AppManifest::new().permissions_path_pattern("./src-tauri/permissions/**/*")),
    )?;
    move_schemas()?;
    Ok(())
}

/// Tauri writes the schemas for editors to `gen/` beside `Cargo.toml`; they belong beside the shell.
fn move_schemas() -> std::io::Result<()> {
    let (from, to) = (Path::new("gen/schemas"), Path::new("src-tauri/gen/schemas"));
    if !from.exists() {
        return Ok(());
    }
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        std::fs::copy(entry.path(), to.join(entry.file_name()))?;
    }
    std::fs::remove_dir_all("gen")
}
