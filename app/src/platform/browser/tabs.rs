//! A word between the tabs of one browser: "something was saved", "something was received".

use std::cell::RefCell;
use wasm_bindgen::prelude::*;
use web_sys::{BroadcastChannel, MessageEvent};

const CHANNEL: &str = "lignum";

thread_local! {
    static OPEN: RefCell<Option<BroadcastChannel>> = const { RefCell::new(None) };
}

fn with_channel(act: impl FnOnce(&BroadcastChannel)) {
    OPEN.with_borrow_mut(|open| {
        if open.is_none() {
            *open = BroadcastChannel::new(CHANNEL).ok();
        }
        if let Some(channel) = open {
            act(channel);
        }
    });
}

/// Tells the other tabs.
pub fn tell(message: &str) {
    with_channel(|channel| {
        let _ = channel.post_message(&message.into());
    });
}

/// Hears what other tabs tell, from now on.
pub fn listen(hear: impl Fn(String) + 'static) {
    let on_message = Closure::<dyn Fn(MessageEvent)>::new(move |event: MessageEvent| {
        if let Some(message) = event.data().as_string() {
            hear(message);
        }
    });
    with_channel(|channel| channel.set_onmessage(Some(on_message.as_ref().unchecked_ref())));
    on_message.forget();
}
