//! The Telegram platform and the bot behind it: what they claim, what is there, and what is refused.

mod bot;
mod bundles;
mod claims;
mod exports;
mod history;
mod restores;
mod stage;
