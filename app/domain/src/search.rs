//! Finding a client while typing: by name, nickname, school or reference number, forgiving a slip.
//!
//! Everything is in memory; ten thousand entries are searched within one keystroke.

/// Lower case, without accents and punctuation, single spaces: what both the query and the entries go through.
pub fn normalise(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars().flat_map(char::to_lowercase) {
        match plain(c) {
            Some(letters) => out.push_str(letters),
            None if c.is_alphanumeric() => out.push(c),
            // Combining marks and apostrophes vanish: D’Andre is found as dandre.
            None if ('\u{300}'..='\u{36f}').contains(&c) || matches!(c, '\'' | '’' | '.') => {}
            None => {
                if !out.ends_with(' ') && !out.is_empty() {
                    out.push(' ');
                }
            }
        }
    }
    out.truncate(out.trim_end().len());
    out
}

/// Accented Latin letters that occur in Jamaican names and their neighbours'.
const fn plain(c: char) -> Option<&'static str> {
    Some(match c {
        'à' | 'á' | 'â' | 'ã' | 'ä' | 'å' | 'ā' => "a",
        'ç' | 'č' | 'ć' => "c",
        'è' | 'é' | 'ê' | 'ë' | 'ē' => "e",
        'ì' | 'í' | 'î' | 'ï' | 'ī' => "i",
        'ñ' => "n",
        'ò' | 'ó' | 'ô' | 'õ' | 'ö' | 'ø' | 'ō' => "o",
        'ù' | 'ú' | 'û' | 'ü' | 'ū' => "u",
        'ý' | 'ÿ' => "y",
        'æ' => "ae",
        'œ' => "oe",
        'ß' => "ss",
        'š' => "s",
        'ž' => "z",
        _ => return None,
    })
}

/// One thing that can be found.
#[derive(Debug, Clone)]
struct Entry {
    text: String,
    letters: u64,
}

/// Entries in the caller's order; results name them by position.
#[derive(Debug, Clone, Default)]
pub struct Index {
    entries: Vec<Entry>,
}

/// Fewer exact hits than this, and near misses are looked for too.
const ENOUGH: usize = 3;

impl Index {
    /// Takes the words of each entry, joined by spaces.
    pub fn new<'a>(texts: impl IntoIterator<Item = &'a str>) -> Self {
        let entries = texts
            .into_iter()
            .map(|text| {
                let text = normalise(text);
                Entry { letters: letters_of(&text), text }
            })
            .collect();
        Self { entries }
    }

    /// Positions of the entries that have every word of the query, best first; all of them for an empty query.
    pub fn find(&self, query: &str) -> Vec<usize> {
        let query = normalise(query);
        let words: Vec<&str> = query.split(' ').filter(|w| !w.is_empty()).collect();
        if words.is_empty() {
            return (0..self.entries.len()).collect();
        }
        let mut hits: Vec<(u32, usize)> = Vec::new();
        for (position, entry) in self.entries.iter().enumerate() {
            if let Some(cost) = total(&words, |word| exact_cost(entry, word)) {
                hits.push((cost, position));
            }
        }
        if hits.len() < ENOUGH {
            for (position, entry) in self.entries.iter().enumerate() {
                if hits.iter().any(|(_, known)| *known == position) {
                    continue;
                }
                if let Some(cost) = total(&words, |word| near_cost(entry, word)) {
                    hits.push((cost + 10, position));
                }
            }
        }
        hits.sort_unstable();
        hits.into_iter().map(|(_, position)| position).collect()
    }
}

fn total(words: &[&str], cost: impl Fn(&str) -> Option<u32>) -> Option<u32> {
    words.iter().try_fold(0, |sum, word| Some(sum + cost(word)?))
}

/// 0 for a whole word, 1 for the beginning of a word, 3 anywhere.
fn exact_cost(entry: &Entry, word: &str) -> Option<u32> {
    let mut best = None;
    for (at, _) in entry.text.match_indices(word) {
        let starts = at == 0 || entry.text.as_bytes().get(at - 1) == Some(&b' ');
        let ends = matches!(entry.text.as_bytes().get(at + word.len()), None | Some(b' '));
        let cost = match (starts, ends) {
            (true, true) => return Some(0),
            (true, false) => 1,
            _ => 3,
        };
        best = Some(best.map_or(cost, |b: u32| b.min(cost)));
    }
    best
}

/// Exact, or one slip in words of four letters, two in words of seven.
fn near_cost(entry: &Entry, word: &str) -> Option<u32> {
    if let Some(cost) = exact_cost(entry, word) {
        return Some(cost);
    }
    let length = word.chars().count();
    let allowed = match length {
        0..=3 => return None,
        4..=6 => 1,
        _ => 2,
    };
    // Letters that the entry lacks altogether cannot be slips beyond the allowance.
    if (letters_of(word) & !entry.letters).count_ones() > allowed {
        return None;
    }
    entry
        .text
        .split(' ')
        .filter_map(|candidate| {
            let head: String = candidate.chars().take(length + 1).collect();
            let distance = [head.chars().count(), length]
                .iter()
                .map(|take| strsim::osa_distance(&candidate.chars().take(*take).collect::<String>(), word))
                .min()?;
            u32::try_from(distance).ok().filter(|d| *d <= allowed)
        })
        .min()
}

fn letters_of(text: &str) -> u64 {
    text.bytes().fold(0, |bits, byte| match byte {
        b'a'..=b'z' => bits | 1 << (byte - b'a'),
        b'0'..=b'9' => bits | 1 << (26 + byte - b'0'),
        _ => bits,
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn index() -> Index {
        Index::new([
            "Andre Barrett Sample High LG-7K3QX-22",
            "Zoë D’Aguilar Zee",
            "Kemar Wint Sample High",
            "Shanice Grant",
        ])
    }

    #[test]
    fn a_client_is_found_by_any_part_with_a_slip_and_without_accents() {
        for (query, expected) in [
            ("andre", 0),
            ("barr", 0),
            ("Barrett, A", 0),
            ("brarett", 0),
            ("7k3qx", 0),
            ("lg-7k3qx-22", 0),
            ("zoe", 1),
            ("daguilar", 1),
            ("kemar wint", 2),
            ("sample wint", 2),
            ("shanise", 3),
        ] {
            assert_eq!(index().find(query).first(), Some(&expected), "{query}");
        }
    }

    #[test]
    fn an_empty_query_keeps_everything_in_order() {
        assert_eq!(index().find("  "), [0, 1, 2, 3]);
        assert!(index().find("qqqq").is_empty());
    }

    proptest! {
        #[test]
        fn any_query_is_answered(query in "\\PC{0,40}", text in "\\PC{0,60}") {
            let _ = Index::new([text.as_str()]).find(&query);
        }

        #[test]
        fn an_entry_is_found_by_its_own_first_word(word in "[a-z]{2,12}", rest in "[a-z ]{0,20}") {
            let index = Index::new(["other entry", &format!("{word} {rest}")]);
            prop_assert!(index.find(&word).contains(&1));
        }
    }
}
