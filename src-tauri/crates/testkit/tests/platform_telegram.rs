//! The Telegram platform and the bot behind it: what they claim, what is there, and what is refused.
#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "platform_telegram/bot.rs"]
mod bot;
#[path = "platform_telegram/bundles.rs"]
mod bundles;
#[path = "platform_telegram/claims.rs"]
mod claims;
#[path = "platform_telegram/exports.rs"]
mod exports;
#[path = "platform_telegram/history.rs"]
mod history;
#[path = "platform_telegram/restores.rs"]
mod restores;
#[path = "platform_telegram/stage.rs"]
mod stage;
