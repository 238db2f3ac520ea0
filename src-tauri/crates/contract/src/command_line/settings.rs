//! What a project and its owner want, as a command line: schedules, policies, goals, channels, the report.

use base::command::{
    self, ChannelSet, ChannelTo, ChannelWhat, Command, GoalSet, RetentionSet, ScheduleCreates, ScheduleSet,
    ScheduleWhen,
};
use engine::retention::Policy;

use crate::drill::{CategoryView, GoalView, SetGoal};
use crate::notify::{ChannelTargetView, MailSecurityView, NotifyLevelView, SetChannel, WebhookStyleView};
use crate::report::{AskReport, ReportForm, SaveReport};
use crate::retention::SetRetention;
use crate::schedule::{
    ConditionsView, CreatesView, MaintenanceView, QuietHoursView, RuleView, SetSchedule, WorkView, ZoneView,
};

fn hours(QuietHoursView { from, to }: QuietHoursView) -> String {
    format!("{from}-{to}")
}

impl From<SetSchedule> for Command {
    fn from(request: SetSchedule) -> Self {
        let SetSchedule {
            project,
            name,
            work,
            rule,
            zone,
            jitter_s,
            keep_ms,
            creates,
            on,
            image,
            conditions,
        } = request;
        let work = work.map(|work| match work {
            WorkView::Backup => "backup",
            WorkView::Pull => "pull",
            WorkView::VerifyQuick => "verify-quick",
            WorkView::VerifySample => "verify-sample",
            WorkView::VerifyFull => "verify-full",
            WorkView::Drill => "drill",
            WorkView::Prune => "prune",
            WorkView::Copy => "copy",
        });
        // What is made is pulled; nobody says both.
        let work = work.filter(|work| creates.is_none() || *work != "pull");
        let when = match rule {
            RuleView::Hourly => ScheduleWhen::Hourly,
            RuleView::Daily { at } => ScheduleWhen::Daily(at),
            RuleView::Weekly { day, at } => ScheduleWhen::Weekly(day, at),
            RuleView::Monthly { day, at } => ScheduleWhen::Monthly(day, at),
            RuleView::Cron { expression } => ScheduleWhen::Cron(expression),
        };
        let (battery_percent_min, unmetered_only, quiet, maintenance) = match conditions {
            Some(conditions) => {
                let ConditionsView { battery_percent_min, unmetered_only, quiet, maintenance } = conditions;
                (battery_percent_min, unmetered_only, quiet, maintenance)
            }
            // What is usual.
            None => (Some(command::BATTERY_PERCENT_MIN), true, None, None),
        };
        let maintenance = maintenance.map(|MaintenanceView { day, hours: of }| match day {
            Some(day) => format!("{day} {}", hours(of)),
            None => hours(of),
        });
        Self::ScheduleSet(ScheduleSet {
            project,
            name,
            work: work.map(str::to_owned),
            creates: creates.map(Into::into),
            on,
            pulls_image: image.as_ref().is_some_and(|image| image.pull),
            image: image.map(|image| image.name),
            when,
            is_utc: zone == ZoneView::Utc,
            jitter_s,
            keep_ms: keep_ms.map(|keep| keep.0),
            battery_percent_min,
            unmetered_only,
            quiet: quiet.map(hours),
            maintenance,
        })
    }
}

impl From<CreatesView> for ScheduleCreates {
    fn from(view: CreatesView) -> Self {
        let CreatesView { kind, compress, encrypt, format, notify_email, range_ms } = view;
        Self { kind, compress, encrypt, format, notify_email, range_ms: range_ms.map(|range| range.0) }
    }
}

impl From<SetRetention> for Command {
    fn from(SetRetention { project, policy }: SetRetention) -> Self {
        let policy = policy.map(|policy| Policy::from(policy).as_typed());
        Self::RetentionSet(RetentionSet { project, policy })
    }
}

impl From<SetGoal> for Command {
    fn from(SetGoal { project, goal }: SetGoal) -> Self {
        let GoalView { category, rpo_ms, rto_ms, copies, drill_every_ms, whole_drills } = goal;
        let preset = category.map(|category| match category {
            CategoryView::Financial => "financial",
            CategoryView::UserData => "user-data",
            CategoryView::Standard => "standard",
            CategoryView::Analytics => "analytics",
        });
        Self::GoalSet(GoalSet {
            project,
            preset: preset.map(str::to_owned),
            rpo_ms: rpo_ms.map(|rpo| rpo.0),
            rto_ms: rto_ms.map(|rto| rto.0),
            copies,
            drill_every_ms: drill_every_ms.map(|every| every.0),
            whole_drills,
        })
    }
}

impl From<ChannelTargetView> for ChannelTo {
    fn from(target: ChannelTargetView) -> Self {
        match target {
            ChannelTargetView::Desktop => Self::Desktop,
            ChannelTargetView::Email { host, port, security, user, from, to } => {
                let security = match security {
                    MailSecurityView::Starttls => "starttls",
                    MailSecurityView::Tls => "tls",
                    MailSecurityView::Plain => "plain",
                };
                Self::Email { host, port, security, user, from, to }
            }
            ChannelTargetView::Webhook { style } => {
                let style = match style {
                    WebhookStyleView::Json => "json",
                    WebhookStyleView::Slack => "slack",
                    WebhookStyleView::Discord => "discord",
                    WebhookStyleView::Teams => "teams",
                };
                Self::Webhook { style }
            }
            ChannelTargetView::Telegram { chat, base } => Self::Telegram { chat, base },
            ChannelTargetView::Heartbeat { project } => Self::Heartbeat { project },
        }
    }
}

impl From<SetChannel> for Command {
    fn from(request: SetChannel) -> Self {
        let SetChannel {
            channel,
            name,
            target,
            url,
            key,
            level,
            each_run,
            quiet,
            errors_in_quiet,
            digest_at,
        } = request;
        let level = match level {
            NotifyLevelView::All => "all",
            NotifyLevelView::Warnings => "warnings",
            NotifyLevelView::Errors => "errors",
            NotifyLevelView::None => "none",
        };
        let quiet = quiet.map(hours);
        // A name that stays is not said again.
        let name = Some(name).filter(|name| channel.as_ref() != Some(name));
        Self::ChannelSet(ChannelSet {
            channel,
            name,
            to: target.into(),
            has_url: url.is_some(),
            has_key: key.is_some(),
            what: ChannelWhat { level, each_run, quiet, errors_in_quiet, digest_at },
        })
    }
}

impl From<SaveReport> for Command {
    fn from(SaveReport { report, form, path }: SaveReport) -> Self {
        let AskReport { from_ms, until_ms, projects } = report;
        let (html, csv) = match form {
            ReportForm::Html => (Some(path), None),
            ReportForm::Csv => (None, Some(path)),
        };
        Self::Report(command::Report { from_ms: from_ms.0, until_ms: until_ms.0, projects, html, csv })
    }
}
