use std::{collections::HashMap, fs, time::Duration};

use secrecy::ExposeSecret;

use super::{Config, ConfigError, LogFormat, Sources};

fn environment(pairs: &[(&str, &str)]) -> Sources {
    let environment: HashMap<_, _> =
        pairs.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    Sources { environment, ..Sources::default() }
}

fn wrong_keys(pairs: &[(&str, &str)]) -> Vec<String> {
    match Config::load(&environment(pairs)) {
        Err(ConfigError::Wrong(problems)) => problems.into_iter().map(|problem| problem.key).collect(),
        other => panic!("not refused: {other:?}"),
    }
}

fn file(text: &str) -> (tempfile::TempDir, Sources) {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("lignum.toml");
    fs::write(&path, text).unwrap();
    (folder, Sources { file: Some(path), ..Sources::default() })
}

#[test]
fn without_anything_it_serves_this_machine_only() {
    let config = Config::load(&Sources::default()).unwrap();
    assert_eq!(config.address.to_string(), "127.0.0.1:3000");
    assert_eq!(config.data_dir.to_str(), Some("data"));
    assert!(config.database_url.is_none());
    assert!(!config.is_https());
    assert_eq!(config.sync.max_body, 4 * 1024 * 1024);
    assert_eq!(config.sync.max_ops, 200);
    assert_eq!(config.log.format, LogFormat::Text);
}

#[test]
fn the_environment_wins_over_the_file_and_the_command_line_over_both() {
    let (_folder, mut sources) = file("address = \"127.0.0.1:1\"\nsync_max_ops = 7\nsession_idle_hours = 2\n");
    sources.environment.insert("LIGNUM_ADDRESS".to_owned(), "127.0.0.1:2".to_owned());
    sources.environment.insert("LIGNUM_SYNC_MAX_OPS".to_owned(), "8".to_owned());
    let config = Config::load(&sources.with("address", Some("127.0.0.1:3"))).unwrap();
    assert_eq!(config.address.port(), 3);
    assert_eq!(config.sync.max_ops, 8);
    assert_eq!(config.session.idle, Duration::from_hours(2));
}

#[test]
fn the_file_may_be_named_by_the_environment() {
    let (_folder, sources) = file("log_format = \"json\"");
    let path = sources.file.unwrap();
    let config = Config::load(&environment(&[("LIGNUM_CONFIG", path.to_str().unwrap())])).unwrap();
    assert_eq!(config.log.format, LogFormat::Json);
}

#[test]
fn all_wrong_keys_are_named_together() {
    let keys = wrong_keys(&[
        ("LIGNUM_ADDRESS", "nowhere"),
        ("LIGNUM_SYNC_MAX_OPS", "many"),
        ("LIGNUM_SYNC_MAX_CONCURRENT", "0"),
        ("LIGNUM_LOG_FORMAT", "xml"),
        ("LIGNUM_LOG_FILTER", "server=loud"),
        ("LIGNUM_PUBLIC_URL", "https://lignum.example/app"),
        ("DATABASE_URL", "mysql://somewhere"),
    ]);
    assert_eq!(
        keys,
        ["address", "public_url", "database_url", "sync_max_ops", "sync_max_concurrent", "log_format", "log_filter"]
    );
}

#[test]
fn an_unknown_key_in_the_file_is_refused_and_an_unknown_variable_reported() {
    let (_folder, sources) = file("adress = \"127.0.0.1:1\"");
    let refused = Config::load(&sources).unwrap_err().to_string();
    assert!(refused.contains("adress is not a key of this program"), "{refused}");

    let config = Config::load(&environment(&[("LIGNUM_ADRESS", "x"), ("LIGNUM_CACHE", "/tmp")])).unwrap();
    assert_eq!(config.unknown_variables, ["LIGNUM_ADRESS"]);
}

#[test]
fn beyond_this_machine_it_must_know_its_https_address_or_be_told_otherwise() {
    assert_eq!(wrong_keys(&[("LIGNUM_ADDRESS", "0.0.0.0:3000")]), ["public_url"]);
    let behind_proxy = [("LIGNUM_ADDRESS", "0.0.0.0:3000"), ("LIGNUM_PUBLIC_URL", "https://lignum.example")];
    assert!(Config::load(&environment(&behind_proxy)).unwrap().is_https());
    let test_network = [("LIGNUM_ADDRESS", "0.0.0.0:3000"), ("LIGNUM_INSECURE_COOKIES", "true")];
    assert!(!Config::load(&environment(&test_network)).unwrap().is_https());
}

#[test]
fn a_session_cannot_idle_longer_than_it_lasts() {
    let keys = wrong_keys(&[("LIGNUM_SESSION_IDLE_HOURS", "48"), ("LIGNUM_SESSION_ABSOLUTE_HOURS", "24")]);
    assert_eq!(keys, ["session_idle_hours"]);
}

#[test]
fn the_database_url_is_kept_and_never_shown() {
    let config = Config::load(&environment(&[("DATABASE_URL", "postgres://who:hush@db/lignum")])).unwrap();
    assert!(!format!("{config:?}").contains("hush"));
    assert_eq!(config.database_url.unwrap().expose_secret(), "postgres://who:hush@db/lignum");

    for wrong in ["mysql://who:hush@db/lignum", "postgres://who:hush@db:port/lignum", "who:hush"] {
        let refused = Config::load(&environment(&[("DATABASE_URL", wrong)])).unwrap_err();
        assert!(!format!("{refused} {refused:?}").contains("hush"), "{refused:?}");
    }
    let (_folder, sources) = file("database_url = \"postgres://who:hush@db/lignum");
    let refused = Config::load(&sources).unwrap_err();
    assert!(!format!("{refused} {refused:?}").contains("hush"), "{refused:?}");
    assert_eq!(refused.to_string().lines().count(), 1, "{refused}");
}

#[test]
fn a_missing_file_is_said_in_one_line() {
    let sources = Sources { file: Some("/nowhere/lignum.toml".into()), ..Sources::default() };
    let refused = Config::load(&sources).unwrap_err().to_string();
    assert!(refused.contains("/nowhere/lignum.toml"), "{refused}");
    assert_eq!(refused.lines().count(), 1);
}

#[test]
fn a_value_of_a_wrong_shape_is_named() {
    let (_folder, sources) = file("[address]\nport = 1\n");
    let refused = Config::load(&sources).unwrap_err().to_string();
    assert!(refused.contains("address must be a single value"), "{refused}");
}
