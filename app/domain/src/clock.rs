//! Moments and dates. The clock is injected; Jamaica's time is a constant.
//!
//! Jamaica keeps Eastern Standard Time all year (UTC−5, no summer time), so that dates can be told
//! the same way on a phone, on a server and in a test.

use chrono::{DateTime, Datelike, FixedOffset, NaiveDate, NaiveDateTime, NaiveTime, TimeZone, Timelike, Utc};
use uuid::Uuid;

/// A moment, in UTC.
pub type Moment = DateTime<Utc>;

/// Where the present moment comes from.
pub trait Clock {
    /// The present moment.
    fn now(&self) -> Moment;
}

/// Where new identifiers come from.
pub trait IdGen {
    /// A new version 7 UUID.
    fn next_id(&self) -> Uuid;
}

const JAMAICA_OFFSET_SECONDS: i32 = -5 * 3600;

fn jamaica() -> FixedOffset {
    // The offset is within ±24 h, so `east_opt` has a value; UTC is the honest fallback.
    FixedOffset::east_opt(JAMAICA_OFFSET_SECONDS).unwrap_or_else(|| chrono::Offset::fix(&Utc))
}

/// What Jamaica's wall clock shows. The first hours of the calendar, which only a hostile sender
/// writes, have no local time before them; they stay in UTC instead of panicking.
fn wall_clock(at: Moment) -> NaiveDateTime {
    at.naive_utc().checked_add_offset(jamaica()).unwrap_or_else(|| at.naive_utc())
}

/// The calendar day in Jamaica at this moment.
pub fn jamaica_day(at: Moment) -> NaiveDate {
    wall_clock(at).date()
}

/// The wall clock in Jamaica at this moment.
pub fn jamaica_time(at: Moment) -> NaiveTime {
    wall_clock(at).time()
}

/// The moment at which Jamaica's wall clock shows this day and time.
pub fn from_jamaica(day: NaiveDate, time: NaiveTime) -> Moment {
    let wall = NaiveDateTime::new(day, time);
    jamaica().from_local_datetime(&wall).single().map_or_else(|| wall.and_utc(), |at| at.with_timezone(&Utc))
}

/// A date as Jamaicans write it: `09/06/2026`.
pub fn show_day(day: NaiveDate) -> String {
    format!("{:02}/{:02}/{}", day.day(), day.month(), day.year())
}

/// A date as form controls and the wire write it: `2026-06-09`.
pub fn iso_day(day: NaiveDate) -> String {
    format!("{:04}-{:02}-{:02}", day.year(), day.month(), day.day())
}

/// A wall-clock time, 24 hours: `14:05`.
pub fn show_time(time: NaiveTime) -> String {
    format!("{:02}:{:02}", time.hour(), time.minute())
}

/// A moment as people read it: `Today, 10:42`, `Yesterday, 16:05`, `09/06/2026, 10:42`.
pub fn show_moment(at: Moment, now: Moment) -> String {
    let day = jamaica_day(at);
    let time = show_time(jamaica_time(at));
    match (jamaica_day(now) - day).num_days() {
        0 => format!("Today, {time}"),
        1 => format!("Yesterday, {time}"),
        _ => format!("{}, {time}", show_day(day)),
    }
}

/// The weekday and date: `Thursday 26/11/2026`.
pub fn show_long_day(day: NaiveDate) -> String {
    const NAMES: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
    let name = NAMES[day.weekday().num_days_from_monday() as usize % 7];
    format!("{name} {}", show_day(day))
}

/// How long ago, in whole days: `today`, `yesterday`, `6 days`.
pub fn show_age_in_days(since: Moment, now: Moment) -> String {
    match (jamaica_day(now) - jamaica_day(since)).num_days() {
        i64::MIN..=0 => "today".to_owned(),
        1 => "yesterday".to_owned(),
        days => format!("{days} days"),
    }
}

/// How long ago, in words: `today`, `yesterday`, `6 days ago`.
pub fn show_ago(since: Moment, now: Moment) -> String {
    let age = show_age_in_days(since, now);
    if age.ends_with("days") { format!("{age} ago") } else { age }
}

/// Reads a date that a person typed or picked: `09/06/2026`, `9-6-2026` or `2026-06-09`.
pub fn parse_day(text: &str) -> Option<NaiveDate> {
    let mut parts = text.trim().split(['/', '-', '.']);
    let (a, b, c) = (parts.next()?, parts.next()?, parts.next()?);
    if parts.next().is_some() {
        return None;
    }
    let (year, month, day) = if a.len() == 4 { (a, b, c) } else { (c, b, a) };
    if year.len() != 4 {
        return None;
    }
    NaiveDate::from_ymd_opt(year.parse().ok()?, month.parse().ok()?, day.parse().ok()?)
}

/// Reads a wall-clock time that a person typed or picked: `10:42`, `10:42:00`.
pub fn parse_time(text: &str) -> Option<NaiveTime> {
    let mut parts = text.trim().split(':');
    let (hour, minute) = (parts.next()?.parse().ok()?, parts.next()?.parse().ok()?);
    NaiveTime::from_hms_opt(hour, minute, 0)
}

/// Whole years from birth to the given day.
pub fn age_on(born: NaiveDate, day: NaiveDate) -> i32 {
    let years = day.year() - born.year();
    if (day.month(), day.day()) < (born.month(), born.day()) { years - 1 } else { years }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn day(y: i32, m: u32, d: u32) -> NaiveDate {
        NaiveDate::from_ymd_opt(y, m, d).unwrap()
    }

    #[test]
    fn a_birthday_counts_on_the_day_itself() {
        assert_eq!(age_on(day(2010, 6, 9), day(2026, 6, 8)), 15);
        assert_eq!(age_on(day(2010, 6, 9), day(2026, 6, 9)), 16);
        assert_eq!(age_on(day(2008, 2, 29), day(2026, 2, 28)), 17);
        assert_eq!(age_on(day(2008, 2, 29), day(2026, 3, 1)), 18);
    }

    #[test]
    fn late_evening_in_jamaica_is_still_the_same_day() {
        let at = day(2026, 11, 27).and_hms_opt(3, 30, 0).unwrap().and_utc();
        assert_eq!(jamaica_day(at), day(2026, 11, 26));
        assert_eq!(show_time(jamaica_time(at)), "22:30");
    }

    #[test]
    fn day_and_month_are_never_swapped() {
        assert_eq!(parse_day("9/6/2026"), Some(day(2026, 6, 9)));
        assert_eq!(parse_day("13/13/2026"), None);
        assert_eq!(parse_day("1/2/26"), None);
    }

    proptest! {
        #[test]
        fn what_is_shown_can_be_read_back(offset in 0i64..60_000) {
            let d = day(1900, 1, 1) + chrono::Days::new(offset.unsigned_abs());
            prop_assert_eq!(parse_day(&show_day(d)), Some(d));
            prop_assert_eq!(parse_day(&iso_day(d)), Some(d));
        }

        #[test]
        fn reading_a_date_never_panics(text in "\\PC{0,20}") {
            let _ = parse_day(&text);
            let _ = parse_time(&text);
        }
    }
}
