//! The files of the workspace that people wrote.

use std::fs;
use std::path::Path;

/// A text file.
#[derive(Debug)]
pub(super) struct File {
    /// Its path from the workspace's folder, with `/`.
    pub(super) path: String,
    pub(super) text: String,
}

impl File {
    /// What follows the last point of its name.
    pub(super) fn extension(&self) -> &str {
        self.path.rsplit_once('.').map_or("", |(_, extension)| extension)
    }
}

const KINDS: &[&str] =
    &["rs", "js", "mjs", "ts", "css", "html", "txt", "svg", "ftl", "sql", "toml", "py", "sh"];

/// Not written here, or not kept.
const SKIPPED: &[&str] = &["target", "node_modules", "vendor", ".git", "out", "corpus", "artifacts"];

/// Every text file under `root`, in the order of paths.
pub(super) fn all(root: &Path) -> Result<Vec<File>, String> {
    let mut files = Vec::new();
    walk(root, root, &mut files)?;
    files.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(files)
}

fn walk(root: &Path, folder: &Path, files: &mut Vec<File>) -> Result<(), String> {
    let unreadable =
        |path: &Path, fault: std::io::Error| format!("{} cannot be read: {fault}", path.display());
    for entry in fs::read_dir(folder).map_err(|fault| unreadable(folder, fault))? {
        let entry = entry.map_err(|fault| unreadable(folder, fault))?;
        let (path, name) = (entry.path(), entry.file_name().to_string_lossy().into_owned());
        let kind = entry.file_type().map_err(|fault| unreadable(&path, fault))?;
        // `data` beside the manifest is a running server's own.
        let servers_own = folder == root && name == "data";
        if kind.is_dir() && !SKIPPED.contains(&name.as_str()) && !servers_own {
            walk(root, &path, files)?;
        } else if kind.is_file() && name.rsplit_once('.').is_some_and(|(_, last)| KINDS.contains(&last)) {
            let text = fs::read_to_string(&path).map_err(|fault| unreadable(&path, fault))?;
            let relative = path.strip_prefix(root).unwrap_or(&path);
            files.push(File { path: relative.to_string_lossy().replace('\\', "/"), text });
        }
    }
    Ok(())
}
