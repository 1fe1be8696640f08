//! Devices and how they do: one's own on *Account*, the officers' on *Team*.

use crate::components::ErrorNote;
use crate::desk::DeviceView;
use crate::pages::words::count;
use crate::platform::{clock, page};
use crate::server_fns::report_lost_device;
use domain::clock::{Moment, show_moment};
use domain::device::usage::in_words;
use domain::ids::DeviceId;
use leptos::prelude::*;
use leptos::task::spawn_local;

/// What the first line of a device says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Named {
    /// The person and the browser: a supervisor's list.
    ByPerson,
    /// The browser, and whether it is this one: one's own list.
    ByBrowser(Option<DeviceId>),
}

/// A list of devices; `changed` is called when one was reported lost.
pub fn device_list(devices: &[DeviceView], named: Named, changed: Callback<()>) -> AnyView {
    let now = clock::now();
    let problem = RwSignal::new(None::<String>);
    let rows = devices.iter().map(|device| row(device, named, now, problem, changed)).collect_view();
    view! {
        {move || problem.get().map(|message| view! { <ErrorNote message/> })}
        <ul class="card">{rows}</ul>
    }
    .into_any()
}

const QUESTION: &str = "Is this device lost? It is signed out at once. At its next contact what lies on it is destroyed; what was not sent yet goes to the supervisor. This cannot be undone.";

fn report(device: DeviceId, problem: RwSignal<Option<String>>, changed: Callback<()>) {
    if page::confirm(QUESTION) {
        spawn_local(async move {
            match report_lost_device(device).await {
                Ok(()) => changed.run(()),
                Err(error) => {
                    problem.try_set(Some(error.to_string()));
                }
            }
        });
    }
}

fn row(
    device: &DeviceView,
    named: Named,
    now: Moment,
    problem: RwSignal<Option<String>>,
    changed: Callback<()>,
) -> impl IntoView + use<> {
    let id = device.id;
    let is_here = named == Named::ByBrowser(Some(id));
    let browser = if device.browser.is_empty() { "A browser" } else { &device.browser };
    let name = match named {
        Named::ByPerson => format!("{} · {browser}", device.person),
        Named::ByBrowser(this) if this == Some(device.id) => format!("{browser} · this device"),
        Named::ByBrowser(_) => browser.to_owned(),
    };
    let label = format!("Report lost: {name}");
    let mut said = vec![format!("Last sync: {}", show_moment(device.last_sync, now))];
    if device.unsent == 0 {
        said.push("nothing waited to be sent".to_owned());
    }
    if let Some((used, quota)) = device.storage {
        let bytes = |megabytes: u32| in_words(u64::from(megabytes) * 1_000_000);
        said.push(format!("{} of {} used", bytes(used), bytes(quota)));
    }
    if device.kept == Some(false) {
        said.push("the browser may clear it when the device is very full".to_owned());
    }
    if !device.version.is_empty() {
        said.push(format!("Lignum {}", device.version));
    }
    let waits = (device.unsent > 0).then(|| {
        let since = device.oldest_unsent.map(|at| format!("; the oldest: {}", show_moment(at, now)));
        let items = count(device.unsent as usize, "item was", "items were");
        view! { <span class="trouble">{format!("{items} not sent then{}", since.unwrap_or_default())}</span> }
    });
    view! {
        <li class="row plain">
            <span class="row-text">
                <span class="name">{name}</span>
                {waits}
                <span class="meta">{said.join(" · ")}</span>
            </span>
            {if device.lost {
                view! { <span class="due late">"Reported lost"</span> }.into_any()
            } else if is_here {
                ().into_any()
            } else {
                view! { <button type="button" class="button quiet danger" aria-label=label on:click=move |_| report(id, problem, changed)>"Lost"</button> }.into_any()
            }}
        </li>
    }
}
