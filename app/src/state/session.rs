//! Signing in and out. A session only sends; the data opens without it.

use super::device::{Device, files, key, tabs_message};
use super::sync;
use crate::platform::{StoreError, Write, net, page, prefs, store, tabs};
use domain::access::{Actor, Role};
use domain::device::{arrival::arrived, departure::departed};
use domain::ids::{RegionId, SchoolId, UserId};
use domain::sync::outbox::Queued;
use domain::vault::envelope::SealingKey;
use domain::vault::tag_of;
use leptos::prelude::{Set, SetValue};
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
    #[serde(default)]
    sealing_key: Option<SealingKey>,
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

/// Signs in; the person's PIN comes next. The sentence to show if it did not work.
///
/// Without a network, who has files on this device comes to their lock screen: the PIN opens them.
pub async fn sign_in(device: Device, username: &str, password: &str) -> Result<(), String> {
    let username = username.trim();
    match ask(username, password).await {
        Ok(arrived) => adopt(device, username, arrived).await,
        Err(NotSignedIn::Refused(words)) => Err(words),
        Err(NotSignedIn::NoNetwork) if store::whose().is_none() => {
            let found = store::people::find(|user| tag_of(user, username)).await;
            let Some(user) = found else { return Err(NO_NETWORK.to_owned()) };
            prefs::set(LAST, &user.to_string());
            tabs::tell(&format!("{}{user}", tabs_message::USER));
            device.open(user).await;
            Ok(())
        }
        Err(NotSignedIn::NoNetwork) => Err("There is no network here. Please sign in when there is one.".to_owned()),
    }
}

const NO_NETWORK: &str = "There is no network here. Signing in for the first time on this device needs one.";

/// The PIN is forgotten: the password sets up this device anew. Files come from the server; what was not
/// sent lies here in envelopes and is sent.
pub async fn start_anew(device: Device, username: &str, password: &str) -> Result<(), String> {
    let username = username.trim();
    let arrived = ask(username, password).await.map_err(|refused| match refused {
        NotSignedIn::Refused(words) => words,
        NotSignedIn::NoNetwork => "There is no network here. A new PIN needs one.".to_owned(),
    })?;
    // Somebody else's password opens somebody else's store; this one stays as it is.
    if store::belongs_to() == Some(arrived.me.user) {
        store::vault::destroy().await.map_err(|error| error.to_string())?;
        // Other tabs must not go on with the key that is gone.
        tabs::tell(tabs_message::LOCKED);
    }
    adopt(device, username, arrived).await
}

enum NotSignedIn {
    NoNetwork,
    Refused(String),
}

async fn ask(username: &str, password: &str) -> Result<Arrived, NotSignedIn> {
    let refused = |words: &str| NotSignedIn::Refused(words.to_owned());
    let request = SignIn { username, password, browser: page::browser_name() };
    let body = serde_json::to_string(&request).map_err(|error| NotSignedIn::Refused(error.to_string()))?;
    let reply = net::post_json("/api/v1/sign-in", &body).await.map_err(|_| NotSignedIn::NoNetwork)?;
    if reply.status != 200 {
        let problem: Option<Problem> = serde_json::from_str(&reply.body).ok();
        let said = |problem: Problem| if problem.detail.is_empty() { problem.title } else { problem.detail };
        let detail = problem.map(said).filter(|words| !words.is_empty());
        return Err(detail.map_or_else(
            || refused("The server could not sign you in just now. Please try again."),
            NotSignedIn::Refused,
        ));
    }
    let answer: SignedIn = serde_json::from_str(&reply.body)
        .map_err(|_| refused("The server's answer could not be read. Please try again."))?;
    let SignedInUser { id, name, role, region, school, post } = answer.user;
    Ok(Arrived { me: Actor { user: id, name, role, region, school, post }, sealing_key: answer.sealing_key })
}

/// Who has just signed in, until their store is open.
#[derive(Debug, Clone)]
pub struct Arrived {
    /// Who.
    pub me: Actor,
    sealing_key: Option<SealingKey>,
}

impl Arrived {
    /// What the store has to keep of it, beside what waits there.
    pub(super) fn writes(&self, queue: &[Queued]) -> Vec<Write> {
        arrived(&self.me, self.sealing_key.as_ref(), queue)
    }
}

/// Opens the store of who has signed in. Where it is open already (the session had ended) work goes on;
/// else the PIN comes next.
async fn adopt(device: Device, username: &str, arrived: Arrived) -> Result<(), String> {
    let user = arrived.me.user;
    prefs::set(LAST, &user.to_string());
    if store::whose() == Some(user) {
        let kept = async {
            let (queue, _) = files::read_outbox().await?;
            store::write(arrived.writes(&queue)).await
        };
        kept.await.map_err(|error: StoreError| error.to_string())?;
        sync::signed_in(device);
        return Ok(());
    }
    // Nothing of who was here before stays in memory.
    device.close();
    device.arrived.set_value(Some(arrived));
    tabs::tell(&format!("{}{user}", tabs_message::USER));
    device.open(user).await;
    // Whoever comes without a network is asked for the name first.
    let _ = store::people::remember(&tag_of(user, username)).await;
    Ok(())
}

/// Whose store was open last.
const LAST: &str = "user";

/// Whose lock screen the app begins with. None after signing out, and where nobody was here.
pub(super) async fn last() -> Option<UserId> {
    if let Some(kept) = prefs::get(LAST) {
        return kept.parse().ok();
    }
    // A browser that was killed may have forgotten its preferences, which are not kept as strictly as the
    // stores are. Where there is but one, that is whose it was.
    match store::people::all().await.as_slice() {
        [only] => Some(*only),
        _ => None,
    }
}

/// Signs out. Unsent ops and drafts stay on this device, in this person's own store, and are sent
/// when they sign in again; the files themselves are removed from it.
pub async fn sign_out(device: Device) {
    sync::flush(device).await;
    // The session ends at the server if it can be reached; the device forgets it in any case.
    let _ = net::post_json("/api/v1/sign-out", "{}").await;
    let _ = async { store::write(departed(&files::read_meta(key::CURSOR).await?.unwrap_or_default())).await }.await;
    prefs::set(LAST, "");
    tabs::tell(tabs_message::SIGNED_OUT);
    device.close();
    device.phase.set(super::Phase::SignedOut);
}
