//! Queries for channels.

use std::collections::HashMap;

use super::target::{Heartbeat, Target};
use super::told::{Channel, ChannelStanding};
use crate::engine::Engine;
use base::Code;
use base::failure::Failure;

impl Engine {
    /// All channels, and how each stands: the desktop first, then by name.
    ///
    /// # Errors
    /// When the catalogue does not answer.
    #[crate::boxed]
    pub async fn channels(&self) -> Result<Vec<ChannelStanding>, Failure> {
        let catalog = &self.profile.catalog;
        let mut queues: HashMap<String, (u64, i64)> = HashMap::new();
        for queue in catalog.queues().await? {
            let waiting = u64::try_from(queue.waiting).unwrap_or(0);
            queues.insert(queue.channel_id, (waiting, queue.next_at_ms));
        }
        let mut standings = Vec::new();
        for channel in self.stored_channels().await? {
            let project = match &channel.target {
                Target::Heartbeat(Heartbeat { project_id: Some(id), .. }) => {
                    // One that was removed meanwhile has no runs any more.
                    catalog.project(id).await?.map(|project| project.name)
                }
                _ => None,
            };
            let queue = queues.get(&channel.id).copied();
            standings.push(ChannelStanding {
                waiting: queue.map_or(0, |(waiting, _)| waiting),
                next_at_ms: queue.map(|(_, next_at_ms)| next_at_ms),
                project,
                channel,
            });
        }
        Ok(standings)
    }

    /// One channel by id or name.
    ///
    /// # Errors
    /// `channel_not_found`.
    #[crate::boxed]
    pub async fn channel(&self, reference: &str) -> Result<ChannelStanding, Failure> {
        let mut all = self.channels().await?;
        let at = all
            .iter()
            .position(|one| is_called(&one.channel, reference))
            .ok_or_else(|| missing(reference))?;
        Ok(all.swap_remove(at))
    }

    pub(crate) async fn stored_channels(&self) -> Result<Vec<Channel>, Failure> {
        let records = self.profile.catalog.channels().await?;
        Ok(records.into_iter().map(Channel::try_from).collect::<Result<_, _>>()?)
    }
}

pub(crate) fn find<'a>(all: &'a [Channel], reference: &str) -> Result<&'a Channel, Failure> {
    all.iter().find(|channel| is_called(channel, reference)).ok_or_else(|| missing(reference))
}

fn is_called(channel: &Channel, reference: &str) -> bool {
    channel.id == reference || channel.name.to_lowercase() == reference.trim().to_lowercase()
}

fn missing(reference: &str) -> Failure {
    Failure::new(
        Code::ChannelNotFound,
        format!("there is no channel {reference:?}"),
        "List what there is with `holdfast notify list`.",
    )
}
