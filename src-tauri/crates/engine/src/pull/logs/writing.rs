//! Writes log entries to a person's file and to one file per day.

use std::collections::BTreeMap;
use std::fs::{File, OpenOptions};
use std::io::{self, BufWriter, Write};
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use jiff::civil::Date;
use jiff::{Timestamp, tz::TimeZone};
use serde_json::Value;

use super::entries::{message_of, time_of, time_words};
use super::{COMPONENT, LogFile, LogFormat, LogsRequest};
use base::Code;
use base::disk::PrivateFile;
use base::failure::Failure;
use base::meter::Meter;
use remote::platform::LogReceiver;

/// What was written.
#[derive(Debug)]
pub(super) struct Written {
    /// How many entries there were.
    pub(super) entries: u64,
    /// By their paths in a snapshot: the files of the days.
    pub(super) days: Vec<(String, Utf8PathBuf)>,
    /// The file of a person, which has no name yet.
    pub(super) file: Option<Unnamed>,
}

/// A file that gets its name once all is well.
#[derive(Debug)]
pub(super) struct Unnamed {
    file: PrivateFile,
    to: LogFile,
}

impl Unnamed {
    pub(super) fn finish(self) -> Result<(), Failure> {
        // Somebody may have made one of that name meanwhile.
        refuse_existing(&self.to)?;
        let path = self.to.path;
        self.file.finish().map_err(|source| unwritten(&path, &source))
    }
}

/// Whoever wants no file replaced gets none replaced.
pub(super) fn refuse_existing(to: &LogFile) -> Result<(), Failure> {
    if !to.replace && std::fs::symlink_metadata(&to.path).is_ok() {
        return Err(Failure::new(
            Code::FileExists,
            format!("{} is there already", to.path),
            "Choose another name, or replace it with --replace.",
        ));
    }
    Ok(())
}

/// Writes entries.
pub(super) struct Writing {
    file: Option<Unnamed>,
    /// The folder of the days' files, where they are wanted.
    folder: Option<Utf8PathBuf>,
    prefix: String,
    days: BTreeMap<Date, Utf8PathBuf>,
    open: Option<(Date, BufWriter<File>)>,
    /// The day of an entry that does not say when it was.
    first: Date,
    entries: u64,
    meter: Arc<Meter>,
}

impl Writing {
    pub(super) fn begin(request: &LogsRequest, spool: &Utf8Path, meter: Arc<Meter>) -> Result<Self, Failure> {
        let file = request.to.clone().map(|to| {
            let file = PrivateFile::begin(&to.path).map_err(|source| unwritten(&to.path, &source))?;
            Ok::<_, Failure>(Unnamed { file, to })
        });
        let folder = request.keep.then(|| spool.join("days"));
        if let Some(folder) = &folder {
            base::disk::create_private_dir(folder).map_err(|source| unwritten(folder, &source))?;
        }
        let prefix = match &request.query.source {
            Some(source) => format!("/{}/{source}", COMPONENT.as_str()),
            None => format!("/{}", COMPONENT.as_str()),
        };
        let first = day_of(request.query.from);
        let (days, open) = (BTreeMap::new(), None);
        Ok(Self { file: file.transpose()?, folder, prefix, days, open, first, entries: 0, meter })
    }

    /// Writes until no more come. Blocks.
    pub(super) fn all(mut self, mut entries: LogReceiver) -> Result<Written, Failure> {
        while let Some(batch) = entries.blocking_recv() {
            self.meter.beat();
            for entry in &batch {
                self.one(entry)?;
            }
        }
        if let Some((_, mut open)) = self.open.take() {
            open.flush().map_err(|source| unwritten("a file of a day", &source))?;
        }
        if let Some(Unnamed { file, to }) = &mut self.file {
            file.flush().map_err(|source| unwritten(&to.path, &source))?;
        }
        let prefix = self.prefix;
        let days = self.days.into_iter().map(|(day, file)| (format!("{prefix}/{day}.jsonl"), file)).collect();
        Ok(Written { entries: self.entries, days, file: self.file })
    }

    fn one(&mut self, entry: &Value) -> Result<(), Failure> {
        let line = entry.to_string();
        self.meter.add_bytes(line.len() as u64 + 1);
        self.entries += 1;
        if let Some(Unnamed { file, to }) = &mut self.file {
            let written = match to.format {
                LogFormat::Json => writeln!(file, "{line}"),
                LogFormat::Text => writeln!(file, "{} {}", time_words(entry), message_of(entry)),
            };
            written.map_err(|source| unwritten(&to.path, &source))?;
        }
        if self.folder.is_some() {
            self.put_by_day(entry, &line).map_err(|source| unwritten("a file of a day", &source))?;
        }
        Ok(())
    }

    fn put_by_day(&mut self, entry: &Value, line: &str) -> io::Result<()> {
        let day = time_of(entry).map_or(self.first, day_of);
        if let Some((open_day, open)) = &mut self.open
            && *open_day == day
        {
            return writeln!(open, "{line}");
        }
        if let Some((_, mut open)) = self.open.take() {
            open.flush()?;
        }
        let folder = self.folder.clone().unwrap_or_default();
        let path = self.days.entry(day).or_insert_with(|| folder.join(day.to_string())).clone();
        let mut open = BufWriter::new(OpenOptions::new().create(true).append(true).open(&path)?);
        writeln!(open, "{line}")?;
        self.open = Some((day, open));
        Ok(())
    }
}

fn day_of(at: Timestamp) -> Date {
    at.to_zoned(TimeZone::UTC).date()
}

fn unwritten(path: impl std::fmt::Display, source: &io::Error) -> Failure {
    Failure::new(
        Code::WriteFailed,
        format!("{path} cannot be written: {source}"),
        "Check that its folder is there and writable, and the free space of the disk.",
    )
}
