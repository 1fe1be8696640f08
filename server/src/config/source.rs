//! Where the values come from, and taking them one by one while the problems are collected.

use std::{collections::HashMap, path::PathBuf, str::FromStr};

use config::{Environment, File, FileFormat, Value};

use super::problem::{ConfigError, Problem};

const PREFIX: &str = "LIGNUM_";
/// Variables of this prefix that are for others: the file's own name, and the build scripts' places.
const NOT_KEYS: [&str; 3] = ["config", "cache", "bin"];

/// What the configuration is made from.
#[derive(Debug, Clone, Default)]
pub struct Sources {
    /// The file of `--config`; without it the one that `LIGNUM_CONFIG` names, if any.
    pub file: Option<PathBuf>,
    /// The environment.
    pub environment: HashMap<String, String>,
    /// Keys given on the command line.
    pub arguments: Vec<(&'static str, String)>,
}

impl Sources {
    /// The environment of this process, and a file if one was named.
    pub fn of_process(file: Option<PathBuf>) -> Self {
        // A variable that is not Unicode cannot be one of ours; `vars` would panic on it.
        let environment = std::env::vars_os()
            .filter_map(|(name, value)| Some((name.into_string().ok()?, value.into_string().ok()?)))
            .collect();
        Self { file, environment, arguments: Vec::new() }
    }

    /// The same, with a key from the command line if it was given.
    #[must_use]
    pub fn with(mut self, key: &'static str, value: Option<impl ToString>) -> Self {
        self.arguments.extend(value.map(|value| (key, value.to_string())));
        self
    }
}

/// The values not yet taken, and the problems met so far.
#[derive(Debug)]
pub(super) struct Values {
    left: HashMap<String, Value>,
    problems: Vec<Problem>,
}

impl Values {
    /// Reads all sources; returns also the variables that name no key once every key is taken.
    pub(super) fn read(sources: &Sources) -> Result<(Self, Vec<String>), ConfigError> {
        let named = sources.environment.get("LIGNUM_CONFIG").filter(|path| !path.is_empty());
        let mut builder = config::Config::builder();
        let path = sources.file.clone().or_else(|| named.map(PathBuf::from));
        if let Some(path) = path.clone() {
            builder = builder.add_source(File::from(path).format(FileFormat::Toml));
        }
        let ours = sources.environment.iter().filter_map(|(name, value)| {
            let key = name.strip_prefix(PREFIX)?.to_lowercase();
            (!NOT_KEYS.contains(&key.as_str())).then(|| (name.clone(), value.clone()))
        });
        let (known, unknown): (HashMap<_, _>, HashMap<_, _>) =
            ours.partition(|(name, _)| KEYS.contains(&name[PREFIX.len()..].to_lowercase().as_str()));
        builder = builder.add_source(
            Environment::with_prefix("LIGNUM").prefix_separator("_").ignore_empty(true).source(Some(known)),
        );
        let unreadable = |problem: &config::ConfigError| ConfigError::Unreadable {
            path: path.clone().unwrap_or_default(),
            // A parser quotes the line, which may hold the password, below its first line.
            problem: first_line(&problem.to_string()),
        };
        let mut left = builder
            .build()
            .and_then(config::Config::try_deserialize::<HashMap<String, Value>>)
            .map_err(|problem| unreadable(&problem))?;
        if let Some(url) = sources.environment.get("DATABASE_URL").filter(|url| !url.is_empty()) {
            left.entry("database_url".to_owned()).or_insert_with(|| Value::from(url.as_str()));
        }
        for (key, value) in &sources.arguments {
            left.insert((*key).to_owned(), Value::from(value.as_str()));
        }
        let mut unknown: Vec<_> = unknown.into_keys().collect();
        unknown.sort();
        Ok((Self { left, problems: Vec::new() }, unknown))
    }

    /// Takes a key that may be absent.
    pub(super) fn optional<T>(
        &mut self,
        key: &'static str,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<T> {
        debug_assert!(KEYS.contains(&key), "{key} is missing from KEYS");
        let value = self.left.remove(key)?;
        let parsed = match value.into_string() {
            Ok(text) => parse(&text),
            Err(_) => Err("must be a single value".to_owned()),
        };
        parsed.map_err(|must| self.refuse(key, &must)).ok()
    }

    /// Takes a key that has a default.
    pub(super) fn parsed<T>(
        &mut self,
        key: &'static str,
        default: T,
        parse: impl FnOnce(&str) -> Result<T, String>,
    ) -> T {
        self.optional(key, parse).unwrap_or(default)
    }

    /// Takes a whole number within bounds.
    pub(super) fn number<T>(&mut self, key: &'static str, default: T, least: T, most: T) -> T
    where
        T: FromStr + PartialOrd + Copy + std::fmt::Display,
    {
        self.parsed(key, default, |text| {
            text.trim()
                .parse()
                .ok()
                .filter(|number| (least..=most).contains(number))
                .ok_or_else(|| format!("must be a whole number from {least} to {most}"))
        })
    }

    /// Takes a path.
    pub(super) fn path(&mut self, key: &'static str) -> Option<PathBuf> {
        self.optional(key, |text| match text {
            "" => Err("must not be empty".to_owned()),
            text => Ok(PathBuf::from(text)),
        })
    }

    /// Notes that a key is wrong.
    pub(super) fn refuse(&mut self, key: &str, must: &str) {
        self.problems.push(Problem { key: key.to_owned(), must: must.to_owned() });
    }

    /// Refuses the whole if anything was wrong, or is left because nobody asked for it.
    pub(super) fn finish(mut self) -> Result<(), ConfigError> {
        let mut left: Vec<_> = self.left.drain().map(|(key, _)| key).collect();
        left.sort();
        for key in left {
            self.refuse(&key, "is not a key of this program");
        }
        if self.problems.is_empty() { Ok(()) } else { Err(ConfigError::Wrong(self.problems)) }
    }
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().trim_end_matches(':').to_owned()
}

/// Every key, so that a variable such as `LIGNUM_ADRESS` can be told from one.
const KEYS: [&str; 22] = [
    "address",
    "content_store",
    "data_dir",
    "database_connections",
    "database_url",
    "insecure_cookies",
    "log_filter",
    "log_format",
    "metrics_token",
    "password_memory_kib",
    "password_passes",
    "postgres_bin",
    "public_url",
    "session_absolute_hours",
    "session_idle_hours",
    "sign_in_attempts_per_account",
    "sign_in_attempts_per_address",
    "sign_in_window_minutes",
    "site_root",
    "sync_max_body_kib",
    "sync_max_concurrent",
    "sync_max_ops",
];
