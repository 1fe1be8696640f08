//! Text that people type, parsed once into types that cannot be invalid.
//!
//! Emoji, accents and combining characters are welcome; control characters other than line breaks
//! are not. HTML is kept as typed: it is text, and every screen shows it as text.

use crate::error::Refusal;
use serde::{Deserialize, Serialize};

/// How long a name may be, in characters.
pub const NAME_LIMIT: usize = 80;
/// How long a one-line answer may be, in characters.
pub const LINE_LIMIT: usize = 200;
/// How long a narrative may be, in characters: about eight typed pages.
pub const NARRATIVE_LIMIT: usize = 20_000;

fn is_forbidden(c: char, multiline: bool) -> bool {
    let bidi_override = matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}');
    bidi_override || (c.is_control() && !(multiline && matches!(c, '\n' | '\r' | '\t')))
}

/// Trims and checks a text: `field` names it in a refusal, `what` in the sentence.
fn tidy(field: &str, what: &str, text: &str, limit: usize, multiline: bool) -> Result<Option<String>, Refusal> {
    let text = text.trim();
    if text.is_empty() {
        return Ok(None);
    }
    if text.chars().any(|c| is_forbidden(c, multiline)) {
        return Err(Refusal::at(
            field,
            "unreadable-characters",
            format!("{what} has characters that cannot be shown. Please type it again."),
        ));
    }
    let length = text.chars().count();
    if length > limit {
        return Err(Refusal::at(
            field,
            "too-long",
            format!("{what} is too long: {length} characters, at most {limit}."),
        ));
    }
    Ok(Some(text.to_owned()))
}

/// A person's name, or part of one: 1 to 80 characters with at least one letter.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct PersonName(String);

impl PersonName {
    /// Reads a required name.
    pub fn parse(field: &str, what: &str, text: &str) -> Result<Self, Refusal> {
        Self::parse_optional(field, what, text)?
            .ok_or_else(|| Refusal::at(field, "missing", format!("Please give the {}.", what.to_lowercase())))
    }

    /// Reads a name that may be left out.
    pub fn parse_optional(field: &str, what: &str, text: &str) -> Result<Option<Self>, Refusal> {
        let Some(text) = tidy(field, what, text, NAME_LIMIT, false)? else { return Ok(None) };
        if !text.chars().any(char::is_alphabetic) {
            return Err(Refusal::at(field, "no-letters", format!("{what} should have letters in it.")));
        }
        Ok(Some(Self(text)))
    }

    /// The name as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A one-line answer: 1 to 200 characters.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Line(String);

impl Line {
    /// Reads a required line.
    pub fn parse(field: &str, what: &str, text: &str) -> Result<Self, Refusal> {
        Self::parse_optional(field, what, text)?
            .ok_or_else(|| Refusal::at(field, "missing", format!("Please give the {}.", what.to_lowercase())))
    }

    /// Reads a line that may be left out.
    pub fn parse_optional(field: &str, what: &str, text: &str) -> Result<Option<Self>, Refusal> {
        Ok(tidy(field, what, text, LINE_LIMIT, false)?.map(Self))
    }

    /// The line as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// What happened, in a person's own words: 1 to 20,000 characters, line breaks kept.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Narrative(String);

impl Narrative {
    /// Reads a required narrative; `ask` is the sentence shown when it is missing.
    pub fn parse(field: &str, what: &str, ask: &str, text: &str) -> Result<Self, Refusal> {
        tidy(field, what, text, NARRATIVE_LIMIT, true)?.map(Self).ok_or_else(|| Refusal::at(field, "missing", ask))
    }

    /// Reads a narrative that may be left out.
    pub fn parse_optional(field: &str, what: &str, text: &str) -> Result<Option<Self>, Refusal> {
        Ok(tidy(field, what, text, NARRATIVE_LIMIT, true)?.map(Self))
    }

    /// The text as typed.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// A student registration number: nine digits [SRN]. Only the shape is checked, not that it exists.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Srn(String);

impl Srn {
    /// Reads a number that may be left out; spaces and dashes between the digits are ignored.
    pub fn parse_optional(field: &str, text: &str) -> Result<Option<Self>, Refusal> {
        let digits: String = text.chars().filter(|c| !matches!(c, ' ' | '-')).collect();
        if digits.is_empty() {
            return Ok(None);
        }
        if digits.len() == 9 && digits.bytes().all(|b| b.is_ascii_digit()) {
            return Ok(Some(Self(digits)));
        }
        Err(Refusal::at(
            field,
            "srn-not-nine-digits",
            "A student registration number has nine digits, for example 123 456 789.",
        ))
    }

