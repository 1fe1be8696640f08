//! `lignum admin`: accounts, for the first administrator and for emergencies.
//!
//! Passwords are never taken from the command line, where other users of the machine could read them:
//! they come from the terminal or from standard input.

mod password;

use anyhow::{Context, Result, anyhow, bail};
use app::desk::{DeskError, UserForm};
use clap::{Args, Subcommand};
use domain::{
    access::Role,
    clock::{jamaica_day, show_day},
    ids::UserId,
    site::Sites,
};
use sqlx::PgPool;

use crate::{
    auth::password::Passwords,
    config::Config,
    db,
    services::users::Register,
    startup::{Tenancy, open_database_as},
};

/// What `lignum admin` takes.
#[derive(Debug, Clone, Args)]
pub struct AdminArgs {
    /// What to do
    #[command(subcommand)]
    pub action: AdminAction,
}

/// What `lignum admin` can do.
#[derive(Debug, Clone, Subcommand)]
pub enum AdminAction {
    /// Make an account
    CreateUser(CreateUserArgs),
    /// Give an account a new password, and end its sessions
    SetPassword(AccountArgs),
    /// Close an account, and end its sessions; what it wrote stays
    DisableUser(AccountArgs),
    /// List all accounts
    ListUsers,
}

/// What `lignum admin create-user` takes. Which of site, region and post a role needs is the domain's rule.
#[derive(Debug, Clone, Args)]
pub struct CreateUserArgs {
    /// The name to sign in with
    pub username: String,
    /// counsellor, officer, supervisor or administrator
    #[arg(long)]
    pub role: String,
    /// The person's name as colleagues see it
    #[arg(long)]
    pub name: String,
    /// The region, for officers and supervisors
    #[arg(long)]
    pub region: Option<String>,
    /// The school, for counsellors
    #[arg(long)]
    pub school: Option<String>,
    /// The post held at the school, such as dean
    #[arg(long)]
    pub post: Option<String>,
    /// Read the password from standard input instead of the terminal
    #[arg(long)]
    pub password_stdin: bool,
}

/// Names an existing account.
#[derive(Debug, Clone, Args)]
pub struct AccountArgs {
    /// The name to sign in with
    pub username: String,
    /// Read the password from standard input instead of the terminal, where one is asked for
    #[arg(long)]
    pub password_stdin: bool,
}

/// Does it.
pub async fn run(args: &AdminArgs, config: &Config) -> Result<()> {
    let database = open_database_as(config, Tenancy::Shared).await?;
    let done = act(args, config, &database.owner).await;
    database.close().await;
    done
}

async fn act(args: &AdminArgs, config: &Config, owner: &PgPool) -> Result<()> {
    let passwords = Passwords::new(config.password)?;
    let register = Register { pool: owner, passwords: &passwords, who: None };
    match &args.action {
        AdminAction::CreateUser(args) => {
            let form = form(args, owner).await?;
            let password = password::ask(args.password_stdin)?;
            register.create(&form, &password).await.map_err(said)?;
            println!("Made the account {}.", form.username.trim().to_lowercase());
        }
        AdminAction::SetPassword(args) => {
            let user = find(owner, &args.username).await?;
            let password = password::ask(args.password_stdin)?;
            register.set_password(user, &password).await.map_err(said)?;
            println!("Gave {} a new password and ended its sessions.", args.username);
        }
        AdminAction::DisableUser(args) => {
            let user = find(owner, &args.username).await?;
            register.set_disabled(user, true).await.map_err(said)?;
            println!("Closed {} and ended its sessions.", args.username);
        }
        AdminAction::ListUsers => list(owner).await?,
    }
    Ok(())
}

/// Places are named as people name them; their ids are looked up.
async fn form(args: &CreateUserArgs, owner: &PgPool) -> Result<UserForm> {
    let mut connection = owner.acquire().await?;
    let sites = db::place::all(&mut connection).await?;
    let role = Role::from_code(&args.role)
        .ok_or_else(|| anyhow!("{} is no role: counsellor, officer, supervisor or administrator", args.role))?;
    let region = match &args.region {
        Some(name) => region(&sites, name)?,
        None if role.needs_region() => {
            bail!("--region is missing: {}", named(sites.regions.iter().map(|r| r.name.as_str())))
        }
        None => String::new(),
    };
    let school = match &args.school {
        Some(name) => school(&sites, name)?,
        None if role.needs_school() => {
            bail!("--school is missing: {}", named(sites.schools.iter().map(|s| s.name.as_str())))
        }
        None => String::new(),
    };
    Ok(UserForm {
        username: args.username.clone(),
        name: args.name.clone(),
        role: args.role.clone(),
        region,
        school,
        post: args.post.clone().unwrap_or_default(),
    })
}

fn region(sites: &Sites, name: &str) -> Result<String> {
    let found = sites.regions.iter().find(|region| region.name.eq_ignore_ascii_case(name));
    found
        .map(|region| region.id.to_string())
        .with_context(|| format!("there is no region {name}: {}", named(sites.regions.iter().map(|r| r.name.as_str()))))
}

fn school(sites: &Sites, name: &str) -> Result<String> {
    let found = sites.schools.iter().find(|school| school.name.eq_ignore_ascii_case(name));
    found
        .map(|school| school.id.to_string())
        .with_context(|| format!("there is no school {name}: {}", named(sites.schools.iter().map(|s| s.name.as_str()))))
}

/// What there is to choose from.
fn named<'a>(names: impl Iterator<Item = &'a str>) -> String {
    let names: Vec<&str> = names.take(20).collect();
    if names.is_empty() {
        "there are none yet; make an administrator first, who makes them in the app".to_owned()
    } else {
        format!("choose one of {}", names.join(", "))
    }
}

async fn find(owner: &PgPool, username: &str) -> Result<UserId> {
    let account = db::user::account(owner, &username.trim().to_lowercase()).await?;
    account.map(|account| account.id).with_context(|| format!("there is no account {username}"))
}

async fn list(owner: &PgPool) -> Result<()> {
    let users = db::user::list(owner).await?;
    if users.is_empty() {
        println!(
            "There are no accounts yet. Make one with `lignum admin create-user NAME --role administrator --name \"…\"`."
        );
    }
    for user in users {
        let state = if user.disabled_at.is_some() { "closed" } else { "open" };
        let seen = user.last_seen_at.map_or_else(|| "never".to_owned(), |at| show_day(jamaica_day(at)));
        println!(
            "{:<24} {:<14} {:<7} last used {:<11} {}",
            user.values.username,
            user.values.role.code(),
            state,
            seen,
            user.values.name
        );
    }
    Ok(())
}

/// What the desk says, on one line.
fn said(problem: DeskError) -> anyhow::Error {
    match problem {
        DeskError::Refused { refusals } => {
            anyhow!(refusals.iter().map(|refusal| refusal.message.as_str()).collect::<Vec<_>>().join(" "))
        }
        other => anyhow!(other),
    }
}
