//! A question in front of the screen: the browser's own dialogue, which keeps the focus inside and
//! closes with Escape.

use leptos::html;
use leptos::prelude::*;

/// Shown while `open` is true. The children are built each time it opens.
#[component]
pub fn Dialog(
    /// The heading, also its accessible name.
    #[prop(into)]
    title: String,
    /// Whether it is shown; set to false when the person closes it.
    open: RwSignal<bool>,
    /// What is in it.
    children: ChildrenFn,
) -> impl IntoView {
    let element = NodeRef::<html::Dialog>::new();
    Effect::new(move |_| {
        let Some(dialog) = element.get() else { return };
        if open.get() && !dialog.open() {
            // Fails only where the element has left the page.
            let _ = dialog.show_modal();
        } else if !open.get() && dialog.open() {
            dialog.close();
        }
    });
    let label = title.clone();
    view! {
        <dialog node_ref=element class="dialog" aria-label=label on:close=move |_| open.set(false)>
            <header class="dialog-head">
                // Where reading begins; else the browser would put the focus on Close.
                <h2 tabindex="-1" autofocus=true>{title}</h2>
                <button type="button" class="button quiet" on:click=move |_| open.set(false)>"Close"</button>
            </header>
            <Show when=move || open.get()>{children()}</Show>
        </dialog>
    }
}
