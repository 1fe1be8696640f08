//! What a screen says when it has nothing, does not know yet, or something went wrong.

use leptos::prelude::*;

/// Nothing here, and what to do next.
#[component]
pub fn Empty(
    /// What is not here.
    #[prop(into)]
    title: String,
    /// What to do next, or why that is fine.
    #[prop(into)]
    hint: String,
    /// A button or link.
    #[prop(optional)]
    children: Option<Children>,
) -> impl IntoView {
    view! {
        <div class="empty">
            <p class="name">{title}</p>
            <p class="meta">{hint}</p>
            {children.map(|children| children())}
        </div>
    }
}

/// Something went wrong, in a sentence that a person understands.
#[component]
pub fn ErrorNote(
    /// The sentence.
    #[prop(into)]
    message: String,
) -> impl IntoView {
    view! { <p class="error-note" role="alert">{message}</p> }
}

/// The outline of a screen while its data is read.
#[component]
pub fn Skeleton() -> impl IntoView {
    view! {
        <main class="skeleton" aria-busy="true">
            <h1 class="visually-hidden">"Lignum"</h1>
            <p class="visually-hidden" role="status">"Opening…"</p>
            <div class="bone title"></div>
            <div class="bone row-bone"></div>
            <div class="bone row-bone"></div>
            <div class="bone row-bone"></div>
            <div class="bone row-bone"></div>
        </main>
    }
}

/// Rows that are being fetched.
#[component]
pub fn Working() -> impl IntoView {
    view! {
        <div class="card" aria-busy="true">
            <p class="visually-hidden" role="status">"Loading…"</p>
            <div class="bone row-bone"></div>
            <div class="bone row-bone"></div>
            <div class="bone row-bone"></div>
        </div>
    }
}
