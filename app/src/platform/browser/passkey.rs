//! Passkeys of this device: a fingerprint or a face that gives secret bytes (`WebAuthn`, extension `prf`).
//!
//! The server has no part in it and no challenge to check: what counts is what the passkey gives, and that
//! is given after the person was verified only.

use super::chance::Chance;
use crate::platform::PasskeyError;
use domain::vault::{Given, Passkey, Rng};
use js_sys::{Array, Function, Object, Promise, Reflect, Uint8Array};
use std::net::IpAddr;
use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::JsFuture;

/// How long the browser waits for a finger.
const PATIENCE_MS: u32 = 60_000;
/// Signatures that every authenticator makes one of (ES256, RS256); nobody looks at them.
const ALGORITHMS: [i32; 2] = [-7, -257];

/// Whether this device can verify a person and this browser gives what a passkey holds.
pub async fn is_offered() -> bool {
    is_supported().await.unwrap_or(false)
}

async fn is_supported() -> Result<bool, JsValue> {
    let Some(window) = web_sys::window() else { return Ok(false) };
    // Passkeys belong to names, not to numbers.
    let host = window.location().hostname()?;
    if host.trim_matches(['[', ']']).parse::<IpAddr>().is_ok() {
        return Ok(false);
    }
    let class = Reflect::get(&window, &"PublicKeyCredential".into())?;
    if class.is_undefined() {
        return Ok(false);
    }
    let verifies = call(&class, "isUserVerifyingPlatformAuthenticatorAvailable", None).await?;
    let Ok(abilities) = call(&class, "getClientCapabilities", None).await else {
        // A browser that does not tell may have it all the same.
        return Ok(verifies.is_truthy());
    };
    let gives = Reflect::get(&abilities, &"extension:prf".into())?;
    Ok(verifies.is_truthy() && gives.as_bool() != Some(false))
}

/// Makes a passkey on this device, and asks it at once.
pub async fn make() -> Result<(Passkey, Given), PasskeyError> {
    let salt = by_chance();
    let person =
        object(&[("id", &bytes(&by_chance())), ("name", &"Lignum".into()), ("displayName", &"Lignum".into())])?;
    let algorithms = Array::new();
    for algorithm in ALGORITHMS {
        algorithms.push(&object(&[("type", &"public-key".into()), ("alg", &algorithm.into())])?);
    }
    let selection = object(&[
        ("authenticatorAttachment", &"platform".into()),
        // Phones give secret bytes for such alone.
        ("residentKey", &"required".into()),
        ("requireResidentKey", &true.into()),
        ("userVerification", &"required".into()),
    ])?;
    let options = object(&[
        ("rp", &object(&[("name", &"Lignum".into())])?),
        ("user", &person),
        ("challenge", &bytes(&by_chance())),
        ("pubKeyCredParams", &algorithms.into()),
        ("authenticatorSelection", &selection),
        ("timeout", &PATIENCE_MS.into()),
        ("extensions", &asked(&salt)?),
    ])?;
    let made = ask("create", &options).await?;
    let credential = Uint8Array::new(&Reflect::get(&made, &"rawId".into())?).to_vec();
    let passkey = Passkey { credential, salt };
    // Few give it when they are made; then once more.
    let given = match given(&made)? {
        Some(given) => given,
        None => give(&passkey).await?,
    };
    Ok((passkey, given))
}

/// Asks a passkey for what it gives for its salt: the person puts a finger on, or looks.
pub async fn give(passkey: &Passkey) -> Result<Given, PasskeyError> {
    let which = object(&[("type", &"public-key".into()), ("id", &bytes(&passkey.credential))])?;
    let options = object(&[
        ("challenge", &bytes(&by_chance())),
        ("allowCredentials", &Array::of1(&which).into()),
        ("userVerification", &"required".into()),
        ("timeout", &PATIENCE_MS.into()),
        ("extensions", &asked(&passkey.salt)?),
    ])?;
    given(&ask("get", &options).await?)?.ok_or(PasskeyError::NotHere)
}

async fn ask(what: &str, options: &JsValue) -> Result<JsValue, PasskeyError> {
    let window = web_sys::window().ok_or(PasskeyError::NotHere)?;
    let credentials = Reflect::get(&window.navigator(), &"credentials".into())?;
    let answer = call(&credentials, what, Some(&object(&[("publicKey", options)])?)).await?;
    // The standard allows for no answer.
    if answer.is_null() { Err(PasskeyError::Declined) } else { Ok(answer) }
}

/// The extension, in a question.
fn asked(salt: &[u8; 32]) -> Result<JsValue, JsValue> {
    object(&[("prf", &object(&[("eval", &object(&[("first", &bytes(salt))])?)])?)])
}

/// The extension, in an answer; the browser's own copy is wiped.
fn given(answer: &JsValue) -> Result<Option<Given>, JsValue> {
    let extensions: Function = Reflect::get(answer, &"getClientExtensionResults".into())?.dyn_into()?;
    let mut at = extensions.call0(answer)?;
    for part in ["prf", "results", "first"] {
        at = Reflect::get(&at, &part.into())?;
        if at.is_undefined() {
            return Ok(None);
        }
    }
    let given = Uint8Array::new(&at);
    if given.length() != 32 {
        return Ok(None);
    }
    let mut copy = [0; 32];
    given.copy_to(&mut copy);
    given.fill(0, 0, 32);
    Ok(Some(Given::take(&mut copy)))
}

async fn call(of: &JsValue, what: &str, with: Option<&JsValue>) -> Result<JsValue, JsValue> {
    let function: Function = Reflect::get(of, &what.into())?.dyn_into()?;
    let promise = match with {
        Some(with) => function.call1(of, with)?,
        None => function.call0(of)?,
    };
    JsFuture::from(Promise::resolve(&promise)).await
}

fn object(fields: &[(&str, &JsValue)]) -> Result<JsValue, JsValue> {
    let object = Object::new();
    for (name, value) in fields {
        Reflect::set(&object, &(*name).into(), value)?;
    }
    Ok(object.into())
}

fn bytes(of: &[u8]) -> JsValue {
    Uint8Array::from(of).into()
}

fn by_chance() -> [u8; 32] {
    let mut bytes = [0; 32];
    Chance.fill_bytes(&mut bytes);
    bytes
}

impl From<JsValue> for PasskeyError {
    fn from(error: JsValue) -> Self {
        let name = Reflect::get(&error, &"name".into()).ok().and_then(|name| name.as_string());
        match name.as_deref() {
            // Also a passkey that is no longer on this device, and nobody there: the browser does not tell which.
            Some("NotAllowedError" | "AbortError") => Self::Declined,
            Some("NotSupportedError" | "ConstraintError" | "SecurityError" | "InvalidStateError") => Self::NotHere,
            _ => Self::Other(name.unwrap_or_else(|| "unknown".to_owned())),
        }
    }
}
