//! `holdfast health`: what is wrong or will be, and the command that does something about it.

use clap::Args;
use contract::api;
use contract::health::{
    AskHealth, ChannelToldView, HealthFindingView, HealthSeverity, HealthView, PriceListView, PriceView,
    StorageCostView,
};
use contract::project::ProjectRef;

use crate::console::Console;
use crate::error::Ended;
use crate::status::{Status, taught};
use crate::table::{Side, parts, table};

/// What is wrong or will be.
#[derive(Debug, Args)]
#[command(after_help = taught!(
"  holdfast health                              everything: 1 when something is critical, 3 when something is unknown
  holdfast health shop --all                   one project, with what is well
  holdfast health --json | jq '.findings[] | select(.severity == \"critical\")'
  holdfast health shop --accept                its newest sizes and rows are as they should be
  holdfast health --set-price 'own disk=0.012' --currency EUR   prices that the cost estimate goes by"))]
pub(crate) struct Arguments {
    /// Name or id of the project; without one everything is looked at, this computer too.
    project: Option<String>,
    /// Show what is well, too.
    #[arg(long)]
    all: bool,
    /// Say that the size of its newest backup and the rows of its tables are as they should be; later ones are
    /// compared with it.
    #[arg(long, requires = "project")]
    accept: bool,
    /// The price of a class of storage for a gigabyte in a month; may be given several times. Those that were set
    /// before, and the usual ones, give way.
    #[arg(long = "set-price", value_name = "CLASS=PRICE", value_parser = price, conflicts_with_all = ["project", "accept"])]
    prices: Vec<PriceView>,
    /// In which currency prices are [default: USD].
    #[arg(long, value_name = "CODE", requires = "prices")]
    currency: Option<String>,
}

impl Arguments {
    /// The vault is looked at only where everything is.
    pub(crate) fn needs_secrets(&self) -> bool {
        self.project.is_none()
    }

    /// Runs the command.
    pub(crate) async fn run(self, console: &Console<'_>) -> Ended {
        if !self.prices.is_empty() {
            let currency = self.currency.unwrap_or_else(|| "USD".to_owned());
            let list = PriceListView { currency, prices: self.prices };
            api::health_prices_set(&console.engine, list).await?;
        }
        if let (true, Some(project)) = (self.accept, self.project.clone()) {
            api::health_accept(&console.engine, ProjectRef { project }).await?;
        }
        let health = api::health(&console.engine, AskHealth { project: self.project }).await?;
        console.output.answer(&health, || said(&health, self.all));
        Ok(match health.severity {
            HealthSeverity::Critical => Status::Failed,
            HealthSeverity::Unknown => Status::Inconclusive,
            HealthSeverity::Warning | HealthSeverity::Info | HealthSeverity::Ok => Status::Done,
        })
    }
}

fn price(text: &str) -> Result<PriceView, String> {
    let (class, price) = text.rsplit_once('=').ok_or("write it as CLASS=PRICE")?;
    let per_gb_month = price.trim().parse().map_err(|_| format!("{price:?} is no price"))?;
    Ok(PriceView { class: class.trim().to_owned(), per_gb_month })
}

fn said(health: &HealthView, all: bool) -> String {
    let (well, found): (Vec<_>, Vec<_>) =
        health.findings.iter().partition(|finding| finding.severity == HealthSeverity::Ok);
    let shown = if all { found.iter().map(|finding| of_finding(finding)).collect() } else { folded(&found) };
    let well = if all { well.iter().map(|finding| of_finding(finding)).collect() } else { Vec::new() };
    let head = format!("{}\n{}", health.sentence, health.support);
    parts(&[head, shown.join("\n\n"), well.join("\n"), costs(&health.costs, &health.prices.currency)])
}

/// The same note about many projects is said a few times, and then how many there are.
fn folded(found: &[&HealthFindingView]) -> Vec<String> {
    const SAME_NOTES_MAX: usize = 3;
    let mut seen: Vec<(&str, usize)> = Vec::new();
    let mut shown = Vec::new();
    for finding in found {
        let is_note = finding.severity == HealthSeverity::Info;
        let at = seen.iter().position(|(code, _)| *code == finding.code).unwrap_or_else(|| {
            seen.push((&finding.code, 0));
            seen.len() - 1
        });
        seen[at].1 += usize::from(is_note);
        if !is_note || seen[at].1 <= SAME_NOTES_MAX {
            shown.push(of_finding(finding));
        }
    }
    let left: usize = seen.iter().map(|(_, count)| count.saturating_sub(SAME_NOTES_MAX)).sum();
    if left > 0 {
        shown.push(format!(
            "{} of the same kind more; see them with --all.",
            crate::words::counted(left as u64, "note")
        ));
    }
    shown
}

fn of_finding(finding: &HealthFindingView) -> String {
    let sign = match finding.severity {
        HealthSeverity::Critical => "CRITICAL",
        HealthSeverity::Unknown => "unknown ",
        HealthSeverity::Warning => "warning ",
        HealthSeverity::Info => "note    ",
        HealthSeverity::Ok => "ok      ",
    };
    let mut lines = vec![format!("{sign}  {}: {} {}", finding.title, finding.subject, finding.what)];
    let mut say = |text: &str| {
        if !text.is_empty() {
            lines.push(format!("          {text}"));
        }
    };
    say(&finding.why);
    if finding.severity > HealthSeverity::Ok {
        // The first of them is the reason, but where copies are each by itself.
        let skipped = usize::from(finding.code != "copies");
        for detail in finding.details.iter().skip(skipped) {
            say(&format!("- {detail}"));
        }
        say(&finding.recommendation);
        if let Some(command) = &finding.command {
            say(&format!("$ {command}"));
        }
        say(&told(finding));
    }
    lines.join("\n")
}

/// When it was told, and to whom.
fn told(finding: &HealthFindingView) -> String {
    let Some(told) = &finding.told else { return String::new() };
    if told.channels.is_empty() {
        return format!("Told on {}: no channel wants to hear of it.", crate::words::moment(told.at_ms));
    }
    let one = |channel: &ChannelToldView| match channel.ended_at_ms {
        Some(at) if channel.state == "sent" => format!("{} ({})", channel.channel, crate::words::moment(at)),
        _ => format!("{} ({})", channel.channel, channel.state),
    };
    let channels: Vec<String> = told.channels.iter().map(one).collect();
    format!("Told on {}: {}.", crate::words::moment(told.at_ms), channels.join(", "))
}

fn costs(costs: &[StorageCostView], currency: &str) -> String {
    if costs.is_empty() {
        return String::new();
    }
    let columns = [
        ("Kept elsewhere (estimate)", Side::Left),
        ("GB and month", Side::Right),
        ("A month now", Side::Right),
        ("In a year", Side::Right),
    ];
    let rows: Vec<Vec<String>> = costs
        .iter()
        .map(|cost| {
            let later =
                cost.month_in_a_year.map_or_else(|| "-".to_owned(), |later| format!("{later:.2} {currency}"));
            vec![
                cost.class.clone(),
                format!("{} {currency}", cost.per_gb_month),
                format!("{:.2} {currency}", cost.month_now),
                later,
            ]
        })
        .collect();
    table(&columns, &rows)
}

#[cfg(test)]
mod tests {
    use super::price;

    #[test]
    fn a_price_is_read_behind_the_last_equals_sign() {
        let read = price("disk a=b = 0.02").unwrap();
        assert_eq!((read.class.as_str(), read.per_gb_month.to_string().as_str()), ("disk a=b", "0.02"));
        assert!(price("disk").is_err() && price("disk=cheap").is_err());
    }
}
