//! The secrets that a browser carries, and how the database knows them without holding them.
//!
//! ```text
//! session secret ──hash──▶ mark of the browser ──hash──▶ key of the row in `sessions`
//! (cookie `lignum`)        (cookie `lignum-seen`)
//! ```
//! Nobody gets from right to left: a copy of the database opens no session, and the mark, which stays
//! after signing out, only proves that this person has signed in with this browser before.

use std::time::Duration;

use axum::http::{HeaderMap, HeaderValue, header::COOKIE};
use rand::Rng;
use sha2::{Digest, Sha256};

/// The key of a row in `sessions`.
pub type TokenHash = [u8; 32];

const SECRET: &str = "lignum";
const MARK: &str = "lignum-seen";
/// Browsers keep no cookie longer than 400 days.
const MARK_LIFE: Duration = Duration::from_hours(400 * 24);

/// The secret of a session: 256 random bits.
#[derive(Clone, PartialEq, Eq)]
pub struct Token([u8; 32]);

/// The mark of a browser in which somebody has signed in.
#[derive(Clone, PartialEq, Eq)]
pub struct Mark([u8; 32]);

impl Token {
    /// A new one.
    pub fn random() -> Self {
        let mut bytes = [0; 32];
        rand::rng().fill_bytes(&mut bytes);
        Self(bytes)
    }

    /// The mark that stays when the session has ended.
    pub fn mark(&self) -> Mark {
        Mark(Sha256::new().chain_update("lignum mark ").chain_update(self.0).finalize().into())
    }

    /// What the database holds.
    pub fn hash(&self) -> TokenHash {
        self.mark().hash()
    }
}

impl Mark {
    /// What the database holds.
    pub fn hash(&self) -> TokenHash {
        Sha256::digest(self.0).into()
    }
}

impl std::fmt::Debug for Token {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Token(…)")
    }
}

impl std::fmt::Debug for Mark {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Mark(…)")
    }
}

/// The cookies' names and attributes. With https they carry the prefix `__Host-`, by which a browser
/// vouches that no other host has set them.
#[derive(Debug, Clone, Copy)]
pub struct Cookies {
    /// Whether people reach the server by https.
    pub https: bool,
}

impl Cookies {
    fn name(self, name: &str) -> String {
        if self.https { format!("__Host-{name}") } else { name.to_owned() }
    }

    fn read(self, headers: &HeaderMap, name: &str) -> Option<[u8; 32]> {
        let name = self.name(name);
        headers
            .get_all(COOKIE)
            .iter()
            .filter_map(|line| line.to_str().ok())
            .flat_map(|line| line.split(';'))
            .filter_map(|pair| pair.trim().split_once('='))
            .find(|(known, _)| *known == name)
            .and_then(|(_, value)| from_hex(value))
    }

    /// The session secret that a request carries.
    pub fn token(self, headers: &HeaderMap) -> Option<Token> {
        self.read(headers, SECRET).map(Token)
    }

    /// The mark that a request carries, by itself or within the secret.
    pub fn mark(self, headers: &HeaderMap) -> Option<Mark> {
        self.read(headers, MARK).map(Mark).or_else(|| self.token(headers).map(|token| token.mark()))
    }

    /// The cookies of a new session, kept by the browser as long as the session can last.
    pub fn begin(self, token: &Token, life: Duration) -> [HeaderValue; 2] {
        [self.cookie(SECRET, &to_hex(token.0), life), self.cookie(MARK, &to_hex(token.mark().0), MARK_LIFE)]
    }

    /// Takes the secret away from the browser; the mark stays.
    pub fn end(self) -> HeaderValue {
        self.cookie(SECRET, "", Duration::ZERO)
    }

    fn cookie(self, name: &str, value: &str, life: Duration) -> HeaderValue {
        let secure = if self.https { "; Secure" } else { "" };
        let text =
            format!("{}={value}; Path=/; Max-Age={}; HttpOnly; SameSite=Lax{secure}", self.name(name), life.as_secs());
        // Only hexadecimal digits and our own words: it is always a header value.
        HeaderValue::try_from(text).unwrap_or_else(|_| HeaderValue::from_static(""))
    }
}

fn to_hex(bytes: [u8; 32]) -> String {
    domain::sync::chain::hex(&bytes)
}

fn from_hex(text: &str) -> Option<[u8; 32]> {
    if text.len() != 64 || !text.is_ascii() {
        return None;
    }
    let mut bytes = [0; 32];
    for (byte, digits) in bytes.iter_mut().zip(text.as_bytes().chunks_exact(2)) {
        let digit = |digit: u8| char::from(digit).to_digit(16).and_then(|d| u8::try_from(d).ok());
        *byte = digit(digits[0])? << 4 | digit(digits[1])?;
    }
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use axum::http::{HeaderMap, HeaderValue, header::COOKIE};

    use super::{Cookies, Token};

    fn sent_back(cookies: &[HeaderValue]) -> HeaderMap {
        let pairs: Vec<_> = cookies.iter().map(|c| c.to_str().unwrap().split(';').next().unwrap()).collect();
        let mut headers = HeaderMap::new();
        headers.insert(COOKIE, HeaderValue::try_from(pairs.join("; ")).unwrap());
        headers
    }

    #[test]
    fn what_a_browser_sends_back_is_the_same_secret() {
        for https in [false, true] {
            let (cookies, token) = (Cookies { https }, Token::random());
            let headers = sent_back(&cookies.begin(&token, Duration::from_mins(1)));
            assert_eq!(cookies.token(&headers).unwrap().hash(), token.hash());
            assert_eq!(cookies.mark(&headers).unwrap().hash(), token.hash());
            assert!(Cookies { https: !https }.token(&headers).is_none());
        }
    }

    #[test]
    fn the_mark_alone_opens_no_session() {
        let (cookies, token) = (Cookies { https: false }, Token::random());
        let [_, mark] = cookies.begin(&token, Duration::from_mins(1));
        let as_secret = mark.to_str().unwrap().replace("lignum-seen=", "lignum=");
        let headers = sent_back(&[HeaderValue::try_from(as_secret).unwrap()]);
        assert_ne!(cookies.token(&headers).unwrap().hash(), token.hash());
    }

    #[test]
    fn over_https_the_cookie_is_bound_to_the_host() {
        let [secret, _] = Cookies { https: true }.begin(&Token::random(), Duration::from_mins(1));
        let secret = secret.to_str().unwrap();
        assert!(secret.starts_with("__Host-lignum="), "{secret}");
        for attribute in ["; Secure", "; HttpOnly", "; SameSite=Lax", "; Path=/", "; Max-Age=60"] {
            assert!(secret.contains(attribute), "{secret}");
        }
        assert!(!secret.contains("Domain"), "{secret}");
    }

    #[test]
    fn a_damaged_cookie_is_no_cookie() {
        for value in ["", "abc", &"g".repeat(64), &"é".repeat(32)] {
            let mut headers = HeaderMap::new();
            headers.insert(COOKIE, HeaderValue::try_from(format!("lignum={value}")).unwrap());
            assert!(Cookies { https: false }.token(&headers).is_none(), "{value}");
        }
    }
}
