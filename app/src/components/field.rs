//! Form fields: a label above, a hint and an error below, tied together for screen readers.

use domain::clock::{parse_day, show_long_day};
use leptos::prelude::*;

/// What a field shows, where its changes go, and what is wrong with it.
#[derive(Clone, Copy)]
pub struct Bind {
    /// The field's name on the wire; also its id.
    pub name: &'static str,
    /// The value.
    pub value: Signal<String>,
    /// Takes a change.
    pub set: Callback<String>,
    /// What is wrong, if anything.
    pub error: Signal<Option<String>>,
}

impl Bind {
    fn hint_id(self) -> String {
        format!("{}-hint", self.name)
    }

    fn error_id(self) -> String {
        format!("{}-error", self.name)
    }

    /// The ids of what describes the field.
    fn described_by(self, hint: bool) -> Signal<Option<String>> {
        Signal::derive(move || {
            let error = self.error.with(Option::is_some).then(|| self.error_id());
            match (hint.then(|| self.hint_id()), error) {
                (None, None) => None,
                (Some(hint), Some(error)) => Some(format!("{hint} {error}")),
                (one, other) => one.or(other),
            }
        })
    }

    fn invalid(self) -> Signal<Option<&'static str>> {
        Signal::derive(move || self.error.with(Option::is_some).then_some("true"))
    }
}

/// The label, hint and error around a control.
#[component]
fn Around(
    /// The label.
    label: &'static str,
    /// The field.
    bind: Bind,
    /// Whether it may be left out.
    optional: bool,
    /// What helps to answer.
    hint: Option<&'static str>,
    /// The control.
    children: Children,
) -> impl IntoView {
    view! {
        <div class="field">
            <label for=bind.name>{label}{optional.then(|| view! { <span class="optional">" (optional)"</span> })}</label>
            {hint.map(|hint| view! { <p class="hint" id=bind.hint_id()>{hint}</p> })}
            {children()}
            <FieldError bind/>
        </div>
    }
}

/// What is wrong with a field.
#[component]
fn FieldError(
    /// The field.
    bind: Bind,
) -> impl IntoView {
    move || bind.error.get().map(|error| view! { <p class="field-error" id=bind.error_id()>{error}</p> })
}

/// One line of text.
#[component]
pub fn TextField(
    /// The label, which is the accessible name.
    label: &'static str,
    /// The field.
    bind: Bind,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// What helps to answer.
    #[prop(optional, into)]
    hint: Option<&'static str>,
    /// `text`, `password`, `tel`, `search`.
    #[prop(default = "text")]
    kind: &'static str,
    /// `numeric` for digits.
    #[prop(optional, into)]
    inputmode: Option<&'static str>,
    /// What the browser may fill in; `off` for casework.
    #[prop(default = "off")]
    autocomplete: &'static str,
    /// The id of a list of suggestions.
    #[prop(optional, into)]
    list: Option<&'static str>,
) -> impl IntoView {
    view! {
        <Around label bind optional hint>
            <input
                class="input" type=kind id=bind.name name=bind.name autocomplete=autocomplete inputmode=inputmode list=list
                autocapitalize=if kind == "text" && autocomplete == "off" { "sentences" } else { "none" }
                aria-describedby=bind.described_by(hint.is_some()) aria-invalid=bind.invalid()
                prop:value=bind.value
                on:input=move |event| bind.set.run(event_target_value(&event))
            />
        </Around>
    }
}

/// Several lines of text, with a count near the limit.
#[component]
pub fn TextArea(
    /// The label, which is the accessible name.
    label: &'static str,
    /// The field.
    bind: Bind,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// What helps to answer.
    #[prop(optional, into)]
    hint: Option<&'static str>,
    /// How many lines are shown.
    #[prop(default = 5)]
    rows: u32,
) -> impl IntoView {
    let limit = domain::text::NARRATIVE_LIMIT;
    let near = move || {
        let length = bind.value.with(|text| if text.len() > limit / 2 { text.chars().count() } else { 0 });
        (length > limit * 9 / 10).then(|| format!("{length} of {limit} characters"))
    };
    view! {
        <Around label bind optional hint>
            <textarea
                class="input tall" id=bind.name name=bind.name rows=rows
                aria-describedby=bind.described_by(hint.is_some()) aria-invalid=bind.invalid()
                prop:value=bind.value
                on:input=move |event| bind.set.run(event_target_value(&event))
            ></textarea>
            <p class="count" role="status">{near}</p>
        </Around>
    }
}

/// A day, picked or typed.
#[component]
pub fn DateField(
    /// The label, which is the accessible name.
    label: &'static str,
    /// The field; its value reads `2026-06-09`.
    bind: Bind,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// What helps to answer.
    #[prop(optional, into)]
    hint: Option<&'static str>,
) -> impl IntoView {
    let read = move || bind.value.with(|text| parse_day(text).map(show_long_day));
    view! {
        <Around label bind optional hint>
            <input
                class="input" type="date" id=bind.name name=bind.name lang="en-JM"
                aria-describedby=bind.described_by(hint.is_some()) aria-invalid=bind.invalid()
                prop:value=bind.value
                on:input=move |event| bind.set.run(event_target_value(&event))
            />
            // The browser writes the day as the phone's language has it, which may be the American way.
            <p class="hint" aria-live="polite">{read}</p>
        </Around>
    }
}

