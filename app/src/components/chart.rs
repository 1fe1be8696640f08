//! Pictures of numbers; each has its numbers as text beside it.

use leptos::prelude::*;

/// What one officer carries.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Load {
    /// The officer's name.
    pub name: String,
    /// Active cases.
    pub active: u32,
    /// From this load on the bar shows that it is much.
    pub heavy_from: u32,
}

/// Caseloads as bars on one scale, with the number at the end of each.
#[component]
pub fn CaseloadBars(
    /// One entry an officer.
    loads: Vec<Load>,
) -> impl IntoView {
    let longest = loads.iter().map(|load| load.active.max(load.heavy_from)).max().unwrap_or(1).max(1);
    view! {
        <ul class="bars">
            {loads
                .into_iter()
                .map(|load| {
                    let width = format!("{}%", u64::from(load.active) * 100 / u64::from(longest));
                    let heavy = load.active >= load.heavy_from;
                    view! {
                        <li>
                            <span class="bars-name">{load.name}</span>
                            <svg class="bar" class:heavy=heavy aria-hidden="true" focusable="false">
                                <rect class="bar-track" width="100%" height="100%" rx="5"></rect>
                                <rect class="bar-fill" width=width height="100%" rx="5"></rect>
                            </svg>
                            <span class="num">{load.active}<span class="visually-hidden">" active cases"</span></span>
                        </li>
                    }
                })
                .collect_view()}
        </ul>
    }
}
