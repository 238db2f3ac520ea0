//! What has to be entered for each platform: the words of forms and of the command line's help.

use super::PlatformKind;

/// Something that signs in.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CredentialField {
    /// Its name: in the keychain, on the command line, in requests.
    pub name: &'static str,
    /// Title of its field.
    pub title: &'static str,
    /// Where to get it.
    pub hint: &'static str,
    /// Whether nothing works without it.
    pub is_needed: bool,
}

/// Something that is no secret.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct SettingField {
    /// `address`, `reference`, `account`, or the name of one that only this kind has.
    pub name: &'static str,
    /// Title of its field.
    pub title: &'static str,
    /// What belongs there.
    pub hint: &'static str,
    /// What stands there at first.
    pub usual: &'static str,
    /// Whether it may be empty.
    pub is_needed: bool,
    /// The words of which it is one, the usual one first; empty where it is any text.
    pub choices: &'static [&'static str],
}

const fn credential(name: &'static str, title: &'static str, hint: &'static str) -> CredentialField {
    CredentialField { name, title, hint, is_needed: true }
}

const fn setting(name: &'static str, title: &'static str, hint: &'static str) -> SettingField {
    SettingField { name, title, hint, usual: "", is_needed: true, choices: &[] }
}

/// What signs in at a platform of this kind.
pub fn credentials(kind: PlatformKind) -> &'static [CredentialField] {
    const SUPAMANAGER: &[CredentialField] =
        &[credential("password", "Password", "The password of the account above.")];
    const SUPABASE: &[CredentialField] =
        &[credential("token", "Access token", "Begins with sbp_; made under Account, Access tokens.")];
    const OPTTIUS: &[CredentialField] = &[
        CredentialField {
            is_needed: false,
            ..credential(
                "password",
                "Password",
                "The password of the account above, where an account signs in.",
            )
        },
        CredentialField {
            is_needed: false,
            ..credential(
                "token",
                "Bearer token",
                "Where the deployment takes a token in place of an account.",
            )
        },
        CredentialField {
            is_needed: false,
            ..credential("anon_key", "Public key", "The auth server's public (anon) key, for signing in.")
        },
        CredentialField {
            is_needed: false,
            ..credential("cron", "Cron secret", "CRON_SECRET, to run the scheduled backups from here.")
        },
    ];
    const TELEGRAM: &[CredentialField] = &[
        credential("token", "Token", "A JWT of the platform with the scope backup:read, or backup:write."),
        CredentialField {
            is_needed: false,
            ..credential(
                "bot",
                "Bot token",
                "The token of the bot that keeps the files; without it none can be fetched.",
            )
        },
    ];
    match kind {
        PlatformKind::Supamanager => SUPAMANAGER,
        PlatformKind::Supabase => SUPABASE,
        PlatformKind::Opttius => OPTTIUS,
        PlatformKind::TelegramPlatform => TELEGRAM,
    }
}

/// What else has to be known of a platform of this kind.
pub fn settings_of(kind: PlatformKind) -> &'static [SettingField] {
    const SUPAMANAGER: &[SettingField] = &[
        setting("address", "Address", "Of the manager, as in the browser: https://manager.example."),
        setting("reference", "Project", "The project's reference, as in its address."),
        setting("account", "E-mail", "Of the account that signs in."),
    ];
    const SUPABASE: &[SettingField] = &[
        SettingField {
            usual: "https://api.supabase.com",
            ..setting("address", "Address", "Of the Management API.")
        },
        setting("reference", "Project", "Its reference: 20 lower-case letters."),
    ];
    match kind {
        PlatformKind::Supamanager => SUPAMANAGER,
        PlatformKind::Supabase => SUPABASE,
        PlatformKind::Opttius => OPTTIUS_SETTINGS,
        PlatformKind::TelegramPlatform => TELEGRAM_SETTINGS,
    }
}

/// Of an application with the admin API.
const OPTTIUS_SETTINGS: &[SettingField] = &[
    setting("address", "Address", "Of the application: https://app.example."),
    setting("reference", "Organisation", "Its id; only its own backups are seen."),
    SettingField {
        is_needed: false,
        ..setting("account", "E-mail", "Of the account that signs in, where one does.")
    },
    SettingField {
        is_needed: false,
        ..setting("auth_address", "Auth server", "Where the account signs in: https://….supabase.co.")
    },
    SettingField {
        is_needed: false,
        choices: &["cookie", "bearer"],
        ..setting(
            "session",
            "Session",
            "How the application takes it: as its `cookie`, or as a `bearer` token in a header.",
        )
    },
    SettingField {
        is_needed: false,
        ..setting(
            "cookie",
            "Cookie's project",
            "What stands in sb-…-auth-token, where it is not the first part of the auth server's address.",
        )
    },
    SettingField {
        is_needed: false,
        choices: &["authorization", "x-cron-secret"],
        ..setting("cron_header", "Header of the cron secret", "Which one the deployment reads.")
    },
    SettingField {
        is_needed: false,
        ..setting(
            "max_rows",
            "Rows at once",
            "As many rows as its API gives at once, where you know it: a table with as many was cut. Empty, it is guessed.",
        )
    },
];

/// Of a platform that keeps its files with a bot.
const TELEGRAM_SETTINGS: &[SettingField] = &[
    setting("address", "Address", "Of the platform's API."),
    setting("reference", "Project", "The project's id."),
    SettingField {
        usual: "https://api.telegram.org",
        is_needed: false,
        ..setting("bot_address", "Bot API", "Telegram's, or that of a local server.")
    },
    SettingField {
        is_needed: false,
        ..setting(
            "bot_folder",
            "Folder of a local Bot API",
            "Its working folder as seen from this computer, where it is a local server; it then takes 2000 MB.",
        )
    },
    SettingField {
        usual: "",
        is_needed: false,
        ..setting("chat", "Chat", "The chat in which the bot keeps files, where files are to be given back.")
    },
    SettingField {
        usual: "server",
        is_needed: false,
        choices: &["server", "documented"],
        ..setting("dialect", "Dialect", "`server`, or `documented` where the API is as its document says.")
    },
];
