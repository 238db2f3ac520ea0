//! Platforms that back themselves up.

use std::collections::BTreeMap;

use engine::platform::{PlatformKind, PlatformSettings};
use engine::secret::Secret;

use crate::platform::{PlatformKindView, PlatformSettingsView};

impl From<PlatformKind> for PlatformKindView {
    fn from(kind: PlatformKind) -> Self {
        match kind {
            PlatformKind::Supamanager => Self::Supamanager,
            PlatformKind::Supabase => Self::Supabase,
            PlatformKind::Opttius => Self::Opttius,
            PlatformKind::TelegramPlatform => Self::TelegramPlatform,
        }
    }
}

impl From<PlatformKindView> for PlatformKind {
    fn from(kind: PlatformKindView) -> Self {
        match kind {
            PlatformKindView::Supamanager => Self::Supamanager,
            PlatformKindView::Supabase => Self::Supabase,
            PlatformKindView::Opttius => Self::Opttius,
            PlatformKindView::TelegramPlatform => Self::TelegramPlatform,
        }
    }
}

impl From<PlatformSettings> for PlatformSettingsView {
    fn from(settings: PlatformSettings) -> Self {
        let PlatformSettings { kind, address, reference, account, more } = settings;
        Self { kind: kind.into(), address, reference, account, more }
    }
}

impl From<PlatformSettingsView> for PlatformSettings {
    fn from(view: PlatformSettingsView) -> Self {
        let PlatformSettingsView { kind, address, reference, account, more } = view;
        Self { kind: kind.into(), address, reference, account, more }
    }
}

pub(super) fn secrets(credentials: BTreeMap<String, String>) -> BTreeMap<String, Secret> {
    credentials.into_iter().map(|(name, value)| (name, Secret::new(value))).collect()
}
