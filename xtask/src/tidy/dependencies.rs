//! The dependency table of ARCHITECTURE: a crate is a permission.

use std::path::Path;
use std::process::Command;

use serde::Deserialize;

use super::Breach;

/// What one crate may depend on.
struct Permission {
    package: &'static str,
    /// Crates of this workspace.
    own: &'static [&'static str],
    /// Crates from elsewhere.
    foreign: Foreign,
}

enum Foreign {
    /// These and no others.
    Only(&'static [&'static str]),
    /// Any but these, each a whole name or a beginning that ends in `*`.
    AnyBut(&'static [&'static str]),
}

use Foreign::{AnyBut, Only};

/// The table. Test dependencies are free: they are not in the program.
const TABLE: &[Permission] = &[
    Permission {
        package: "doorward-domain",
        own: &[],
        foreign: Only(&[
            "thiserror",
            "uuid",
            "unicode-normalization",
            "zxcvbn",
            "hmac",
            "sha1",
            "sha2",
            "subtle",
            "zeroize",
            "data-encoding",
        ]),
    },
    Permission { package: "doorward-engine", own: &["doorward-domain"], foreign: Only(&["sha2"]) },
    Permission {
        package: "doorward-journal",
        own: &["doorward-domain"],
        foreign: Only(&["thiserror", "sha2"]),
    },
    Permission { package: "doorward-turn", own: &[], foreign: Only(&["libc"]) },
    Permission {
        package: "doorward-captcha",
        own: &[],
        foreign: Only(&[
            "thiserror",
            "sha2",
            "hmac",
            "subtle",
            "chacha20poly1305",
            "rand_chacha",
            "rand_core",
            "argon2",
            "jpeg-encoder",
            "data-encoding",
            "zeroize",
        ]),
    },
    Permission {
        package: "doorward-wording",
        own: &["doorward-domain"],
        foreign: Only(&["fluent-bundle", "unic-langid", "askama"]),
    },
    Permission {
        package: "doorward-store",
        own: &["doorward-domain"],
        // tempfile stands behind the feature `testing` and never reaches the program; rustix lets the writer of history give
        // way to everybody else.
        foreign: Only(&[
            "thiserror",
            "sqlx",
            "rusqlite",
            "rustix",
            "uuid",
            "tokio",
            "tracing",
            "metrics",
            "tempfile",
        ]),
    },
    Permission {
        package: "doorward-app",
        own: &[
            "doorward-domain",
            "doorward-store",
            "doorward-engine",
            "doorward-journal",
            "doorward-captcha",
            "doorward-wording",
        ],
        foreign: AnyBut(&[
            "axum*",
            "askama*",
            "sqlx*",
            "rusqlite",
            "tokio-postgres",
            "openssl*",
            "native-tls",
            "ring",
        ]),
    },
    Permission {
        package: "doorward-web",
        own: &["doorward-app", "doorward-wording", "doorward-domain"],
        foreign: AnyBut(&[
            "sqlx*",
            "rusqlite",
            "tokio-postgres",
            "openssl*",
            "native-tls",
            "ring",
            "aws-lc*",
            "argon2",
            "hmac",
            "sha1",
            "sha2",
            "chacha20poly1305",
            "aes-gcm",
            "rustls*",
            "rand*",
            "getrandom",
            "lettre",
        ]),
    },
    Permission {
        package: "doorward",
        own: &[
            "doorward-web",
            "doorward-app",
            "doorward-store",
            "doorward-domain",
            "doorward-captcha",
            "doorward-wording",
            "doorward-turn",
        ],
        foreign: AnyBut(&["openssl*", "native-tls", "ring", "askama*"]),
    },
    Permission {
        package: "bench-market",
        own: &["doorward-app", "doorward-domain", "doorward-engine", "doorward-journal"],
        foreign: AnyBut(&[]),
    },
    Permission { package: "xtask", own: &["doorward-domain"], foreign: AnyBut(&["openssl*", "native-tls"]) },
    Permission {
        package: "bench",
        own: &[
            "doorward-web",
            "doorward-app",
            "doorward-store",
            "doorward-engine",
            "doorward-journal",
            "doorward-domain",
            "doorward-captcha",
            "doorward-wording",
        ],
        foreign: AnyBut(&[]),
    },
];

