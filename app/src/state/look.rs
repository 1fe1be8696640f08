//! Theme and text size: kept in the open, for they are not personal.

use crate::platform::{page, prefs};

/// A choice of look: its key in the preferences, its attribute on the document, its values with their labels.
#[derive(Debug, Clone, Copy)]
pub struct Look {
    /// Key in the preferences.
    pub key: &'static str,
    /// Attribute on the document's root.
    pub attribute: &'static str,
    /// Values and labels; the first, empty, is the default.
    pub values: [(&'static str, &'static str); 3],
}

/// Light, dark, or as the phone is set.
pub const THEME: Look = Look {
    key: "theme",
    attribute: "data-theme",
    values: [("", "As the device is set"), ("light", "Light"), ("dark", "Dark")],
};

/// How large the text is.
pub const TEXT: Look =
    Look { key: "text", attribute: "data-text", values: [("", "Normal"), ("large", "Large"), ("larger", "Larger")] };

impl Look {
    /// The value in force.
    pub fn chosen(&self) -> String {
        prefs::get(self.key).unwrap_or_default()
    }

    /// Chooses and applies a value.
    pub fn choose(&self, value: &str) {
        prefs::set(self.key, value);
        page::set_look(self.attribute, value);
    }

    /// Applies what was chosen before.
    pub fn apply(&self) {
        page::set_look(self.attribute, &self.chosen());
    }
}
