//! Asking for a password without showing it.

use std::io::{self, BufRead, IsTerminal, Write};

use anyhow::{Context, Result, bail};
use nix::sys::termios::{LocalFlags, SetArg, Termios, tcgetattr, tcsetattr};

/// The password from standard input, or typed twice on the terminal.
pub fn ask(from_stdin: bool) -> Result<String> {
    if from_stdin || !io::stdin().is_terminal() {
        return line();
    }
    let _quiet = Quiet::begin()?;
    let first = typed("New password: ")?;
    let second = typed("The same again: ")?;
    if first != second {
        bail!("the two passwords are not the same");
    }
    Ok(first)
}

fn typed(prompt: &str) -> Result<String> {
    eprint!("{prompt}");
    io::stderr().flush()?;
    let line = line()?;
    eprintln!();
    Ok(line)
}

fn line() -> Result<String> {
    let mut text = String::new();
    io::stdin().lock().read_line(&mut text).context("the password could not be read")?;
    Ok(text.trim_end_matches(['\n', '\r']).to_owned())
}

/// A terminal that does not show what is typed, until this is dropped.
struct Quiet(Termios);

impl Quiet {
    fn begin() -> Result<Self> {
        let before = tcgetattr(io::stdin())?;
        let mut quiet = before.clone();
        quiet.local_flags.remove(LocalFlags::ECHO);
        tcsetattr(io::stdin(), SetArg::TCSANOW, &quiet)?;
        Ok(Self(before))
    }
}

impl Drop for Quiet {
    fn drop(&mut self) {
        let _ = tcsetattr(io::stdin(), SetArg::TCSANOW, &self.0);
    }
}