#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
}

#[derive(Deserialize)]
struct Package {
    name: String,
    dependencies: Vec<Dependency>,
}

#[derive(Deserialize)]
struct Dependency {
    name: String,
    /// `None` for an ordinary one, otherwise `dev` or `build`.
    kind: Option<String>,
    /// The folder of a crate of this workspace.
    path: Option<String>,
}

/// Reads the workspace's manifests through cargo, without the network.
pub(super) fn check(root: &Path) -> Result<Vec<Breach>, String> {
    let output = Command::new(std::env::var("CARGO").unwrap_or_else(|_| "cargo".to_owned()))
        .args(["metadata", "--no-deps", "--offline", "--format-version", "1"])
        .current_dir(root)
        .output()
        .map_err(|fault| format!("cargo does not start: {fault}"))?;
    if !output.status.success() {
        return Err(format!("cargo metadata failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    let metadata = serde_json::from_slice(&output.stdout)
        .map_err(|fault| format!("cargo metadata cannot be read: {fault}"))?;
    Ok(judge(&metadata))
}

fn judge(metadata: &Metadata) -> Vec<Breach> {
    let mut breaches = Vec::new();
    for package in &metadata.packages {
        let breach = |what| Breach { place: format!("package {}", package.name), what };
        let Some(permission) = TABLE.iter().find(|row| row.package == package.name) else {
            breaches
                .push(breach("is not in the dependency table of xtask/src/tidy/dependencies.rs".to_owned()));
            continue;
        };
        for dependency in &package.dependencies {
            if dependency.kind.as_deref() != Some("dev") && !permission.allows(dependency) {
                breaches
                    .push(breach(format!("may not depend on {} (ARCHITECTURE, the table)", dependency.name)));
            }
        }
    }
    breaches
}

impl Permission {
    fn allows(&self, dependency: &Dependency) -> bool {
        let name = dependency.name.as_str();
        if dependency.path.is_some() {
            return self.own.contains(&name);
        }
        match self.foreign {
            Only(names) => names.contains(&name),
            AnyBut(names) => !names.iter().any(|pattern| matches(pattern, name)),
        }
    }
}

fn matches(pattern: &str, name: &str) -> bool {
    pattern.strip_suffix('*').map_or(pattern == name, |beginning| name.starts_with(beginning))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn breaches(package: &str, dependency: &str, own: bool, kind: Option<&str>) -> usize {
        let dependency = Dependency {
            name: dependency.to_owned(),
            kind: kind.map(str::to_owned),
            path: own.then(|| "/somewhere".to_owned()),
        };
        let package = Package { name: package.to_owned(), dependencies: vec![dependency] };
        judge(&Metadata { packages: vec![package] }).len()
    }

    #[test]
    fn an_edge_outside_the_table_is_a_breach() {
        for (package, dependency, own, expected) in [
            ("doorward-domain", "sha2", false, 0),
            ("doorward-domain", "tokio", false, 1),
            ("doorward-domain", "serde", false, 1),
            ("doorward-domain", "doorward-store", true, 1),
            ("doorward-store", "doorward-domain", true, 0),
            ("doorward-store", "axum", false, 1),
            ("doorward-app", "sqlx", false, 1),
            ("doorward-app", "sqlx-core", false, 1),
            ("doorward-app", "doorward-web", true, 1),
            ("doorward-web", "doorward-store", true, 1),
            ("doorward-web", "doorward-captcha", true, 1),
            ("doorward-web", "argon2", false, 1),
            ("doorward-web", "axum", false, 0),
            ("doorward-captcha", "doorward-domain", true, 1),
            ("doorward-engine", "tokio", false, 1),
            ("doorward-journal", "doorward-engine", true, 1),
            ("doorward-wording", "tokio", false, 1),
            ("doorward", "openssl-sys", false, 1),
            ("a-new-crate", "anything", false, 1),
        ] {
            assert_eq!(breaches(package, dependency, own, None), expected, "{package} → {dependency}");
        }
    }

    #[test]
    fn test_dependencies_are_free_and_build_dependencies_are_not() {
        assert_eq!(breaches("doorward-domain", "proptest", false, Some("dev")), 0);
        assert_eq!(breaches("doorward-domain", "tokio", false, Some("build")), 1);
    }
}
