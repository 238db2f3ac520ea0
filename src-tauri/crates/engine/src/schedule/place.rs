//! Where the drills of a schedule bring the backup back.

use super::rule::Work;
use crate::drill::{AskedImage, DrillRequest};
use base::failure::Failure;
use ledger::catalog::ScheduleRecord;
use postgres::container::Image;

/// Where a drill brings its backup back; without either, on a private server on this computer.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct DrillPlace {
    /// The project whose server lends a database: its id, or its name while nobody looked it up.
    pub on: Option<String>,
    /// The image of the container in which it is made.
    pub image: Option<AskedImage>,
}

impl DrillPlace {
    /// As it was stored.
    pub(super) fn stored(record: &ScheduleRecord) -> Self {
        let image = record.drill_image.clone();
        Self {
            on: record.drill_on.clone(),
            image: image.map(|name| AskedImage { name, pull: record.drill_pulls }),
        }
    }

    /// The same, where work of this kind is done somewhere, and an image can have such a name.
    pub(super) fn checked(self, work: Work) -> Result<Self, Failure> {
        let Self { on, image } = self;
        if on.is_some() && image.is_some() {
            return Err(Failure::invalid(
                "a drill in two places",
                "Give a project whose server lends a database, or an image; not both.",
            ));
        }
        if (on.is_some() || image.is_some()) && !matches!(work, Work::Drill | Work::VerifySample) {
            return Err(Failure::invalid(
                format!("a place for drills of a schedule of the kind {}", work.as_str().replace('_', "-")),
                "Leave the server and the image out: only drills and samples bring a backup back.",
            ));
        }
        let checked = |image: AskedImage| -> Result<_, Failure> {
            Ok(AskedImage { name: Image::named(&image.name)?.name, ..image })
        };
        Ok(Self { on, image: image.map(checked).transpose()? })
    }

    /// A request, made there.
    pub(super) fn of(&self, request: DrillRequest) -> DrillRequest {
        DrillRequest { on: self.on.clone(), image: self.image.clone(), ..request }
    }
}
