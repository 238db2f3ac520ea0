//! The system's own dialogs.

use super::block_on;
use crate::desk::Desk;

#[test]
fn a_folder_chosen_in_the_dialog_is_where_the_vault_will_live() {
    block_on(async {
        let Some(desk) = Desk::open().await else { return };
        let window = desk.start().await;
        desk.screen().see("Holdfast").await;
        let folder = desk.home().join("copies");
        std::fs::create_dir(&folder).unwrap();

        window.press("vault-path-change").await;
        window.press("vault-path-choose").await;
        desk.screen().answer_dialog("Where the vault lives", &folder).await;

        let shown = window
            .text_until(crate::peer::READY_MAX, "vault-path-shown", |text| text.ends_with("copies"))
            .await;
        assert_eq!(shown, folder.to_str().unwrap());
        window.end().await;
    });
}
