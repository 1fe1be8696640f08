//! Surroundings in which it cannot start: one clear line each.

use super::{
    Command, LocalPostgres, LocalPostgresConfig, LocalPostgresError, PermissionsExt, ask, config, folder, fs, geteuid,
    is_one_line,
};

async fn refused(config: &LocalPostgresConfig) -> LocalPostgresError {
    let problem = LocalPostgres::start(config).await.expect_err("it started");
    is_one_line(&problem);
    problem
}

/// A folder of programs that print what they are told.
fn pretend(bin: &std::path::Path, version: &str) {
    fs::create_dir(bin).unwrap();
    for (name, script) in [("postgres", format!("#!/bin/sh\necho '{version}'\n")), ("initdb", "#!/bin/sh\n".to_owned())]
    {
        fs::write(bin.join(name), script).unwrap();
        fs::set_permissions(bin.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    }
}

#[tokio::test]
async fn a_folder_without_the_programs_is_named() {
    let folder = folder();
    let empty = folder.path().join("empty");
    fs::create_dir(&empty).unwrap();
    let problem = refused(&LocalPostgresConfig { bin: Some(empty.clone()), ..config(&folder) }).await;
    assert!(matches!(&problem, LocalPostgresError::NoProgramsIn { folder } if *folder == empty), "{problem}");
    assert!(problem.to_string().starts_with("LIGNUM_POSTGRES_BIN: "));
}

#[tokio::test]
async fn an_old_version_is_refused() {
    let folder = folder();
    let bin = folder.path().join("bin");
    pretend(&bin, "postgres (PostgreSQL) 14.11");
    let problem = refused(&LocalPostgresConfig { bin: Some(bin), ..config(&folder) }).await;
    assert!(matches!(&problem, LocalPostgresError::TooOld { major: 14, .. }), "{problem}");
}

#[tokio::test]
async fn data_of_a_version_that_is_gone_is_not_touched() {
    let folder = folder();
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
    let bin = folder.path().join("bin");
    pretend(&bin, "postgres (PostgreSQL) 99.1");
    let problem = refused(&LocalPostgresConfig { bin: Some(bin), ..config(&folder) }).await;
    assert!(matches!(&problem, LocalPostgresError::WrongMajor { .. }), "{problem}");
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
}

#[tokio::test]
async fn something_else_in_the_place_of_the_cluster_is_left_alone() {
    let folder = folder();
    let place = folder.path().join("data/postgres");
    fs::create_dir_all(&place).unwrap();
    fs::write(place.join("letter.txt"), "mine").unwrap();
    let problem = refused(&config(&folder)).await;
    assert!(matches!(&problem, LocalPostgresError::NotACluster { .. }), "{problem}");
    assert_eq!(fs::read_to_string(place.join("letter.txt")).unwrap(), "mine");
}

#[tokio::test]
async fn a_data_folder_that_cannot_be_made_is_named() {
    let folder = folder();
    fs::write(folder.path().join("data"), "a file in its place").unwrap();
    let problem = refused(&config(&folder)).await;
    assert!(matches!(&problem, LocalPostgresError::Folder { .. }), "{problem}");
}

#[tokio::test]
async fn a_folder_that_may_not_be_written_is_named() {
    if geteuid().is_root() {
        // Root may write everywhere but on a read-only file system; /proc is one that every Linux has.
        let folder = folder();
        let problem = refused(&LocalPostgresConfig { data_dir: "/proc/lignum".into(), ..config(&folder) }).await;
        assert!(matches!(&problem, LocalPostgresError::Folder { .. }), "{problem}");
        return;
    }
    let folder = folder();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o555)).unwrap();
    let problem = refused(&config(&folder)).await;
    assert!(matches!(&problem, LocalPostgresError::Folder { .. }), "{problem}");
}

#[tokio::test]
async fn root_keeps_the_database_elsewhere_when_the_folder_is_out_of_reach() {
    if !geteuid().is_root() {
        eprintln!("skipped: only root hands the database to another user");
        return;
    }
    let folder = folder();
    let closed = folder.path().join("closed");
    fs::create_dir(&closed).unwrap();
    fs::set_permissions(&closed, fs::Permissions::from_mode(0o700)).unwrap();
    let config = LocalPostgresConfig { data_dir: closed.join("data"), ..config(&folder) };

    let postgres = LocalPostgres::start(&config).await.unwrap();
    let at = fs::read_to_string(closed.join("data/postgres-is-at")).unwrap();
    assert!(at.starts_with(config.elsewhere.to_str().unwrap()), "{at}");
    postgres.stop().await;
    // The second start finds it there; a removed data folder starts afresh and keeps the old cluster.
    let postgres = LocalPostgres::start(&config).await.unwrap();
    assert_eq!(ask(&postgres, "SELECT current_user::text").await.unwrap(), "lignum");
    postgres.stop().await;
    fs::remove_dir_all(&config.data_dir).unwrap();
    LocalPostgres::start(&config).await.unwrap().stop().await;
    assert_ne!(fs::read_to_string(closed.join("data/postgres-is-at")).unwrap(), at);
    assert!(std::path::Path::new(&at).join("postgres/PG_VERSION").is_file());
}

/// A file system of a few megabytes, gone with the value.
struct TinyDisk<'a>(&'a std::path::Path);

impl<'a> TinyDisk<'a> {
    fn mount(at: &'a std::path::Path, size: &str) -> Option<Self> {
        let options = format!("size={size},mode=0755");
        let mounted = Command::new("mount").args(["-t", "tmpfs", "-o", &options, "tmpfs"]).arg(at).output();
        mounted.is_ok_and(|mount| mount.status.success()).then(|| Self(at))
    }

    fn resize(&self, size: &str) {
        let options = format!("remount,size={size}");
        assert!(Command::new("mount").args(["-o", &options]).arg(self.0).status().unwrap().success());
    }
}

impl Drop for TinyDisk<'_> {
    fn drop(&mut self) {
        // A leftover mount in a temporary folder is all that a failure could leave.
        let _ = Command::new("umount").arg("-l").arg(self.0).status();
    }
}

#[tokio::test]
async fn a_full_disk_is_said_and_starting_works_once_there_is_room() {
    let folder = folder();
    let data = folder.path().join("data");
    fs::create_dir(&data).unwrap();
    let Some(disk) = TinyDisk::mount(&data, "8m") else {
        eprintln!("skipped: only root with the right to mount can make a disk that fills up");
        return;
    };
    let problem = refused(&config(&folder)).await;
    assert!(matches!(&problem, LocalPostgresError::DiskFull { .. }), "{problem}");

    disk.resize("200m");
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;

    let ballast = data.join("ballast");
    let filled = Command::new("dd").args(["if=/dev/zero", "bs=64k"]).arg(format!("of={}", ballast.display())).output();
    assert!(!filled.unwrap().status.success(), "dd ends when the disk is full");
    let problem = refused(&config(&folder)).await;
    assert!(matches!(&problem, LocalPostgresError::DiskFull { .. }), "{problem}");

    fs::remove_file(ballast).unwrap();
    LocalPostgres::start(&config(&folder)).await.unwrap().stop().await;
}
