//! The audit chain: list, verify, export.

use engine::Engine;
use ledger::audit::{Act, AuditFilter, AuditPage as EnginePage, AuditReport, Broken, Entry, ExportFormat};

use super::Answer;
use crate::audit::{
    AuditBreak, AuditEntryView, AuditExported, AuditFact, AuditFormat, AuditPage, AuditVerdict, ExportAudit,
    ListAudit, VerifyAudit,
};
use crate::number::Count;

/// A page of entries, newest first.
///
/// # Errors
/// `invalid_request`, `audit_unreadable`.
#[crate::boxed]
pub async fn audit_list(engine: &Engine, request: ListAudit) -> Answer<AuditPage> {
    let ListAudit { act, subject, since_ms, until_ms, text, before, limit } = request;
    let given = |text: Option<String>| text.filter(|text| !text.trim().is_empty());
    let filter = AuditFilter {
        act: given(act),
        subject: given(subject),
        since_ms: since_ms.map(|at| at.0),
        until_ms: until_ms.map(|at| at.0),
        text: given(text).map(|text| text.trim().to_owned()),
    };
    let before = before.map(|seq| i64::try_from(seq.0).unwrap_or(i64::MAX));
    let EnginePage { total, entries } = engine.audit_entries(&filter, before, limit).await?;
    Ok(AuditPage { total: Count(total), entries: entries.into_iter().map(Into::into).collect() })
}

/// The verdict on the chain.
///
/// # Errors
/// `audit_unreadable`; that the chain is broken is an answer.
#[crate::boxed]
pub async fn audit_verify(engine: &Engine, request: VerifyAudit) -> Answer<AuditVerdict> {
    Ok(engine.verify_audit(request.with_backups).await?.into())
}

/// Writes the whole chain to a file.
///
/// # Errors
/// `file_exists`, `write_failed`, `audit_unreadable`, `audit_failed`.
#[crate::boxed]
pub async fn audit_export(engine: &Engine, request: ExportAudit) -> Answer<AuditExported> {
    let format = match request.format {
        AuditFormat::JsonLines => ExportFormat::JsonLines,
        AuditFormat::Csv => ExportFormat::Csv,
    };
    let entries = engine.export_audit(request.path.as_str().into(), format).await?;
    Ok(AuditExported { path: request.path, entries: Count(entries) })
}

impl From<Entry> for AuditEntryView {
    fn from(entry: Entry) -> Self {
        let Entry {
            seq,
            at_ms,
            who,
            host,
            origin,
            process,
            act,
            subject_kind,
            subject_id,
            subject_name,
            details,
            prev,
            hash,
        } = entry;
        Self {
            seq: Count(u64::try_from(seq).unwrap_or(0)),
            at_ms: at_ms.into(),
            who,
            host,
            origin: origin.replace('_', " "),
            process,
            title: Act::from_code(&act).map_or_else(|| act.clone(), |known| known.title().to_owned()),
            act,
            subject_kind,
            subject_id,
            subject_name,
            facts: facts(details),
            prev,
            hash,
        }
    }
}

/// The details as names and texts; as they are where they are no object, which is what tampering leaves.
fn facts(details: String) -> Vec<AuditFact> {
    match serde_json::from_str(&details) {
        Ok(serde_json::Value::Object(object)) => object
            .into_iter()
            .map(|(name, value)| AuditFact {
                name: name.replace('_', " "),
                value: match value {
                    serde_json::Value::String(text) => text,
                    serde_json::Value::Bool(true) => "yes".into(),
                    serde_json::Value::Bool(false) => "no".into(),
                    other => other.to_string(),
                },
            })
            .collect(),
        _ => vec![AuditFact { name: "details".into(), value: details }],
    }
}

impl From<AuditReport> for AuditVerdict {
    fn from(report: AuditReport) -> Self {
        let AuditReport {
            entries,
            first_at_ms,
            last_at_ms,
            last_hash,
            broken,
            head_behind,
            // In the sentence.
            before: _,
            backups_compared,
            not_compared,
            sentence,
        } = report;
        Self {
            is_whole: broken.is_none(),
            sentence,
            entries: Count(entries),
            first_at_ms: first_at_ms.map(Into::into),
            last_at_ms: last_at_ms.map(Into::into),
            last_hash,
            broken: broken.map(|Broken { seq, problem }| AuditBreak {
                seq: Count(u64::try_from(seq).unwrap_or(0)),
                problem,
            }),
            head_behind: Count(head_behind),
            backups_compared: backups_compared.map(Count),
            not_compared,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn details_are_shown_as_texts_and_as_they_are_where_they_are_no_object() {
        let shown = |text: &str| -> Vec<(String, String)> {
            facts(text.into()).into_iter().map(|fact| (fact.name, fact.value)).collect()
        };
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        assert_eq!(
            shown(r#"{"keeps_backups":true,"rows":3}"#),
            [pair("keeps backups", "yes"), pair("rows", "3")]
        );
        assert_eq!(shown("not JSON"), [pair("details", "not JSON")]);
    }
}
