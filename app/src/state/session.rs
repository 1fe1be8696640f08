//! Signing in and out. A session only sends; the data opens without it.

use super::device::{Device, files, key, tabs_message};
use super::sync;
use crate::platform::{Shelf, Write, net, page, prefs, store, tabs};
use domain::access::{Actor, Role};
use domain::ids::{RegionId, SchoolId, UserId};
use leptos::prelude::Set;
use serde::{Deserialize, Serialize};

/// What was typed into the sign-in page that the server rendered, before the app had arrived.
#[derive(Clone, Default)]
pub struct Typed {
    /// The name.
    pub username: String,
    /// The password.
    pub password: String,
    /// The field in which the person was.
    pub focus: String,
}

#[derive(Serialize)]
struct SignIn<'a> {
    username: &'a str,
    password: &'a str,
    browser: String,
}

#[derive(Deserialize)]
struct SignedIn {
    user: SignedInUser,
}

#[derive(Deserialize)]
struct SignedInUser {
    id: UserId,
    name: String,
    role: Role,
    #[serde(default)]
    region: Option<RegionId>,
    #[serde(default)]
    school: Option<SchoolId>,
    #[serde(default)]
    post: String,
}

#[derive(Deserialize)]
struct Problem {
    #[serde(default)]
    title: String,
    #[serde(default)]
    detail: String,
}

/// Signs in and opens this person's store. The sentence to show if it did not work.
pub async fn sign_in(device: Device, username: &str, password: &str) -> Result<(), String> {
    let request = SignIn { username: username.trim(), password, browser: page::browser_name() };
    let body = serde_json::to_string(&request).map_err(|error| error.to_string())?;
    let Ok(reply) = net::post_json("/api/v1/sign-in", &body).await else {
        return Err("There is no network here. Signing in for the first time needs one.".to_owned());
    };
    if reply.status != 200 {
        let problem: Option<Problem> = serde_json::from_str(&reply.body).ok();
        let said = |problem: Problem| if problem.detail.is_empty() { problem.title } else { problem.detail };
        let detail = problem.map(said).filter(|words| !words.is_empty());
        return Err(detail.unwrap_or_else(|| "The server could not sign you in just now. Please try again.".to_owned()));
    }
    let answer: SignedIn = serde_json::from_str(&reply.body)
        .map_err(|_| "The server's answer could not be read. Please try again.".to_owned())?;
    let SignedInUser { id, name, role, region, school, post } = answer.user;
    let me = Actor { user: id, name, role, region, school, post };
    adopt(device, me).await
}

async fn adopt(device: Device, me: Actor) -> Result<(), String> {
    store::open(me.user).await.map_err(|error| error.to_string())?;
    store::write(vec![files::put_meta(key::ME, &me)]).await.map_err(|error| error.to_string())?;
    prefs::set("user", &me.user.to_string());
    tabs::tell(&format!("{}{}", tabs_message::USER, me.user));
    store::ask_to_keep().await;
    device.open(me.user).await;
    sync::signed_in(device);
    Ok(())
}

/// Signs out. Unsent ops and drafts stay on this device, in this person's own store, and are sent
/// when they sign in again; the files themselves are removed from it.
pub async fn sign_out(device: Device) {
    sync::flush(device).await;
    // The session ends at the server if it can be reached; the device forgets it in any case.
    let _ = net::post_json("/api/v1/sign-out", "{}").await;
    let _ = store::write(vec![
        Write::Clear(Shelf::Heads),
        Write::Clear(Shelf::Bodies),
        Write::Delete(Shelf::Meta, key::CURSOR.to_owned()),
        Write::Delete(Shelf::Meta, key::EXCHANGED.to_owned()),
        Write::Delete(Shelf::Meta, key::COLLEAGUES.to_owned()),
    ])
    .await;
    prefs::remove("user");
    tabs::tell(tabs_message::SIGNED_OUT);
    device.close();
    device.phase.set(super::Phase::SignedOut);
}