/// A time of day.
#[component]
pub fn TimeField(
    /// The label, which is the accessible name.
    label: &'static str,
    /// The field; its value reads `14:05`.
    bind: Bind,
) -> impl IntoView {
    view! {
        <Around label bind optional=false hint=None>
            <input
                class="input" type="time" id=bind.name name=bind.name
                aria-describedby=bind.described_by(false) aria-invalid=bind.invalid()
                prop:value=bind.value
                on:input=move |event| bind.set.run(event_target_value(&event))
            />
        </Around>
    }
}

/// One of a list that may be long.
#[component]
pub fn SelectField(
    /// The label, which is the accessible name.
    label: &'static str,
    /// The field; its value is the code of the choice.
    bind: Bind,
    /// Codes and words.
    #[prop(into)]
    options: Signal<Vec<(String, String)>>,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
    /// What helps to answer.
    #[prop(optional, into)]
    hint: Option<&'static str>,
) -> impl IntoView {
    view! {
        <Around label bind optional hint>
            <select
                class="input" id=bind.name name=bind.name
                aria-describedby=bind.described_by(hint.is_some()) aria-invalid=bind.invalid()
                on:change=move |event| bind.set.run(event_target_value(&event))
            >
                <option value="" selected=move || bind.value.with(String::is_empty)>"Choose…"</option>
                {move || {
                    options
                        .get()
                        .into_iter()
                        .map(|(code, words)| {
                            let value = code.clone();
                            view! { <option value=value selected=move || bind.value.with(|value| *value == code)>{words}</option> }
                        })
                        .collect_view()
                }}
            </select>
        </Around>
    }
}

/// One of a few, all in view.
#[component]
pub fn ChoiceGroup(
    /// The question, which is the group's accessible name.
    label: &'static str,
    /// The field; its value is the code of the choice.
    bind: Bind,
    /// Codes and words.
    options: Vec<(&'static str, &'static str)>,
    /// Whether it may be left out.
    #[prop(optional)]
    optional: bool,
) -> impl IntoView {
    view! {
        <fieldset class="field" id=bind.name tabindex="-1" aria-describedby=bind.described_by(false)>
            <legend>{label}{optional.then(|| view! { <span class="optional">" (optional)"</span> })}</legend>
            <div class="choices">
                {options
                    .into_iter()
                    .map(|(code, words)| {
                        view! {
                            <label class="choice">
                                <input
                                    type="radio" name=bind.name value=code
                                    prop:checked=move || bind.value.with(|value| value == code)
                                    on:change=move |_| bind.set.run(code.to_owned())
                                />
                                <span>{words}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
            <FieldError bind/>
        </fieldset>
    }
}

/// Any number of a few.
#[component]
pub fn CheckGroup(
    /// The question, which is the group's accessible name.
    label: &'static str,
    /// The field's name.
    name: &'static str,
    /// Codes and words.
    options: Vec<(&'static str, &'static str)>,
    /// The chosen codes.
    chosen: Signal<Vec<String>>,
    /// Takes a change.
    set: Callback<Vec<String>>,
) -> impl IntoView {
    let toggle = move |code: &str, on: bool| {
        let mut codes = chosen.get_untracked();
        codes.retain(|known| known != code);
        if on {
            codes.push(code.to_owned());
        }
        set.run(codes);
    };
    view! {
        <fieldset class="field" id=name tabindex="-1">
            <legend>{label}<span class="optional">" (optional)"</span></legend>
            <div class="choices">
                {options
                    .into_iter()
                    .map(|(code, words)| {
                        view! {
                            <label class="choice">
                                <input
                                    type="checkbox" name=name value=code
                                    prop:checked=move || chosen.with(|codes| codes.iter().any(|known| known == code))
                                    on:change=move |event| toggle(code, event_target_checked(&event))
                                />
                                <span>{words}</span>
                            </label>
                        }
                    })
                    .collect_view()}
            </div>
        </fieldset>
    }
}

/// Yes or no.
#[component]
pub fn CheckField(
    /// The statement that is ticked.
    label: &'static str,
    /// The field's name; also its id.
    name: &'static str,
    /// Whether it is ticked.
    checked: Signal<bool>,
    /// Takes a change.
    set: Callback<bool>,
    /// What is wrong, if anything.
    #[prop(optional, into)]
    error: Signal<Option<String>>,
) -> impl IntoView {
    let error_id = format!("{name}-error");
    let described = error_id.clone();
    view! {
        <div class="field">
            <label class="check">
                <input
                    type="checkbox" id=name name=name
                    aria-describedby=move || error.with(Option::is_some).then(|| described.clone())
                    aria-invalid=move || error.with(Option::is_some).then_some("true")
                    prop:checked=checked
                    on:change=move |event| set.run(event_target_checked(&event))
                />
                <span>{label}</span>
            </label>
            {move || error.get().map(|error| view! { <p class="field-error" id=error_id.clone()>{error}</p> })}
        </div>
    }
}
