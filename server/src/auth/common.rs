//! What a new password must be: long, and not one that everybody tries first.

use domain::error::Refusal;

/// The shortest new password, in characters.
const SHORTEST: usize = 12;
/// The longest, in characters: hashing much more is a way to keep the server busy.
const LONGEST: usize = 200;
/// Fewer different characters than this is a pattern, whatever its length.
const LEAST_DIFFERENT: usize = 5;

/// Words and whole passwords that lead every list of stolen passwords, and those that lie near here.
const COMMON: &str = include_str!("common_passwords.txt");

/// Runs of keys.
const RUNS: [&str; 3] = [
    "abcdefghijklmnopqrstuvwxyzabcdefghijklmnopqrstuvwxyz",
    "0123456789012345678901234567890",
    "qwertyuiopasdfghjklzxcvbnmqwertyuiop",
];

/// Checks a new password; `known` are words that others know of the person: username, names.
pub fn check_new(field: &str, password: &str, known: &[&str]) -> Result<(), Refusal> {
    let length = password.chars().count();
    if length < SHORTEST {
        return Err(Refusal::at(
            field,
            "password-too-short",
            format!(
                "A password has at least {SHORTEST} characters. Three or four words that belong together only for you are easy to remember."
            ),
        ));
    }
    if length > LONGEST {
        return Err(Refusal::at(field, "password-too-long", format!("A password has at most {LONGEST} characters.")));
    }
    if is_guessable(password, known) {
        return Err(Refusal::at(
            field,
            "password-too-common",
            "This password is easy to guess: it is a common one, a row of keys, or made from the name. Please choose another.",
        ));
    }
    Ok(())
}

fn is_guessable(password: &str, known: &[&str]) -> bool {
    let typed = password.to_lowercase();
    let mut different: Vec<char> = typed.chars().collect();
    different.sort_unstable();
    different.dedup();
    if different.len() < LEAST_DIFFERENT {
        return true;
    }
    let meant: String = typed.chars().map(unmasked).filter(char::is_ascii_alphabetic).collect();
    // A row of digits at the end stands for itself.
    let head = typed.trim_end_matches(|c: char| !c.is_alphabetic());
    let meant_head: String = head.chars().map(unmasked).filter(char::is_ascii_alphabetic).collect();
    let plain: String = typed.chars().filter(char::is_ascii_alphanumeric).collect();
    let letters: String = typed.chars().filter(char::is_ascii_alphabetic).collect();
    [meant, meant_head, plain, letters].iter().any(|text| is_run(text) || is_made_of_common(text, known))
        || COMMON.lines().any(|common| common == typed)
}

/// Digits and signs that stand for letters.
const fn unmasked(c: char) -> char {
    match c {
        '0' => 'o',
        '1' | '!' => 'i',
        '3' => 'e',
        '4' | '@' => 'a',
        '5' | '$' => 's',
        '7' => 't',
        other => other,
    }
}

fn is_run(text: &str) -> bool {
    let backwards: String = text.chars().rev().collect();
    text.len() >= 6 && RUNS.iter().any(|run| run.contains(text) || run.contains(&backwards))
}

/// Whether nothing is left but a few letters when common words are taken out.
fn is_made_of_common(text: &str, known: &[&str]) -> bool {
    let mut left = text.to_owned();
    let own = known.iter().flat_map(|name| name.split(|c: char| !c.is_alphanumeric())).map(str::to_lowercase);
    let mut words: Vec<String> = COMMON.lines().map(str::to_owned).chain(own).filter(|word| word.len() >= 4).collect();
    words.sort_by_key(|word| std::cmp::Reverse(word.len()));
    for word in &words {
        left = left.replace(word.as_str(), " ");
    }
    let rest = left.chars().filter(char::is_ascii_alphabetic).count();
    left.contains(' ') && rest < 4
}

#[cfg(test)]
mod tests {
    use super::check_new;

    #[test]
    fn what_everybody_tries_first_is_refused() {
        for password in [
            "password1234",
            "Password2026!",
            "P@ssw0rd12345",
            "qwertyuiop12",
            "123456789012",
            "aaaaaaaaaaaa",
            "ababababababab",
            "welcome-welcome",
            "jamaica-2026-jamaica",
            "lignumlignum1",
            "abcdefghijkl",
            "letmein123456",
            "marcia.brown1",
            "BrownMarcia2026",
            "iloveyou1234",
            "1q2w3e4r5t6y",
            "lignum-demo-2026",
        ] {
            let refusal = check_new("password", password, &["mbrown", "Marcia Brown"]).expect_err(password);
            assert_eq!(
                (refusal.code.as_str(), refusal.field.as_deref()),
                ("password-too-common", Some("password")),
                "{password}"
            );
        }
    }

    #[test]
    fn a_few_words_of_ones_own_are_welcome() {
        for password in
            ["goats under the mango tree", "Blue-Kettle-Verandah", "tr7#kvQ9!mzL2w", "the password is a green goat"]
        {
            assert_eq!(check_new("password", password, &["mbrown", "Marcia Brown"]), Ok(()), "{password}");
        }
    }

    #[test]
    fn too_short_and_too_long_are_said() {
        assert_eq!(check_new("new", "elevenchars", &[]).unwrap_err().code, "password-too-short");
        assert_eq!(check_new("new", &"ab cd ef ".repeat(30), &[]).unwrap_err().code, "password-too-long");
    }
}
