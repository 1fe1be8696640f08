//! A browser: asks for pages and data, keeps cookies.

use std::{collections::BTreeMap, net::SocketAddr};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::ConnectInfo,
    http::{HeaderMap, Method, Request, StatusCode, header},
};
use domain::{access::Role, ids::UserId};
use serde_json::{Value, json};
use server::auth::password::{PasswordCost, Passwords};
use tower::ServiceExt;

use super::{Person, World};

/// A password that the rules like.
pub const PASSWORD: &str = "goats under the mango tree";

/// A browser: keeps cookies by name.
#[derive(Clone)]
pub struct Browser {
    router: Router,
    pub cookies: BTreeMap<String, String>,
    pub address: SocketAddr,
}

/// What came back.
#[derive(Debug)]
pub struct Reply {
    pub status: StatusCode,
    pub headers: HeaderMap,
    pub text: String,
    pub body: Value,
}

impl Browser {
    pub fn new(router: &Router) -> Self {
        Self { router: router.clone(), cookies: BTreeMap::new(), address: ([192, 0, 2, 1], 40_000).into() }
    }

    /// The browser of somebody who has signed in.
    pub fn of(world: &World, person: &Person) -> Self {
        let mut browser = Self::new(&world.router);
        let (name, value) = person.cookie.split_once('=').unwrap();
        browser.cookies.insert(name.to_owned(), value.to_owned());
        browser
    }

    /// The same browser elsewhere in the network.
    pub fn at(mut self, last: u8) -> Self {
        self.address = ([192, 0, 2, last], 40_000).into();
        self
    }

    pub async fn get(&mut self, path: &str) -> Reply {
        self.ask(Method::GET, path, &[], String::new()).await
    }

    pub async fn post(&mut self, path: &str, body: &Value) -> Reply {
        self.ask(Method::POST, path, &[("content-type", "application/json")], body.to_string()).await
    }

    pub async fn ask(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: String) -> Reply {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        if !self.cookies.is_empty() {
            let pairs: Vec<_> = self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, pairs.join("; "));
        }
        let mut request = request.body(Body::from(body)).unwrap();
        request.extensions_mut().insert(ConnectInfo(self.address));
        let response = self.router.clone().oneshot(request).await.unwrap();
        let (parts, body) = response.into_parts();
        for cookie in parts.headers.get_all(header::SET_COOKIE) {
            let (pair, attributes) = cookie.to_str().unwrap().split_once(';').unwrap();
            let (name, value) = pair.split_once('=').unwrap();
            if attributes.contains("Max-Age=0;") {
                self.cookies.remove(name);
            } else {
                self.cookies.insert(name.to_owned(), value.to_owned());
            }
        }
        let bytes = to_bytes(body, usize::MAX).await.unwrap();
        Reply {
            status: parts.status,
            headers: parts.headers,
            text: String::from_utf8_lossy(&bytes).into_owned(),
            body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
        }
    }

    pub async fn sign_in(&mut self, username: &str, password: &str) -> Reply {
        self.post("/api/v1/sign-in", &json!({ "username": username, "password": password })).await
    }

    pub async fn who_am_i(&mut self) -> Reply {
        self.get("/api/v1/session").await
    }

    /// Calls a function of the desk.
    pub async fn desk(&mut self, function: &str, arguments: Value) -> Reply {
        self.post(&format!("/api/desk/{function}"), &arguments).await
    }
}

impl Reply {
    #[track_caller]
    pub fn is(&self, status: u16) -> &Self {
        assert_eq!(self.status.as_u16(), status, "{}", self.text);
        self
    }

    #[track_caller]
    pub fn is_problem(&self, status: u16, code: &str) {
        assert_eq!((self.status.as_u16(), self.body["type"].as_str()), (status, Some(code)), "{}", self.text);
        assert_eq!(self.headers["content-type"], "application/problem+json");
    }

    /// The codes and fields of a desk's refusals.
    #[track_caller]
    pub fn refusals(&self) -> Vec<(String, Option<String>)> {
        assert_eq!(self.body["is"], "refused", "{}", self.text);
        let refusals = self.body["refusals"].as_array().unwrap();
        let word = |value: &Value| value.as_str().map(str::to_owned);
        refusals.iter().map(|refusal| (word(&refusal["code"]).unwrap(), word(&refusal["field"]))).collect()
    }

    #[track_caller]
    pub fn is_refused(&self, code: &str, field: Option<&str>) {
        self.is(422);
        assert_eq!(self.refusals(), [(code.to_owned(), field.map(str::to_owned))]);
    }
}

/// Gives somebody [`PASSWORD`], hashed cheaply.
pub async fn give_password(world: &World, user: UserId) {
    let passwords = Passwords::new(PasswordCost { memory_kib: 64, passes: 1 }).unwrap();
    let hash = passwords.hash(PASSWORD).await.unwrap();
    sqlx::query("UPDATE users SET password_hash = $2 WHERE id = $1")
        .bind(user.0)
        .bind(hash)
        .execute(&world.owner)
        .await
        .unwrap();
}

/// The username that the world gave to a person of the west.
pub fn username(role: Role) -> String {
    match role {
        Role::Administrator => "admin".to_owned(),
        role => format!("{}-western", role.code()),
    }
}
