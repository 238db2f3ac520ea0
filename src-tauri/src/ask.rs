//! Questions and bad news outside the page: when there is no window, or it is about to go.

use contract::error::UserError;
use rfd::{AsyncMessageDialog, MessageButtons, MessageDialogResult, MessageLevel};

/// Asks for one of two acts; true means the first. Closing the question means the second, which is
/// always the safe one.
pub(crate) async fn is_confirmed(question: &str, detail: &str, act: &str, keep: &str) -> bool {
    let answer = AsyncMessageDialog::new()
        .set_level(MessageLevel::Warning)
        .set_title(question)
        .set_description(detail)
        .set_buttons(MessageButtons::OkCancelCustom(act.to_owned(), keep.to_owned()))
        .show()
        .await;
    match answer {
        MessageDialogResult::Ok | MessageDialogResult::Yes => true,
        MessageDialogResult::Custom(label) => label == act,
        MessageDialogResult::No | MessageDialogResult::Cancel => false,
    }
}

/// Says what went wrong, and what to do.
pub(crate) async fn tell(title: &str, message: &str) {
    tracing::error!(title, message, "told the person");
    AsyncMessageDialog::new()
        .set_level(MessageLevel::Error)
        .set_title(title)
        .set_description(message)
        .set_buttons(MessageButtons::Ok)
        .show()
        .await;
}

/// The error as a person reads it: what was seen, what to do, how to name it.
pub(crate) fn sentence(error: &UserError) -> String {
    let UserError { code, message, hint, retry: _, report_id } = error;
    let hint = hint.as_deref().unwrap_or_default();
    format!("{message}\n\n{hint}\n\n{code} · {report_id}")
}
