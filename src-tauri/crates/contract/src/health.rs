//! Health: what is wrong or will be, why, and what to do; and what its plots show.

use serde::{Deserialize, Serialize};
use specta::Type;

use crate::backup::VerdictView;
use crate::home::NeedTarget;
use crate::number::{Count, Millis};

/// Asks how everything stands, or one project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskHealth {
    /// Id or name of the project; absent means all of this profile.
    pub project: Option<String>,
}

/// How much a finding matters, from least to most.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum HealthSeverity {
    /// As it should be.
    Ok,
    /// Worth knowing; nothing is wrong.
    Info,
    /// Will become a failure, or stands out.
    Warning,
    /// Nobody knows: what would show it is missing.
    Unknown,
    /// Something is lost, or would be at this moment.
    Critical,
}

/// What a measure counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum UnitView {
    /// Milliseconds.
    Ms,
    /// Bytes.
    Bytes,
    /// Things, as the title says.
    Count,
}

/// A figure, as a number and in words.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct MeasureView {
    /// The number.
    pub number: Millis,
    /// What it counts.
    pub unit: UnitView,
    /// For people: `31 h`.
    pub words: String,
}

/// One thing that was looked at, and how it stands.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HealthFindingView {
    /// Stable word of what was looked at: `recovery_point`, `integrity`, `proof`, `restore_time`, `size`, `rows`,
    /// `copies`, `replica`, `expiry`, `clock`, `job`, `schedule`, `vault`, `capacity`, `scratch_space`, `reread`, `kit`,
    /// `tools`, `keychain`, `channel`.
    #[specta(type = crate::words::FindingWord)]
    pub code: String,
    /// Its name for people.
    pub title: String,
    /// How much it matters.
    pub severity: HealthSeverity,
    /// The project, where it is about one.
    pub project_id: Option<String>,
    /// What begins the sentence, to be set in bold.
    pub subject: String,
    /// The rest of it.
    pub what: String,
    /// The figure.
    pub value: Option<MeasureView>,
    /// What it is held against.
    pub limit: Option<MeasureView>,
    /// Why, in whole sentences; may be empty.
    pub why: String,
    /// What to do, in whole sentences; may be empty.
    pub recommendation: String,
    /// What the button says; empty where there is none.
    pub act: String,
    /// Where it leads.
    pub target: NeedTarget,
    /// The equivalent command line.
    pub command: Option<String>,
    /// Tables, runs or backups that it names.
    pub details: Vec<String>,
    /// Whether a person can say that it is as it should be (`health_accept`).
    pub can_accept: bool,
    /// When it was told, and to whom; absent where it was not.
    pub told: Option<FindingToldView>,
}

/// When a finding was told, and to whom.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct FindingToldView {
    /// When it was written.
    pub at_ms: Millis,
    /// The channels that hear of it; none where no channel wants to.
    pub channels: Vec<ChannelToldView>,
}

/// What became of telling a channel.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct ChannelToldView {
    /// The channel's name.
    pub channel: String,
    /// `waiting`, `sending`, `sent`, `failed`, `dropped`.
    pub state: String,
    /// When it ended so.
    pub ended_at_ms: Option<Millis>,
}

/// How everything stands, or one project.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct HealthView {
    /// When it was looked at.
    pub at_ms: Millis,
    /// The project's id, where it is about one.
    pub project_id: Option<String>,
    /// Its name.
    pub project: Option<String>,
    /// How many projects were looked at.
    pub projects: Count,
    /// The worst of all findings.
    pub severity: HealthSeverity,
    /// The answer.
    pub sentence: String,
    /// What supports it.
    pub support: String,
    /// The worst first.
    pub findings: Vec<HealthFindingView>,
    /// Estimates of what keeping the vault elsewhere would cost; empty where it is about one project.
    pub costs: Vec<StorageCostView>,
    /// By which prices.
    pub prices: PriceListView,
}

