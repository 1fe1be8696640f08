//! Signing in and out, and asking who one is.

use axum::{
    Json,
    extract::{FromRequest, Request, State},
    http::{
        HeaderMap, StatusCode,
        header::{SET_COOKIE, USER_AGENT},
    },
    response::{AppendHeaders, IntoResponse, Response},
};
use domain::{
    access::{Actor, Role},
    ids::{RegionId, SchoolId, UserId},
    vault::envelope::SealingKey,
};
use serde::{Deserialize, Serialize};

use crate::{
    auth::{
        address,
        layer::{RequireSession, signed_out},
        password::PasswordError,
        session,
        sign_in::{NotSignedIn, SignedIn, Visitor},
    },
    db::user::Account,
    http::{error::Problem, state::AppState},
};

/// What a person types. It has no `Debug`, which would show the password.
#[derive(Deserialize)]
pub struct Credentials {
    /// The name to sign in with; capitals do not matter.
    pub username: String,
    /// The password.
    pub password: String,
}

/// Who has signed in.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Person {
    /// Which account.
    pub id: UserId,
    /// The person's name.
    pub name: String,
    /// In which role.
    pub role: Role,
    /// Their region; of a counsellor, the school's.
    pub region: Option<RegionId>,
    /// The school of a counsellor.
    pub school: Option<SchoolId>,
    /// Their post.
    pub post: String,
}

/// The answer to signing in.
#[derive(Debug, Serialize)]
struct SignInAnswer {
    user: SignInUser,
    /// To which the device seals what it has not yet sent.
    #[serde(skip_serializing_if = "Option::is_none")]
    sealing_key: Option<SealingKey>,
}

#[derive(Debug, Serialize)]
struct SignInUser {
    username: String,
    #[serde(flatten)]
    person: Person,
}

/// The answer to "who am I".
#[derive(Debug, Serialize, Deserialize)]
pub struct WhoAmI {
    /// Who.
    pub user: Person,
    /// Which session; not the secret.
    pub session: uuid::Uuid,
}

impl From<Account> for SignInUser {
    fn from(account: Account) -> Self {
        let Account { id, username, name, role, post, region, school, .. } = account;
        Self { username, person: Person { id, name, role, region, school, post } }
    }
}

impl From<Actor> for Person {
    fn from(actor: Actor) -> Self {
        let Actor { user, name, role, region, school, post } = actor;
        Self { id: user, name, role, region, school, post }
    }
}

/// `POST /api/v1/sign-in`
pub async fn sign_in(State(state): State<AppState>, request: Request) -> Result<Response, Problem> {
    let cookies = state.cookies();
    let visitor = Visitor {
        address: address::visitor(request.extensions(), request.headers()),
        browser: browser(request.headers()),
        token: cookies.token(request.headers()),
        mark: cookies.mark(request.headers()),
    };
    let Ok(Json(credentials)) = Json::<Credentials>::from_request(request, &()).await else {
        return Err(Problem::new(StatusCode::BAD_REQUEST, "malformed", "This is not a name and a password."));
    };
    let desk = state.sign_in_desk();
    let SignedIn { token, account } =
        desk.sign_in(&credentials.username, &credentials.password, &visitor).await.map_err(explained)?;
    let [secret, mark] = cookies.begin(&token, state.config.session.absolute);
    let set = AppendHeaders([(SET_COOKIE, secret), (SET_COOKIE, mark)]);
    let answer = SignInAnswer { user: account.into(), sealing_key: state.envelopes.announced() };
    Ok((set, Json(answer)).into_response())
}

/// `POST /api/v1/sign-out`: as good when nobody is signed in.
pub async fn sign_out(State(state): State<AppState>, headers: HeaderMap) -> Result<Response, Problem> {
    let cookies = state.cookies();
    if let Some(token) = cookies.token(&headers) {
        session::sign_out(&state.pool, &token).await?;
    }
    Ok((StatusCode::NO_CONTENT, [(SET_COOKIE, cookies.end())]).into_response())
}

/// `GET /api/v1/session`
pub async fn who_am_i(session: Option<RequireSession>) -> Result<Json<WhoAmI>, Problem> {
    let RequireSession(session) = session.ok_or_else(signed_out)?;
    Ok(Json(WhoAmI { session: session.id, user: session.actor.into() }))
}

fn browser(headers: &HeaderMap) -> String {
    let agent = headers.get(USER_AGENT).and_then(|agent| agent.to_str().ok()).unwrap_or_default();
    session::browser_name(agent)
}

fn explained(problem: NotSignedIn) -> Problem {
    match problem {
        NotSignedIn::Wrong => {
            Problem::new(StatusCode::UNAUTHORIZED, "wrong-credentials", "The username or the password is not right.")
        }
        NotSignedIn::Wait(wait) => {
            let seconds = wait.as_secs() + 1;
            let shown =
                if seconds < 90 { format!("{seconds} seconds") } else { format!("{} minutes", seconds.div_ceil(60)) };
            let title = format!("There were too many wrong passwords. Please wait {shown} and try again.");
            Problem::new(StatusCode::TOO_MANY_REQUESTS, "sign-in-wait", title).retry_after(wait)
        }
        NotSignedIn::Password(PasswordError::Busy) => {
            let title = "Many people are signing in at this moment. Please try again in a few seconds.";
            Problem::new(StatusCode::SERVICE_UNAVAILABLE, "busy", title).retry_after(std::time::Duration::from_secs(5))
        }
        NotSignedIn::Password(problem) => {
            tracing::error!("a password could not be looked at: {problem}");
            Problem::new(StatusCode::INTERNAL_SERVER_ERROR, "internal", "Something went wrong here. It has been noted.")
        }
        NotSignedIn::Database(problem) => problem.into(),
    }
}
