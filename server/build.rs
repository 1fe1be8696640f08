//! Rebuilds the server when a migration is added or changed, since they are embedded in it.

fn main() {
    println!("cargo:rerun-if-changed=migrations");
}
