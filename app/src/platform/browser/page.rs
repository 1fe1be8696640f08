//! The page itself: waking up, the service worker and its updates, focus, printing.

use wasm_bindgen::prelude::*;
use wasm_bindgen_futures::{JsFuture, spawn_local};
use web_sys::{
    AddEventListenerOptions, MessageEvent, ServiceWorker, ServiceWorkerRegistration, VisibilityState, Window,
};

/// Calls when the page comes to the front or the network may be back.
pub fn on_wake(act: impl Fn() + Clone + 'static) {
    let Some(window) = web_sys::window() else { return };
    let online = act.clone();
    listen(&window, "online", online);
    let focus = act.clone();
    listen(&window, "pageshow", focus);
    if let Some(document) = window.document() {
        let visible = document.clone();
        listen(&document, "visibilitychange", move || {
            if visible.visibility_state() == VisibilityState::Visible {
                act();
            }
        });
    }
}

fn listen(target: &web_sys::EventTarget, event: &str, act: impl Fn() + 'static) {
    let closure = Closure::<dyn Fn()>::new(act);
    let _ = target.add_event_listener_with_callback(event, closure.as_ref().unchecked_ref());
    closure.forget();
}

/// Calls at every touch and key, whatever else these do.
pub fn on_touch(act: impl Fn() + Clone + 'static) {
    let Some(document) = web_sys::window().and_then(|window| window.document()) else { return };
    for event in ["pointerdown", "keydown", "wheel", "touchmove"] {
        let closure = Closure::<dyn Fn()>::new(act.clone());
        let options = AddEventListenerOptions::new();
        options.set_capture(true);
        options.set_passive(true);
        let _ = document.add_event_listener_with_callback_and_add_event_listener_options(
            event,
            closure.as_ref().unchecked_ref(),
            &options,
        );
        closure.forget();
    }
}

/// Hears what the service worker tells, from now on.
pub fn on_worker_word(hear: impl Fn(String) + 'static) {
    let Some(window) = web_sys::window() else { return };
    let navigator: JsValue = window.navigator().into();
    if js_sys::Reflect::get(&navigator, &"serviceWorker".into()).is_ok_and(|worker| worker.is_undefined()) {
        return;
    }
    let heard = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(word) = event.data().as_string() {
            hear(word);
        }
    });
    window.navigator().service_worker().set_onmessage(Some(heard.as_ref().unchecked_ref()));
    heard.forget();
}

/// Waits until what was set is on the screen, before long work takes the processor.
pub async fn painted() {
    sleep(34).await;
}

/// Asks the service worker to send the envelopes that wait: now, and where the browser can, again when
/// there is a network, also when the app is closed by then.
pub fn deliver_sealed() {
    let Some(window) = web_sys::window() else { return };
    spawn_local(async move {
        let container = window.navigator().service_worker();
        let Ok(registration) = JsFuture::from(container.get_registration()).await else { return };
        let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
        if let Some(active) = registration.active() {
            let _ = active.post_message(&"deliver".into());
        }
        // Background Sync: Chromium has it, others do not.
        let sync = js_sys::Reflect::get(&registration, &"sync".into()).unwrap_or_default();
        let Ok(register) = js_sys::Reflect::get(&sync, &"register".into()) else { return };
        if let Ok(register) = register.dyn_into::<js_sys::Function>()
            && let Ok(promise) = register.call1(&sync, &"lignum-outbox".into())
            && let Ok(promise) = promise.dyn_into::<js_sys::Promise>()
        {
            // A browser may refuse it; then the next start sends.
            let _ = JsFuture::from(promise).await;
        }
    });
}

/// Asks the service worker to carry the pictures that wait; `insist` where the person asked for it, on
/// whichever network.
pub fn carry_contents(insist: bool) {
    let Some(window) = web_sys::window() else { return };
    spawn_local(async move {
        let container = window.navigator().service_worker();
        let Ok(registration) = JsFuture::from(container.get_registration()).await else { return };
        let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
        if let Some(active) = registration.active() {
            let _ = active.post_message(&(if insist { "carry now" } else { "carry" }).into());
        }
    });
}

/// Whether this browser tells on which kind of network it is.
pub fn tells_its_network() -> bool {
    let Some(window) = web_sys::window() else { return false };
    let navigator: JsValue = window.navigator().into();
    let connection = js_sys::Reflect::get(&navigator, &"connection".into()).unwrap_or_default();
    js_sys::Reflect::get(&connection, &"type".into()).is_ok_and(|kind| kind.is_string())
}

/// Waits.
pub async fn sleep(milliseconds: u32) {
    gloo_timers::future::TimeoutFuture::new(milliseconds).await;
}

