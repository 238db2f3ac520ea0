//! Health and its plots.

use base::Severity;
use engine::Engine;
use engine::figures::{Band, Off};
use engine::health::{
    Act, ChannelTold, Code, DrillPoint, Finding, FindingTold, Health, Measure, Plots, Price, PriceList,
    RecoveryStretch, SizePoint, StorageCost, TablePoint, TableSeries, Unit,
};

use super::Answer;
use crate::command::Nothing;
use crate::health::{
    AskHealth, AskPlots, BandView, ChannelToldView, DrillPointView, FindingToldView, HealthFindingView,
    HealthSeverity, HealthView, MeasureView, OffView, PlotsView, PriceListView, PriceView,
    RecoveryStretchView, SizePointView, StorageCostView, TablePointView, TableSeriesView, UnitView,
};
use crate::home::{ComparePair, NeedTarget};
use crate::number::{Count, Millis};
use crate::project::ProjectRef;

/// How everything stands, or one project.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn health(engine: &Engine, request: AskHealth) -> Answer<HealthView> {
    Ok(engine.health(request.project.as_deref()).await?.into())
}

/// What the plots of one project show.
///
/// # Errors
/// `project_not_found`.
#[crate::boxed]
pub async fn health_plots(engine: &Engine, request: AskPlots) -> Answer<PlotsView> {
    Ok(engine.health_plots(&request.project, request.days, request.table.as_deref()).await?.into())
}

/// Says that the size of the newest backup and the rows of its tables are as they should be.
///
/// # Errors
/// `project_not_found`, `invalid_request`.
#[crate::boxed]
pub async fn health_accept(engine: &Engine, request: ProjectRef) -> Answer<Nothing> {
    engine.accept_figures(&request.project).await?;
    Ok(Nothing {})
}

/// Sets the prices that estimates go by.
///
/// # Errors
/// `invalid_request`.
#[crate::boxed]
pub async fn health_prices_set(engine: &Engine, request: PriceListView) -> Answer<PriceListView> {
    Ok(engine.set_prices(request.into()).await?.into())
}

impl From<Health> for HealthView {
    fn from(health: Health) -> Self {
        let Health { at_ms, project, projects, severity, sentence, support, findings, costs, prices } =
            health;
        let (project_id, project) = project.unzip();
        Self {
            at_ms: at_ms.into(),
            project_id,
            project,
            projects: projects.into(),
            severity: severity.into(),
            sentence,
            support,
            findings: findings.into_iter().map(Into::into).collect(),
            costs: costs.into_iter().map(Into::into).collect(),
            prices: prices.into(),
        }
    }
}

impl From<Finding> for HealthFindingView {
    fn from(finding: Finding) -> Self {
        let (command, project_id) = (finding.command(), finding.project_id().map(str::to_owned));
        let Finding {
            code,
            severity,
            scope: _,
            subject,
            what,
            value,
            limit,
            why,
            recommendation,
            act,
            details,
            told,
            ..
        } = finding;
        Self {
            code: code.as_str().to_owned(),
            title: code.title().to_owned(),
            severity: severity.into(),
            project_id,
            subject,
            what,
            value: value.map(Into::into),
            limit: limit.map(Into::into),
            why,
            recommendation,
            act: act.label().to_owned(),
            target: act.into(),
            command,
            details,
            can_accept: matches!(code, Code::Size | Code::Rows) && severity > Severity::Ok,
            told: told.map(Into::into),
        }
    }
}

impl From<FindingTold> for FindingToldView {
    fn from(told: FindingTold) -> Self {
        let FindingTold { at_ms, channels } = told;
        let channel = |ChannelTold { channel, state, ended_at_ms }| ChannelToldView {
            channel,
            state,
            ended_at_ms: ended_at_ms.map(Into::into),
        };
        Self { at_ms: at_ms.into(), channels: channels.into_iter().map(channel).collect() }
    }
}

impl From<Act> for NeedTarget {
    fn from(act: Act) -> Self {
        match act {
            Act::None => Self::None,
            Act::BackUp(id) => Self::BackUp(id),
            Act::Pull(id) => Self::Pull(id),
            Act::PullAll(id) => Self::PullAll(id),
            Act::Verify(id) => Self::Verify(id),
            Act::Drill(id) => Self::Drill(id),
            Act::SeeDrills(id) => Self::SeeDrills(id),
            Act::Run(id) => Self::Job(id),
            Act::Connection(id) => Self::Connection(id),
            Act::Goals(id) => Self::Goals(id),
            Act::Components(id) => Self::Components(id),
            Act::Backup(id) => Self::Backup(id),
            Act::Compare(left, right) => Self::Compare(ComparePair { left, right }),
            Act::Retention(id) => Self::Retention(id),
            Act::Schedules(id) => Self::Schedules(id),
            Act::Vault => Self::Vault,
            Act::SaveKit => Self::SaveKit,
            Act::Tools => Self::Tools,
            Act::Secrets => Self::Secrets,
            Act::Channel(name) => Self::Channel(name),
        }
    }
}

