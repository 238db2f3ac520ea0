//! The robust band: the expected range of a figure, from earlier ones. Pure.
//!
//! The trend is the median of the slopes between all pairs of points (Theil and Sen), and the width is the
//! median distance from it, so that a few outliers, which are to be detected, distort neither.

use ledger::catalog::Sample;

/// With fewer earlier points nothing is called odd.
pub const POINTS_MIN: usize = 5;
/// More earlier points are not looked at: pairs grow with their square, and habits change.
pub(crate) const POINTS_MAX: usize = 30;
/// So many median distances from the trend are still expected.
const WIDTH: f64 = 4.0;
/// Makes a median distance comparable to a standard deviation (1 / 0.6745).
const NORMAL: f64 = 1.4826;
/// However still a figure stood before, this share of it is still expected: a constant has no distance at all.
const SHARE_MIN: f64 = 0.10;

/// Between which values a figure is expected.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Band {
    /// At least.
    pub low: u64,
    /// By the trend.
    pub expected: u64,
    /// At most.
    pub high: u64,
}

/// On which side of the band a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Off {
    /// Below it.
    Less,
    /// Above it.
    More,
}

impl Band {
    /// The band at `at_ms`, from earlier values; `None` below `POINTS_MIN` points. A difference up to `floor`
    /// is always within it.
    pub fn at(earlier: &[Sample], at_ms: i64, floor: u64) -> Option<Self> {
        if earlier.len() < POINTS_MIN {
            return None;
        }
        let points: Vec<(f64, f64)> = earlier
            .iter()
            .take(POINTS_MAX)
            .map(|sample| (real_signed(sample.at_ms - at_ms), real(sample.value)))
            .collect();
        let slope = slope(&points);
        // Time counts from the moment asked for, so the base is what the trend says of it.
        let expected = median(points.iter().map(|(x, y)| y - slope * x).collect()).max(0.0);
        let distance = median(points.iter().map(|(x, y)| (y - slope * x - expected).abs()).collect());
        let half = (WIDTH * NORMAL * distance).max(SHARE_MIN * expected).max(real(floor));
        Some(Self {
            low: whole((expected - half).max(0.0)),
            expected: whole(expected),
            high: whole(expected + half),
        })
    }

    /// On which side a value is out of it.
    pub fn off(&self, value: u64) -> Option<Off> {
        if value < self.low {
            Some(Off::Less)
        } else if value > self.high {
            Some(Off::More)
        } else {
            None
        }
    }
}

/// What a figure grows by in each millisecond, robustly; 0 where there are too few moments.
pub(crate) fn slope(points: &[(f64, f64)]) -> f64 {
    let mut slopes = Vec::with_capacity(points.len() * points.len() / 2);
    for (at, (x, y)) in points.iter().enumerate() {
        for (other_x, other_y) in &points[at + 1..] {
            if (x - other_x).abs() > f64::EPSILON {
                slopes.push((y - other_y) / (x - other_x));
            }
        }
    }
    median(slopes)
}

/// The middle value; 0 where there is none.
pub(crate) fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    let middle = values.len() / 2;
    match (values.len(), values.get(middle)) {
        (_, None) => 0.0,
        (count, Some(upper)) if count % 2 == 1 => *upper,
        (_, Some(upper)) => f64::midpoint(values[middle - 1], *upper),
    }
}

#[expect(clippy::cast_precision_loss, reason = "a band is no ledger: 53 bits are plenty")]
pub(crate) fn real(value: u64) -> f64 {
    value as f64
}

#[expect(clippy::cast_precision_loss, reason = "as above")]
fn real_signed(value: i64) -> f64 {
    value as f64
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "it is not negative, and saturates"
)]
pub(crate) fn whole(value: f64) -> u64 {
    value.round() as u64
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const DAY: i64 = 86_400_000;

    fn daily(values: &[u64]) -> Vec<Sample> {
        (0..).zip(values).map(|(day, value)| Sample { at_ms: day * DAY, value: *value }).collect()
    }

    fn off(values: &[u64], next: u64) -> Option<Off> {
        let at_ms = i64::try_from(values.len()).unwrap() * DAY;
        Band::at(&daily(values), at_ms, 0).unwrap().off(next)
    }

    #[test]
    fn fewer_than_five_points_say_nothing() {
        assert_eq!(Band::at(&daily(&[10, 10, 10, 10]), 4 * DAY, 0), None);
        assert!(Band::at(&daily(&[10, 10, 10, 10, 10]), 5 * DAY, 0).is_some());
    }

    #[test]
    fn one_percent_more_after_five_equal_sizes_is_as_expected() {
        assert_eq!(off(&[1_000; 5], 1_010), None);
        assert_eq!(off(&[1_000; 5], 1_101), Some(Off::More));
        assert_eq!(off(&[1_000; 5], 899), Some(Off::Less));
        assert_eq!(off(&[1_000; 5], 900), None);
    }

    #[test]
    fn a_month_of_steady_growth_is_as_expected_and_a_fifth_less_is_not() {
        let grown: Vec<u64> = (0..30).map(|day| 10_000 + day * 400).collect();
        assert_eq!(off(&grown, 22_000), None);
        assert_eq!(off(&grown, 17_600), Some(Off::Less));
        assert_eq!(off(&grown, 10_000), Some(Off::Less), "what was usual a month ago is not now");
    }

    #[test]
    fn outliers_of_the_past_do_not_hide_the_next_one() {
        let mut values = vec![1_000; 30];
        for at in [3, 11, 19, 27] {
            values[at] = 9_000;
        }
        assert_eq!(off(&values, 9_000), Some(Off::More));
        assert_eq!(off(&values, 1_020), None);
    }

    #[test]
    fn what_always_varied_may_go_on_to_vary() {
        let values: Vec<u64> = (0..30).map(|day| 1_000 + (day * 7 % 13) * 60).collect();
        assert_eq!(off(&values, 1_700), None);
        assert_eq!(off(&values, 30), Some(Off::Less));
    }

    #[test]
    fn small_figures_may_differ_by_the_floor() {
        let band = Band::at(&daily(&[2; 8]), 8 * DAY, 10).unwrap();
        assert_eq!((band.off(12), band.off(13)), (None, Some(Off::More)));
    }

    #[test]
    fn points_of_one_moment_have_no_slope_and_break_nothing() {
        let same = vec![Sample { at_ms: 5, value: 100 }; 6];
        assert_eq!(Band::at(&same, 5, 0).unwrap().expected, 100);
    }

    proptest! {
        #[test]
        fn the_band_encloses_its_trend(values in prop::collection::vec(0_u64..1_000_000_000_000, 5..40), floor in 0_u64..1000) {
            let band = Band::at(&daily(&values), DAY * 50, floor).unwrap();
            prop_assert!(band.low <= band.expected && band.expected <= band.high);
        }

        #[test]
        fn a_value_that_never_changed_is_never_odd(value in 0_u64..1_000_000_000_000, count in 5_usize..30) {
            prop_assert_eq!(off(&vec![value; count], value), None);
        }

        #[test]
        fn one_tenfold_outlier_of_thirty_is_found(value in 1_000_u64..1_000_000_000, wobble in 0_u64..5) {
            let values: Vec<u64> = (0..30).map(|day| value + value / 100 * (day % (wobble + 1))).collect();
            prop_assert_eq!(off(&values, value * 10), Some(Off::More));
            prop_assert_eq!(off(&values, value / 10), Some(Off::Less));
        }
    }
}
