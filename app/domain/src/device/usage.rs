//! How much data sending and receiving took: for the person who pays for it.

use chrono::{Datelike, NaiveDate};
use serde::{Deserialize, Serialize};

/// Bytes over the network, both ways, as far as the browser tells them.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct DataUsed {
    /// Which month the figures are of, counted from year 0; nought before the first.
    month: i32,
    /// In this month.
    pub this_month: u64,
    /// In the month before.
    pub month_before: u64,
    /// By the last exchange with the server, however many requests it took.
    pub last_sync: u64,
}

impl DataUsed {
    /// Counts a request and its answer; `first` where a sync begins with it.
    pub fn count(self, bytes: u64, first: bool, today: NaiveDate) -> Self {
        let month = today.year() * 12 + today.month0().cast_signed();
        // What was kept may be damaged, and then any number.
        let (before, so_far) = match month.checked_sub(self.month) {
            Some(0) => (self.month_before, self.this_month),
            Some(1) => (self.this_month, 0),
            _ => (0, 0),
        };
        let last_sync = if first { bytes } else { self.last_sync.saturating_add(bytes) };
        Self { month, this_month: so_far.saturating_add(bytes), month_before: before, last_sync }
    }
}

/// Bytes as a person reads them: `840 bytes`, `12 kB`, `3.4 MB`, `2.0 GB`.
pub fn in_words(bytes: u64) -> String {
    match bytes {
        0..1_000 => format!("{bytes} bytes"),
        1_000..1_000_000 => format!("{} kB", bytes.div_ceil(1_000).min(999)),
        1_000_000..1_000_000_000 => format!("{}.{} MB", bytes / 1_000_000, bytes % 1_000_000 / 100_000),
        _ => format!("{}.{} GB", bytes / 1_000_000_000, bytes % 1_000_000_000 / 100_000_000),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(year: i32, month: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(year, month, 5).unwrap_or_default()
    }

    #[test]
    fn months_follow_each_other_also_over_new_year() {
        let used = DataUsed::default().count(10, true, day(2026, 11)).count(5, false, day(2026, 11));
        assert_eq!((used.this_month, used.month_before, used.last_sync), (15, 0, 15));
        let used = used.count(7, true, day(2026, 12));
        assert_eq!((used.this_month, used.month_before, used.last_sync), (7, 15, 7));
        let used = used.count(1, true, day(2027, 1));
        assert_eq!((used.this_month, used.month_before), (1, 7));
        let after_a_long_time = used.count(2, true, day(2027, 4));
        assert_eq!((after_a_long_time.this_month, after_a_long_time.month_before), (2, 0));
        let clock_set_back = after_a_long_time.count(3, true, day(2027, 1));
        assert_eq!((clock_set_back.this_month, clock_set_back.month_before), (3, 0));
    }

    #[test]
    fn a_month_that_cannot_be_is_one_long_ago() {
        for month in [i32::MIN, i32::MAX] {
            let used = DataUsed { month, this_month: 9, ..DataUsed::default() }.count(1, true, day(2026, 11));
            assert_eq!((used.this_month, used.month_before), (1, 0));
        }
    }

    #[test]
    fn sizes_read_as_a_phone_shows_them() {
        let read = [0, 999, 1_000, 12_400, 999_999, 1_000_000, 3_450_000, 2_048_000_000].map(in_words);
        assert_eq!(read, ["0 bytes", "999 bytes", "1 kB", "13 kB", "999 kB", "1.0 MB", "3.4 MB", "2.0 GB"]);
    }
}
