//! A sheet on which a person signs with a finger or a pen.

use leptos::ev::PointerEvent;
use leptos::prelude::*;
use leptos::web_sys::Element;

/// A stroke: points on the sheet.
type Stroke = Vec<(i16, i16)>;

/// The sheet. Who cannot draw types the name instead: the screen offers it beside this one.
#[component]
pub fn SignaturePad(
    /// What is drawn.
    strokes: Signal<Vec<Stroke>>,
    /// Takes what was drawn.
    set: Callback<Vec<Stroke>>,
    /// The sheet's width and height.
    size: (u32, u32),
    /// What is wrong, if anything.
    error: Signal<Option<String>>,
) -> impl IntoView {
    let pen = RwSignal::new(None::<Stroke>);
    let point = move |event: &PointerEvent| {
        let sheet: Element = event_target(event);
        // The lines take no pointer (see the style), so the sheet itself is what was touched.
        let scale = f64::from(size.0) / f64::from(sheet.client_width().max(1));
        let (x, y) = (f64::from(event.offset_x()), f64::from(event.offset_y()));
        (on_sheet(x * scale, size.0), on_sheet(y * scale, size.1))
    };
    let down = move |event: PointerEvent| {
        event.prevent_default();
        let sheet: Element = event_target(&event);
        // Fails only where the finger has left already.
        let _ = sheet.set_pointer_capture(event.pointer_id());
        pen.set(Some(vec![point(&event)]));
    };
    let draw = move |event: PointerEvent| {
        pen.update(|pen| {
            let Some(stroke) = pen else { return };
            let next = point(&event);
            if stroke.last() != Some(&next) {
                stroke.push(next);
            }
        });
    };
    let up = move |_: PointerEvent| {
        if let Some(stroke) = pen.get_untracked() {
            pen.set(None);
            let mut all = strokes.get_untracked();
            all.push(stroke);
            set.run(all);
        }
    };
    let lines = move || {
        let all = strokes.get();
        all.iter().chain(pen.get().iter()).map(|stroke| view! { <path d=path(stroke)/> }).collect_view()
    };
    let nothing = move || strokes.with(Vec::is_empty);
    view! {
        <div class="field" id="content" tabindex="-1">
            <p class="label" id="pad-label">"Signature"</p>
            <p class="hint" id="pad-hint">"Sign in the box with a finger or a pen. Who cannot draw chooses “Signature, typed” above."</p>
            <svg
                class="signature" role="img" aria-labelledby="pad-label pad-hint" viewBox=format!("0 0 {} {}", size.0, size.1)
                on:pointerdown=down on:pointermove=draw on:pointerup=up on:pointercancel=up
            >{lines}</svg>
            <div class="actions">
                <button
                    type="button" class="button quiet" disabled=nothing
                    on:click=move |_| { let mut all = strokes.get_untracked(); all.pop(); set.run(all); }
                >"Undo"</button>
                <button type="button" class="button quiet" disabled=nothing on:click=move |_| set.run(Vec::new())>"Clear"</button>
            </div>
            {move || error.get().map(|error| view! { <p class="field-error">{error}</p> })}
        </div>
    }
}

#[expect(clippy::cast_possible_truncation, reason = "clamped to the sheet first")]
fn on_sheet(at: f64, end: u32) -> i16 {
    at.clamp(0.0, f64::from(end)).round() as i16
}

/// A dot is a line of no length.
fn path(stroke: &[(i16, i16)]) -> String {
    let dot = if stroke.len() == 1 { stroke } else { &[] };
    let points: Vec<String> = stroke.iter().chain(dot).map(|(x, y)| format!("{x} {y}")).collect();
    format!("M{}", points.join("L"))
}
