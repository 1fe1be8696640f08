//! What lists and headers are made of.

use leptos::prelude::*;
use leptos_router::components::A;

/// An icon of the sprite; decoration only, so that words always stand beside it.
#[component]
pub fn Icon(
    /// Its name in `public/icons/sprite.svg`.
    name: &'static str,
) -> impl IntoView {
    view! { <svg class="icon" aria-hidden="true" focusable="false"><use href=format!("/icons/sprite.svg#{name}")></use></svg> }
}

/// A person's initials in a circle.
#[component]
pub fn Avatar(
    /// One or two letters.
    initials: String,
) -> impl IntoView {
    view! { <span class="avatar" aria-hidden="true">{initials}</span> }
}

/// A row of a list that leads to a file. Its accessible name starts with the name.
#[component]
pub fn RowLink(
    /// Where it leads.
    href: String,
    /// The client's full name, or what the row is about.
    name: String,
    /// What else is worth knowing, one line.
    meta: String,
    /// Initials; none for rows that are not about a person.
    #[prop(optional, into)]
    initials: Option<String>,
    /// What is due, at the end of the row.
    #[prop(optional, into)]
    due: Option<String>,
    /// How urgent that is: nothing, `now` or `late`.
    #[prop(default = None)]
    urgency: Option<&'static str>,
    /// Whether this row's file is open beside the list.
    #[prop(optional, into)]
    current: Signal<bool>,
) -> impl IntoView {
    let due_class = format!("due {}", urgency.unwrap_or_default());
    let class = if initials.is_none() { "row plain" } else { "row" };
    view! {
        <li>
            <A href=href attr:class=class attr:aria-current=move || current.try_get().unwrap_or_default().then_some("true")>
                {initials.map(|initials| view! { <Avatar initials/> })}
                <span class="row-text"><span class="name">{name}</span><span class="meta">{meta}</span></span>
                {due.map(|due| view! { <span class=due_class>{due}</span> })}
            </A>
        </li>
    }
}

/// The steps of a long form, with the one that is open.
#[component]
pub fn Steps(
    /// Their names in order.
    names: Vec<&'static str>,
    /// The position of the open one.
    #[prop(into)]
    current: Signal<usize>,
    /// Called with the position of a step that the person chose.
    go: Callback<usize>,
) -> impl IntoView {
    let count = names.len();
    let titles = names.clone();
    let open_name = move |at: usize| titles.get(at).copied().unwrap_or_default();
    view! {
        <nav class="steps" aria-label="Steps">
            <p class="small soft">
                {move || format!("Step {} of {count}", current.get() + 1)}
                <span class="step-name" aria-hidden="true">" · " {move || open_name(current.get())}</span>
            </p>
            <ol>
                {names
                    .into_iter()
                    .enumerate()
                    .map(|(at, name)| {
                        view! {
                            <li class:done=move || at < current.get()>
                                <button type="button" aria-current=move || (at == current.get()).then_some("step") on:click=move |_| go.run(at)>
                                    {name}
                                </button>
                            </li>
                        }
                    })
                    .collect_view()}
            </ol>
        </nav>
    }
}

/// Tabs as links: each has its own address.
#[component]
pub fn Tabs(
    /// Label and address.
    tabs: Vec<(&'static str, String)>,
    /// The label of the open one.
    #[prop(into)]
    current: Signal<&'static str>,
) -> impl IntoView {
    view! {
        <nav class="tabs" aria-label="File">
            {tabs
                .into_iter()
                .map(|(label, href)| {
                    view! {
                        // The router's own link would mark every address that begins like the present one.
                        <a href=href aria-current=move || (current.try_get() == Some(label)).then_some("page")>{label}</a>
                    }
                })
                .collect_view()}
        </nav>
    }
}
