//! Changing an account: its particulars, its password, whether it is open.

use super::sheet::Sheet;
use super::user_form::{FIELDS, PasswordFields, Typed, UserFields};
use crate::components::ErrorNote;
use crate::desk::{UserForm, UserView};
use crate::server_fns::{set_disabled, set_password, update_user};
use domain::ids::UserId;
use domain::site::Sites;
use leptos::prelude::*;

/// Everything that can be changed about one account.
#[component]
pub fn EditUser(
    /// The account.
    user: UserView,
    /// The places to choose from.
    sites: StoredValue<Sites>,
    /// Runs when something is changed, with what to say.
    done: Callback<String>,
) -> impl IntoView {
    let sheet = Sheet::begin(Typed { form: UserForm::from(&user), ..Typed::default() });
    let whole = sheet.whole_error(FIELDS);
    let (id, name, disabled) = (user.id, user.name, user.disabled);
    let save = {
        let said = format!("The account of {name} is changed.");
        move || {
            let said = said.clone();
            sheet.send(
                update_user(id, sheet.data.get_untracked().form),
                Callback::new(move |()| done.run(said.clone())),
            );
        }
    };
    view! {
        <div class="stack">
        <form autocomplete="off" class="stack" novalidate on:submit=move |event| { event.prevent_default(); save(); }>
            <UserFields sheet sites/>
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions"><button type="submit" class="button" disabled=sheet.busy>"Save"</button></div>
        </form>
        <NewPassword user=id name=name.clone() done/>
        <OpenOrClosed user=id name disabled done/>
        </div>
    }
}

/// Gives the account a new password.
#[component]
fn NewPassword(user: UserId, name: String, done: Callback<String>) -> impl IntoView {
    let sheet = Sheet::begin(Typed::default());
    let whole = sheet.whole_error(FIELDS);
    let save = move || {
        let typed = sheet.data.get_untracked();
        if let Err(wrong) = typed.check_password() {
            return sheet.refuse(wrong);
        }
        let said = format!("{name} has a new password and is signed out everywhere.");
        sheet.send(set_password(user, typed.password), Callback::new(move |()| done.run(said.clone())));
    };
    view! {
        <form autocomplete="off" class="stack part" novalidate on:submit=move |event| { event.prevent_default(); save(); }>
            <h3>"New password"</h3>
            <p class="small soft">"Ends all sessions of this person. What is on their phone and not yet sent stays there and is sent after they sign in again."</p>
            <PasswordFields sheet/>
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
            <div class="actions"><button type="submit" class="button quiet" disabled=sheet.busy>"Set password"</button></div>
        </form>
    }
}

/// Closes the account or opens it again, after a second question.
#[component]
fn OpenOrClosed(user: UserId, name: String, disabled: bool, done: Callback<String>) -> impl IntoView {
    let sheet = Sheet::begin(());
    let whole = sheet.whole_error(&[]);
    let sure = RwSignal::new(false);
    let act = {
        let said = format!("The account of {name} is {}.", if disabled { "open again" } else { "disabled" });
        Callback::new(move |()| {
            let said = said.clone();
            sheet.send(set_disabled(user, !disabled), Callback::new(move |()| done.run(said.clone())));
        })
    };
    let (label, confirm, class) = if disabled {
        ("Enable this account", "Yes, enable it", "button quiet")
    } else {
        ("Disable this account", "Yes, disable it", "button danger")
    };
    let words = if disabled {
        format!("{name} will be able to sign in again.")
    } else {
        format!("{name} will be signed out and cannot sign in any more. What they wrote stays in the files.")
    };
    view! {
        <section class="stack part">
            <h3>{if disabled { "The account is disabled" } else { "The account is open" }}</h3>
            <Show
                when=move || sure.get()
                fallback=move || view! { <div class="actions"><button type="button" class="button quiet" on:click=move |_| sure.set(true)>{label}</button></div> }
            >
                <p role="status">{words.clone()}</p>
                <div class="actions">
                    <button type="button" class=class disabled=sheet.busy on:click=move |_| act.run(())>{confirm}</button>
                    <button type="button" class="button quiet" on:click=move |_| sure.set(false)>"No, leave it"</button>
                </div>
            </Show>
            {move || whole.get().map(|message| view! { <ErrorNote message/> })}
        </section>
    }
}