impl From<Severity> for HealthSeverity {
    fn from(severity: Severity) -> Self {
        match severity {
            Severity::Ok => Self::Ok,
            Severity::Info => Self::Info,
            Severity::Warning => Self::Warning,
            Severity::Unknown => Self::Unknown,
            Severity::Critical => Self::Critical,
        }
    }
}

impl From<Measure> for MeasureView {
    fn from(measure: Measure) -> Self {
        let Measure { number, unit, words } = measure;
        let unit = match unit {
            Unit::Ms => UnitView::Ms,
            Unit::Bytes => UnitView::Bytes,
            Unit::Count => UnitView::Count,
        };
        Self { number: Millis(number), unit, words }
    }
}

impl From<StorageCost> for StorageCostView {
    fn from(cost: StorageCost) -> Self {
        let StorageCost { class, per_gb_month, month_now, month_in_a_year } = cost;
        Self { class, per_gb_month, month_now, month_in_a_year }
    }
}

impl From<PriceList> for PriceListView {
    fn from(list: PriceList) -> Self {
        let PriceList { currency, prices } = list;
        let price = |Price { class, per_gb_month }| PriceView { class, per_gb_month };
        Self { currency, prices: prices.into_iter().map(price).collect() }
    }
}

impl From<PriceListView> for PriceList {
    fn from(view: PriceListView) -> Self {
        let PriceListView { currency, prices } = view;
        let price = |PriceView { class, per_gb_month }| Price { class, per_gb_month };
        Self { currency, prices: prices.into_iter().map(price).collect() }
    }
}

impl From<Plots> for PlotsView {
    fn from(plots: Plots) -> Self {
        let Plots {
            project_id,
            project,
            since_ms,
            now_ms,
            recovery_goal_ms,
            restore_goal_ms,
            recovery,
            sizes,
            drills,
            tables,
            table,
        } = plots;
        Self {
            project_id,
            project,
            since_ms: since_ms.into(),
            now_ms: now_ms.into(),
            recovery_goal_ms: recovery_goal_ms.into(),
            restore_goal_ms: restore_goal_ms.map(Into::into),
            recovery: recovery.into_iter().map(Into::into).collect(),
            sizes: sizes.into_iter().map(Into::into).collect(),
            drills: drills.into_iter().map(Into::into).collect(),
            tables,
            table: table.map(Into::into),
        }
    }
}

impl From<RecoveryStretch> for RecoveryStretchView {
    fn from(stretch: RecoveryStretch) -> Self {
        let RecoveryStretch { backup_id, from_ms, until_ms, oldest_ms, is_over } = stretch;
        let (from_ms, until_ms, oldest_ms) = (from_ms.into(), until_ms.into(), oldest_ms.into());
        Self { backup_id, from_ms, until_ms, oldest_ms, is_over }
    }
}

impl From<SizePoint> for SizePointView {
    fn from(point: SizePoint) -> Self {
        let SizePoint { backup_id, at_ms, size_bytes, added_bytes, band, off } = point;
        Self {
            backup_id,
            at_ms: at_ms.into(),
            size_bytes: Count(size_bytes),
            added_bytes: Count(added_bytes),
            band: band.map(Into::into),
            off: off.map(Into::into),
        }
    }
}

impl From<DrillPoint> for DrillPointView {
    fn from(point: DrillPoint) -> Self {
        let DrillPoint { id, at_ms, rto_ms, verdict } = point;
        Self { id, at_ms: at_ms.into(), rto_ms: rto_ms.map(Into::into), verdict: verdict.into() }
    }
}

impl From<TableSeries> for TableSeriesView {
    fn from(series: TableSeries) -> Self {
        let TableSeries { table, points } = series;
        let point = |TablePoint { backup_id, at_ms, rows, band, off }| TablePointView {
            backup_id,
            at_ms: at_ms.into(),
            rows: rows.map(Count),
            band: band.map(Into::into),
            off: off.map(Into::into),
        };
        Self { table, points: points.into_iter().map(point).collect() }
    }
}

impl From<Band> for BandView {
    fn from(band: Band) -> Self {
        let Band { low, expected, high } = band;
        Self { low: Count(low), expected: Count(expected), high: Count(high) }
    }
}

impl From<Off> for OffView {
    fn from(off: Off) -> Self {
        match off {
            Off::Less => Self::Less,
            Off::More => Self::More,
        }
    }
}
