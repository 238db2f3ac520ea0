//! Hours, days, weeks, months and years of a time zone: which of them contains a moment.

use jiff::{Timestamp, Zoned, tz::TimeZone};

/// One of the tiers that keep a backup for a stretch of the calendar.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Tier {
    Hourly,
    Daily,
    Weekly,
    Monthly,
    Yearly,
}

impl Tier {
    /// The stretch that the moment is in: equal numbers are one stretch, greater ones are later.
    pub(super) fn number(self, at: &Zoned) -> i64 {
        let date = at.date();
        let year = i64::from(date.year());
        match self {
            // Counted on the world's clock, so that the hour that is there twice in autumn is two; a zone
            // that is half an hour off has its own hours.
            Self::Hourly => {
                let shift = i64::from(at.offset().seconds()).rem_euclid(3600);
                (at.timestamp().as_second() + shift).div_euclid(3600)
            }
            Self::Daily => year * 400 + i64::from(date.day_of_year()),
            Self::Weekly => {
                let week = date.iso_week_date();
                i64::from(week.year()) * 100 + i64::from(week.week())
            }
            Self::Monthly => year * 12 + i64::from(date.month()),
            Self::Yearly => year,
        }
    }

    /// The tier and its stretch, as a reason: `weekly 36`. The year is named where it is not `now`'s.
    pub(super) fn words(self, at: &Zoned, now: &Zoned) -> String {
        match self {
            Self::Hourly => format!("hourly {}", at.strftime("%Y-%m-%d %H:00")),
            Self::Daily => format!("daily {}", at.strftime("%Y-%m-%d")),
            Self::Weekly => {
                let (week, this) = (at.date().iso_week_date(), now.date().iso_week_date());
                if week.year() == this.year() {
                    format!("weekly {}", week.week())
                } else {
                    format!("weekly {} of {}", week.week(), week.year())
                }
            }
            Self::Monthly => format!("monthly {}", at.strftime("%Y-%m")),
            Self::Yearly => format!("yearly {}", at.strftime("%Y")),
        }
    }
}

/// A moment in a time zone; what no calendar has is the beginning of 1970.
pub(super) fn moment(at_ms: i64, zone: &TimeZone) -> Zoned {
    Timestamp::from_millisecond(at_ms).unwrap_or_default().to_zoned(zone.clone())
}

/// The date of a moment: `2026-11-22`.
pub(super) fn date_words(at_ms: i64, zone: &TimeZone) -> String {
    moment(at_ms, zone).strftime("%Y-%m-%d").to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str, zone: &str) -> Zoned {
        text.parse::<Timestamp>().unwrap().to_zoned(TimeZone::get(zone).unwrap())
    }

    #[test]
    fn a_day_and_a_week_are_of_their_time_zone_and_a_week_of_its_own_year() {
        let (late, early) = ("2026-11-21T23:30:00Z", "2026-11-22T00:30:00Z");
        let days = |zone| [late, early].map(|text| Tier::Daily.number(&at(text, zone)));
        assert!(days("UTC")[0] < days("UTC")[1]);
        assert_eq!(days("Europe/Berlin")[0], days("Europe/Berlin")[1]);
        let (new_year, now) = (at("2027-01-01T12:00:00Z", "UTC"), at("2027-02-01T12:00:00Z", "UTC"));
        assert_eq!(Tier::Weekly.words(&new_year, &now), "weekly 53 of 2026");
        assert_eq!(Tier::Weekly.words(&at("2027-01-08T12:00:00Z", "UTC"), &now), "weekly 1");
    }

    #[test]
    fn the_hour_that_is_there_twice_is_two_and_a_half_hour_off_is_a_zones_own() {
        let hour = |text, zone| Tier::Hourly.number(&at(text, zone));
        assert_ne!(
            hour("2026-10-25T00:30:00Z", "Europe/Berlin"),
            hour("2026-10-25T01:30:00Z", "Europe/Berlin")
        );
        assert_eq!(
            hour("2026-11-22T00:35:00Z", "Asia/Kolkata"),
            hour("2026-11-22T01:25:00Z", "Asia/Kolkata")
        );
    }
}