    /// The nine digits.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// In groups of three, as it is printed: `123 456 789`.
    pub fn shown(&self) -> String {
        match (self.0.get(..3), self.0.get(3..6), self.0.get(6..)) {
            (Some(a), Some(b), Some(c)) => format!("{a} {b} {c}"),
            _ => self.0.clone(),
        }
    }
}

/// A telephone number. Jamaican numbers (876 and 658) are kept as ten digits; others as typed, 7 to 15 digits.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Phone(String);

impl Phone {
    /// Reads a number that may be left out.
    pub fn parse_optional(field: &str, text: &str) -> Result<Option<Self>, Refusal> {
        let text = text.trim();
        if text.is_empty() {
            return Ok(None);
        }
        let wrong = || Refusal::at(field, "not-a-phone-number", "Please give a telephone number such as 876-555-0123.");
        if !text.chars().all(|c| c.is_ascii_digit() || matches!(c, '+' | '-' | ' ' | '(' | ')' | '.')) {
            return Err(wrong());
        }
        let digits: String = text.chars().filter(char::is_ascii_digit).collect();
        let local = digits.strip_prefix('1').filter(|rest| rest.len() == 10).unwrap_or(&digits);
        match local.len() {
            7 => Ok(Some(Self(format!("876{local}")))),
            8..=15 => Ok(Some(Self(local.to_owned()))),
            _ => Err(wrong()),
        }
    }

    /// The digits, for `tel:` links.
    pub fn digits(&self) -> &str {
        &self.0
    }

    /// As Jamaicans write it: `876-555-0123`.
    pub fn shown(&self) -> String {
        if self.0.len() == 10 && self.0.is_ascii() {
            format!("{}-{}-{}", &self.0[..3], &self.0[3..6], &self.0[6..])
        } else {
            self.0.clone()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn names_keep_accents_emoji_and_combining_characters() {
        for name in ["Zoë", "Ze\u{301}phyr", "D’Andre 🙂", "Ann-Marie"] {
            assert_eq!(PersonName::parse("first_name", "First name", name).unwrap().as_str(), name);
        }
    }

    #[test]
    fn a_name_without_letters_or_with_control_characters_is_refused_at_its_field() {
        for name in ["", "   ", "123", "A\u{0}b", "a\u{202e}b"] {
            assert_eq!(
                PersonName::parse("first_name", "First name", name).unwrap_err().field.as_deref(),
                Some("first_name")
            );
        }
    }

    #[test]
    fn an_srn_has_nine_digits_and_nothing_else() {
        assert_eq!(Srn::parse_optional("srn", "123 456 789").unwrap().unwrap().shown(), "123 456 789");
        assert_eq!(Srn::parse_optional("srn", " ").unwrap(), None);
        for wrong in ["12345678", "1234567890", "12345678a", "１２３４５６７８９"] {
            assert_eq!(Srn::parse_optional("srn", wrong).unwrap_err().code, "srn-not-nine-digits");
        }
    }

    #[test]
    fn a_seven_digit_number_is_jamaican() {
        assert_eq!(Phone::parse_optional("phone", "555-0123").unwrap().unwrap().shown(), "876-555-0123");
        assert_eq!(Phone::parse_optional("phone", "+1 (658) 555-0123").unwrap().unwrap().shown(), "658-555-0123");
        assert!(Phone::parse_optional("phone", "call his aunt").is_err());
    }

    #[test]
    fn two_hundred_kilobytes_are_refused_with_both_numbers() {
        let refusal =
            Narrative::parse("narrative", "What happened", "Please write.", &"a".repeat(200_000)).unwrap_err();
        assert_eq!(refusal.code, "too-long");
        assert!(refusal.message.contains("200000") && refusal.message.contains("20000"));
    }

    proptest! {
        #[test]
        fn parsing_any_text_never_panics(text in "\\PC{0,300}") {
            let _ = PersonName::parse("f", "F", &text);
            let _ = Line::parse("f", "F", &text);
            let _ = Narrative::parse("f", "F", "?", &text);
            if let Ok(Some(srn)) = Srn::parse_optional("f", &text) { let _ = srn.shown(); }
            if let Ok(Some(phone)) = Phone::parse_optional("f", &text) { let _ = phone.shown(); }
        }

        #[test]
        fn html_is_kept_as_typed(inner in "[a-z<>&\"']{1,40}") {
            let typed = format!("<b>{inner}</b>");
            let kept = Narrative::parse("f", "F", "?", &typed).unwrap();
            prop_assert_eq!(kept.as_str(), typed);
        }
    }
}