/// Registers the service worker and calls when a new version waits. Nothing reloads by itself.
pub fn start_service_worker(on_update: impl Fn() + Clone + 'static) {
    let Some(window) = web_sys::window() else { return };
    let navigator: JsValue = window.navigator().into();
    if js_sys::Reflect::get(&navigator, &"serviceWorker".into()).is_ok_and(|worker| worker.is_undefined()) {
        return;
    }
    spawn_local(async move {
        let container = window.navigator().service_worker();
        let Ok(registration) = JsFuture::from(container.register("/sw.js")).await else { return };
        // Where workers are forbidden some browsers answer with nothing.
        let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
        if registration.waiting().is_some() {
            on_update();
        }
        let found = registration.clone();
        let tell = on_update.clone();
        listen(&registration, "updatefound", move || {
            let Some(worker) = found.installing() else { return };
            watch(&worker, &found, tell.clone());
        });
        // Installed apps on a phone rarely close: look for updates when they come to the front.
        let update = registration.clone();
        on_wake(move || {
            let _ = update.update();
        });
    });
}

/// Calls when this worker has been installed beside a running one.
fn watch(worker: &ServiceWorker, registration: &ServiceWorkerRegistration, tell: impl Fn() + 'static) {
    let waiting = registration.clone();
    listen(worker, "statechange", move || {
        if waiting.waiting().is_some() && waiting.active().is_some() {
            tell();
        }
    });
}

/// Lets the waiting version take over, then loads the page anew.
pub fn activate_update() {
    let Some(window) = web_sys::window() else { return };
    spawn_local(async move {
        let container = window.navigator().service_worker();
        let Ok(registration) = JsFuture::from(container.get_registration()).await else { return };
        let Ok(registration) = registration.dyn_into::<ServiceWorkerRegistration>() else { return };
        let reload = window.clone();
        listen(&container, "controllerchange", move || {
            let _ = reload.location().reload();
        });
        if let Some(waiting) = registration.waiting() {
            let _ = waiting.post_message(&"activate".into());
        }
    });
}

/// Whether the app runs installed, without the browser's own bars.
pub fn is_installed() -> bool {
    web_sys::window()
        .and_then(|window| window.match_media("(display-mode: standalone)").ok().flatten())
        .is_some_and(|query| query.matches())
}

/// Sets `data-theme` or `data-text` on the document.
pub fn set_look(attribute: &str, value: &str) {
    let Some(root) = web_sys::window().and_then(|w| w.document()).and_then(|d| d.document_element()) else { return };
    let _ = if value.is_empty() { root.remove_attribute(attribute) } else { root.set_attribute(attribute, value) };
}

/// Moves the focus to an element, for the first field in error or a new screen's title.
pub fn focus(id: &str) {
    let element = web_sys::window().and_then(|w| w.document()).and_then(|d| d.get_element_by_id(id));
    if let Some(element) = element.and_then(|e| e.dyn_into::<web_sys::HtmlElement>().ok()) {
        let _ = element.focus();
    }
}

/// Goes back, as the phone's own button does.
pub fn back() {
    if let Some(history) = web_sys::window().and_then(|window: Window| window.history().ok()) {
        let _ = history.back();
    }
}

/// Opens the print dialogue.
pub fn print() {
    if let Some(window) = web_sys::window() {
        let _ = window.print();
    }
}

/// The path of the address, without the query.
pub fn path() -> String {
    web_sys::window().and_then(|window| window.location().pathname().ok()).unwrap_or_default()
}

/// Asks yes or no, in the browser's own dialogue.
pub fn confirm(question: &str) -> bool {
    web_sys::window().is_some_and(|window| window.confirm_with_message(question).unwrap_or(false))
}

/// A short name of the browser for the person's list of devices, such as "Chrome on Android".
pub fn browser_name() -> String {
    let agent = web_sys::window().and_then(|window| window.navigator().user_agent().ok()).unwrap_or_default();
    let first =
        |names: &[(&str, &'static str)]| names.iter().find(|(mark, _)| agent.contains(mark)).map(|(_, name)| *name);
    let browser = first(&[("Firefox/", "Firefox"), ("Edg/", "Edge"), ("Chrome/", "Chrome"), ("Safari/", "Safari")]);
    let system = first(&[
        ("Android", "Android"),
        ("iPhone", "iPhone"),
        ("iPad", "iPad"),
        ("Windows", "Windows"),
        ("Mac OS", "Mac"),
        ("Linux", "Linux"),
    ]);
    match (browser, system) {
        (Some(browser), Some(system)) => format!("{browser} on {system}"),
        (Some(name), None) | (None, Some(name)) => name.to_owned(),
        (None, None) => "A browser".to_owned(),
    }
}

/// Whether the document carries this `<meta name=…>`.
pub fn has_meta(name: &str) -> bool {
    web_sys::window()
        .and_then(|window| window.document())
        .and_then(|document| document.query_selector(&format!("meta[name={name}]")).ok().flatten())
        .is_some()
}
