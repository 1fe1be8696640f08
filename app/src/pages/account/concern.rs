//! *Report a concern*: the channels of the children's registry, at hand without a network, and without
//! waiting for a supervisor [CCPA s.6, OCR].

use crate::components::Icon;
use crate::pages::frame::Page;
use leptos::prelude::*;

/// When somebody last rang these numbers to see that they answer: never yet, so that is said.
const VERIFIED: &str = "Numbers as published in 2021; the ministry has still to verify them.";

/// *Report a concern*.
#[component]
pub fn Concern() -> impl IntoView {
    view! {
        <Page title="Report a concern" back="/">
            <div class="card pad gold">
                <p class="name">"A child in danger does not wait."</p>
                <p>"If you suspect that a child is being, or is likely to be, abused, neglected or in need of care and protection, the law asks you to report it to the National Children's Registry. Suspicion is enough. You need nobody's permission."</p>
            </div>
            <a class="button big" href="tel:211"><Icon name="phone"/>"Call 211"</a>
            <p class="meta">"24 hours, free from any network"</p>
            <ul class="card">
                <li class="row plain"><span class="row-text"><span class="name">"876-618-5888"</span><span class="meta">"The registry's office"</span></span><a class="button quiet" href="tel:+18766185888">"Call"</a></li>
                <li class="row plain"><span class="row-text"><span class="name">"876-878-2882"</span><span class="meta">"WhatsApp"</span></span><a class="button quiet" href="https://wa.me/18768782882" rel="noreferrer">"Write"</a></li>
                <li class="row plain"><span class="row-text"><span class="name">"report@childprotection.gov.jm"</span><span class="meta">"E-mail"</span></span><a class="button quiet" href="mailto:report@childprotection.gov.jm">"Write"</a></li>
            </ul>
            <h2>"Have this ready"</h2>
            <ul class="card pad bullets">
                <li>"The child's name, age and sex, and the school"</li>
                <li>"The parents' names and addresses"</li>
                <li>"What happened, and when; whether it happened before"</li>
                <li>"Who may have done it"</li>
            </ul>
            <p class="meta">"Ask for the case ID and write it down: with it you can follow up, and show that you reported."</p>
            <p class="small soft">{VERIFIED}</p>
        </Page>
    }
}