/// What one class of storage would cost: an estimate.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct StorageCostView {
    /// The class.
    pub class: String,
    /// Its price for a gigabyte in a month.
    pub per_gb_month: f64,
    /// In a month, for what is kept now.
    pub month_now: f64,
    /// In a month a year from now; absent where the growth is not known.
    pub month_in_a_year: Option<f64>,
}

/// Prices by class of storage.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PriceListView {
    /// In which currency.
    pub currency: String,
    /// The classes, in order; none at all brings the usual ones back.
    pub prices: Vec<PriceView>,
}

/// What a class of storage costs.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PriceView {
    /// What people call the class.
    pub class: String,
    /// For a gigabyte (10⁹ bytes) in a month.
    pub per_gb_month: f64,
}

/// Asks for the plots of one project.
#[derive(Debug, Clone, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct AskPlots {
    /// Id or name of the project.
    pub project: String,
    /// How many days back.
    pub days: u32,
    /// The table whose rows are shown; absent means the one that is most worth a look.
    pub table: Option<String>,
}

/// What is expected.
#[derive(Debug, Clone, Copy, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct BandView {
    /// At least.
    pub low: Count,
    /// By the trend.
    pub expected: Count,
    /// At most.
    pub high: Count,
}

/// On which side of the band a value is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, Type)]
#[serde(rename_all = "snake_case")]
pub enum OffView {
    /// Below it.
    Less,
    /// Above it.
    More,
}

/// For how long a backup was the newest verified one.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct RecoveryStretchView {
    /// The backup.
    pub backup_id: String,
    /// From then on it was the newest.
    pub from_ms: Millis,
    /// Until the next one, or now.
    pub until_ms: Millis,
    /// How old it got.
    pub oldest_ms: Millis,
    /// Whether that is more than the goal allows.
    pub is_over: bool,
}

/// The size of one backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct SizePointView {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: Millis,
    /// Bytes of all its parts.
    pub size_bytes: Count,
    /// Bytes that were new to the vault.
    pub added_bytes: Count,
    /// What was expected; absent where too few came before.
    pub band: Option<BandView>,
    /// On which side of that it is.
    pub off: Option<OffView>,
}

/// One full drill.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct DrillPointView {
    /// Its id.
    pub id: String,
    /// When it began.
    pub at_ms: Millis,
    /// From its beginning to the last check.
    pub rto_ms: Option<Millis>,
    /// What came out.
    pub verdict: VerdictView,
}

/// The rows of a table in one backup.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TablePointView {
    /// The backup.
    pub backup_id: String,
    /// Its moment.
    pub at_ms: Millis,
    /// Its rows; absent where the table was not there.
    pub rows: Option<Count>,
    /// What was expected.
    pub band: Option<BandView>,
    /// On which side of that it is.
    pub off: Option<OffView>,
}

/// The rows of one table over time.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct TableSeriesView {
    /// `schema.table`.
    pub table: String,
    /// Oldest first.
    pub points: Vec<TablePointView>,
}

/// What the plots of one project show; each is also a table.
#[derive(Debug, Clone, Serialize, Deserialize, Type)]
#[serde(rename_all = "camelCase")]
pub struct PlotsView {
    /// The project.
    pub project_id: String,
    /// Its name.
    pub project: String,
    /// From when.
    pub since_ms: Millis,
    /// Until when.
    pub now_ms: Millis,
    /// How old its recovery point may get.
    pub recovery_goal_ms: Millis,
    /// Within what time it has to be back, where somebody said so.
    pub restore_goal_ms: Option<Millis>,
    /// Oldest first; the first may begin before `sinceMs`.
    pub recovery: Vec<RecoveryStretchView>,
    /// Oldest first.
    pub sizes: Vec<SizePointView>,
    /// Full drills, oldest first.
    pub drills: Vec<DrillPointView>,
    /// Tables that can be chosen, the most worth a look first.
    pub tables: Vec<String>,
    /// The rows of one of them; absent where no table was counted.
    pub table: Option<TableSeriesView>,
}
