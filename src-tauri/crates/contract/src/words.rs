//! Words of the engine that cross as text. The page knows them as unions, so that a word which the engine does not
//! have is an error there and in its fixtures; the JSON that crosses stays what it was.

use specta::Type;

macro_rules! words {
    ($($(#[$doc:meta])* $name:ident of $of:ty { $($variant:ident = $word:literal,)+ })+) => {
        $(
            $(#[$doc])*
            #[derive(Debug, Clone, Copy, serde::Serialize, serde::Deserialize, Type)]
            pub enum $name {
                $(#[doc = concat!("`", $word, "`.")] #[serde(rename = $word)] $variant,)+
            }

            impl From<$of> for $name {
                fn from(word: $of) -> Self {
                    match word { $(<$of>::$variant => Self::$variant,)+ }
                }
            }
        )+

        #[cfg(test)]
        mod tests {
            #[test]
            fn every_word_is_the_engines() {
                $($(assert_eq!(super::Said::said(<$of>::$variant), $word);)+)+
            }
        }
    };
}

words! {
    /// What a run is.
    JobKindWord of ledger::job::JobKind {
        Backup = "backup",
        Restore = "restore",
        Verify = "verify",
        Check = "check",
        Repair = "repair",
        Prune = "prune",
        Drill = "drill",
        Sample = "sample",
        Pull = "pull",
        Import = "import",
        Export = "export",
        Platform = "platform",
        Retention = "retention",
        Copy = "copy",
    }
    /// How a restore is done.
    StrategyWord of engine::restore::Strategy {
        Scratch = "scratch",
        NewDatabase = "new_database",
        Swap = "swap",
        InPlace = "in_place",
        Tables = "tables",
        SwapBack = "swap_back",
        Drop = "drop",
    }
    /// What becomes of a table.
    TableActWord of engine::restore::TableAct {
        Create = "create",
        Replace = "replace",
        Add = "add",
        Merge = "merge",
        Keep = "keep",
        Delete = "delete",
        Empty = "empty",
    }
    /// How far a restore came.
    RestoreStateWord of engine::restore::RestoreState {
        Preparing = "preparing",
        Switching = "switching",
        Done = "done",
        Failed = "failed",
        Undone = "undone",
        Discarded = "discarded",
    }
    /// What a backup holds.
    ComponentWord of ledger::component::Component {
        Database = "database",
        Files = "storage",
        Configuration = "config",
        Redis = "redis",
        Logs = "logs",
    }
    /// What health looked at.
    FindingWord of engine::health::Code {
        RecoveryPoint = "recovery_point",
        Integrity = "integrity",
        Proof = "proof",
        RestoreTime = "restore_time",
        Size = "size",
        Rows = "rows",
        Coverage = "coverage",
        Copies = "copies",
        Replica = "replica",
        Expiry = "expiry",
        Remote = "remote",
        Clock = "clock",
        Job = "job",
        Schedule = "schedule",
        Vault = "vault",
        Capacity = "capacity",
        ScratchSpace = "scratch_space",
        Reread = "reread",
        Kit = "kit",
        Tools = "tools",
        Keychain = "keychain",
        Channel = "channel",
    }
}

/// How the engine itself says a word.
#[cfg(test)]
trait Said {
    fn said(self) -> &'static str;
}

#[cfg(test)]
macro_rules! said {
    ($($of:ty),+) => { $(impl Said for $of { fn said(self) -> &'static str { self.as_str() } })+ };
}

#[cfg(test)]
said!(
    ledger::job::JobKind,
    engine::restore::Strategy,
    engine::restore::TableAct,
    engine::restore::RestoreState,
    ledger::component::Component,
    engine::health::Code
);
