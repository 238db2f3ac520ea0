//! Estimates the cost of a copy of the vault in object storage, by storage class and at the user's prices.
//! The defaults are round list prices; nothing is queried.

use serde::{Deserialize, Serialize};

use super::facts::Space;
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;
use ledger::audit::{Act, Details, Fact, Subject};
use ledger::catalog::Catalog;
use ledger::event::Topic;

const SETTING: &str = "storage_prices";
const GB: f64 = 1_000_000_000.0;
const DAYS_OF_A_YEAR: u64 = 365;
const CLASSES_MAX: usize = 12;
const NAME_CHARACTERS_MAX: usize = 60;
/// No storage costs so much; a price above is a slip.
const PRICE_MAX: f64 = 1_000.0;

/// What a class of storage costs.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct Price {
    /// What people call the class.
    pub class: String,
    /// For a gigabyte (10⁹ bytes) in a month.
    pub per_gb_month: f64,
}

/// Prices by class.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize)]
pub struct PriceList {
    /// In which currency.
    pub currency: String,
    /// The classes, in the order in which they are shown.
    pub prices: Vec<Price>,
}

/// What one class would cost.
#[derive(Debug, Clone, PartialEq)]
pub struct StorageCost {
    /// The class.
    pub class: String,
    /// Its price for a gigabyte in a month.
    pub per_gb_month: f64,
    /// In a month, for what is kept now.
    pub month_now: f64,
    /// In a month a year from now, if it grows as in the last month and nothing is freed; absent where the growth is
    /// not known.
    pub month_in_a_year: Option<f64>,
}

impl Default for PriceList {
    fn default() -> Self {
        let price = |(class, per_gb_month): (&str, f64)| Price { class: class.into(), per_gb_month };
        Self {
            currency: "USD".into(),
            prices: [
                ("object storage, standard", 0.023),
                ("object storage, infrequent access", 0.0125),
                ("archive, at once", 0.004),
                ("archive, after hours", 0.001),
            ]
            .map(price)
            .into(),
        }
    }
}

pub(super) fn of(space: &Space, prices: &PriceList) -> Vec<StorageCost> {
    if space.stored_bytes == 0 {
        return Vec::new();
    }
    let gigabytes = |bytes: u64| crate::figures::real(bytes) / GB;
    let in_a_year =
        space.day_bytes.map(|day| space.stored_bytes.saturating_add(day.saturating_mul(DAYS_OF_A_YEAR)));
    prices
        .prices
        .iter()
        .map(|price| StorageCost {
            class: price.class.clone(),
            per_gb_month: price.per_gb_month,
            month_now: gigabytes(space.stored_bytes) * price.per_gb_month,
            month_in_a_year: in_a_year.map(|bytes| gigabytes(bytes) * price.per_gb_month),
        })
        .collect()
}

impl Engine {
    /// The prices that estimates go by.
    pub(super) async fn prices(&self) -> Result<PriceList, Failure> {
        match self.profile.catalog.setting(SETTING).await? {
            None => Ok(PriceList::default()),
            Some(text) => serde_json::from_str(&text).map_err(|error| {
                Failure::new(
                    Code::SettingsDamaged,
                    format!("the storage prices cannot be read: {error}"),
                    "Set them again.",
                )
            }),
        }
    }

    /// Sets the prices that estimates go by; none at all brings the usual ones back.
    ///
    /// # Errors
    /// `invalid_request` for a price or a name that makes no sense.
    #[crate::boxed]
    pub async fn set_prices(&self, list: PriceList) -> Result<PriceList, Failure> {
        let list = if list.prices.is_empty() { PriceList::default() } else { checked(list)? };
        let text =
            serde_json::to_string(&list).map_err(|e| Failure::invalid(e.to_string(), "Set them again."))?;
        let details = Details::none().with("storage_prices", Fact::Count(list.prices.len() as u64));
        let mut writing =
            self.profile.audit.begin(Act::SettingsChanged, &Subject::profile(), details).await?;
        Catalog::set_setting(writing.connection(), SETTING, &text).await?;
        writing.commit().await?;
        self.profile.jobs.changed(&[Topic::Setup, Topic::Vault]);
        Ok(list)
    }
}

fn checked(list: PriceList) -> Result<PriceList, Failure> {
    let is_name = |name: &str| {
        !name.trim().is_empty()
            && name.chars().count() <= NAME_CHARACTERS_MAX
            && !name.chars().any(char::is_control)
    };
    let refuse =
        |what: String| Err(Failure::invalid(what, "Name a class and its price for a gigabyte in a month."));
    if list.prices.len() > CLASSES_MAX {
        return refuse(format!("{} classes are too many", list.prices.len()));
    }
    if !is_name(&list.currency) {
        return refuse(format!("{:?} cannot be a currency", list.currency));
    }
    for (at, price) in list.prices.iter().enumerate() {
        if !is_name(&price.class) {
            return refuse(format!("{:?} cannot be the name of a class", price.class));
        }
        if list.prices[..at].iter().any(|other| other.class.eq_ignore_ascii_case(&price.class)) {
            return refuse(format!("{:?} is there twice", price.class));
        }
        if !(0.0..=PRICE_MAX).contains(&price.per_gb_month) {
            return refuse(format!("{} cannot be a price", price.per_gb_month));
        }
    }
    Ok(list)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_year_of_growth_is_added_to_what_is_kept() {
        let space =
            Space { stored_bytes: 1_000_000_000_000, day_bytes: Some(1_000_000_000), ..Space::default() };
        let costs = of(&space, &PriceList::default());
        assert!((costs[0].month_now - 23.0).abs() < 1e-9, "{costs:?}");
        assert!((costs[0].month_in_a_year.unwrap() - 31.395).abs() < 1e-9, "{costs:?}");
        assert_eq!(of(&Space { day_bytes: None, ..space }, &PriceList::default())[0].month_in_a_year, None);
    }

    #[test]
    fn prices_that_make_no_sense_are_refused() {
        let list = |class: &str, per_gb_month| PriceList {
            currency: "EUR".into(),
            prices: vec![Price { class: class.into(), per_gb_month }],
        };
        assert!(checked(list("disk", 0.0)).is_ok());
        for wrong in [list("disk", -0.1), list("disk", f64::NAN), list(" ", 0.1), list("disk", 1_000.1)] {
            assert!(checked(wrong.clone()).is_err(), "{wrong:?}");
        }
        let mut twice = list("disk", 0.1);
        twice.prices.push(Price { class: "Disk".into(), per_gb_month: 0.2 });
        assert!(checked(twice).is_err());
    }
}
