//! The restore wizard, step by step, as a person goes through it. A picture of every step is kept.

use std::cell::Cell;
use std::time::Duration;

use thirtyfour::Key;

use crate::screen::Screen;
use crate::shop::Shop;
use crate::window::Window;

/// Longest wait for a plan, which looks at a backup and a server.
const PLAN_MAX: Duration = Duration::from_mins(1);
/// Longest wait for a run on the shop, on a busy machine.
const RUN_MAX: Duration = Duration::from_mins(3);
/// No page has so many stops of the tabulator key.
const TABS_MAX: usize = 60;

/// The wizard in a window, and the pages that follow on it.
pub(crate) struct Wizard<'a> {
    window: &'a Window,
    screen: &'a Screen,
    /// Name of the scenario's pictures.
    story: &'static str,
    pictures: Cell<u32>,
}

impl<'a> Wizard<'a> {
    /// For a window that shows anything.
    pub(crate) fn on(shop: &'a Shop, window: &'a Window, story: &'static str) -> Self {
        Self { window, screen: shop.desk.screen(), story, pictures: Cell::new(0) }
    }

    /// Opens it from the project's page.
    pub(crate) async fn open(shop: &'a Shop, window: &'a Window, story: &'static str) -> Self {
        let wizard = Self::on(shop, window, story);
        window.press("restore-project").await;
        wizard
    }

    /// Answers what happened, and takes the moment that is offered.
    pub(crate) async fn why(&self, answer: &str) {
        self.window.press(answer).await;
        self.next("which moment").await;
        self.next("use ").await;
    }

    /// Everything comes back, to this place.
    pub(crate) async fn everything_to(&self, place: &str) {
        self.window.press("what-all").await;
        self.next("where").await;
        self.window.press(place).await;
        self.next("preview").await;
    }

    /// One table comes back, in this way.
    pub(crate) async fn table_as(&self, table: &str, mode: &str) {
        self.window.press_labelled(&format!("Restore {table}")).await;
        self.next("where").await;
        self.window.press(mode).await;
        self.next("preview").await;
    }

    /// Waits until the plan is shown, and gives all that the page says.
    pub(crate) async fn plan(&self) -> String {
        self.window.text_until(PLAN_MAX, "plan-next", |words| words.contains("Next")).await;
        self.window.page().await
    }

    /// Goes on, once the button says that this comes next.
    pub(crate) async fn next(&self, words: &str) {
        self.window.text_until(PLAN_MAX, "plan-next", |shown| shown.contains(words)).await;
        self.picture(words).await;
        self.window.press("plan-next").await;
    }

    /// Goes on to the last step, whatever lies between.
    pub(crate) async fn to_confirm(&self) {
        while !self.window.has("confirm-name").await {
            self.plan().await;
            self.picture("on").await;
            self.window.press("plan-next").await;
        }
    }

    /// Goes back to the first step, and leaves.
    pub(crate) async fn leave(&self) {
        while !self.window.offers("Cancel").await {
            self.window.press_words("Back").await;
        }
        self.window.press_words("Cancel").await;
    }

    /// Goes on by the keyboard.
    pub(crate) async fn enter(&self, words: &str) {
        self.window.text_until(PLAN_MAX, "plan-next", |shown| shown.contains(words)).await;
        self.tab_to("plan-next").await;
        self.picture(words).await;
        self.window.keys(Key::Enter).await;
    }

    /// Types the name, and presses the last button.
    pub(crate) async fn confirm(&self, name: &str) {
        self.window.fill("confirm-name", name).await;
        self.picture("confirm").await;
        self.window.press("apply-restore").await;
    }

    /// Waits for the end of the run, which has to have worked, and gives what its page says.
    pub(crate) async fn done(&self) -> String {
        let is_over = |state: &str| !["queued", "running"].contains(&state);
        let state = self.window.text_until(RUN_MAX, "run-state", is_over).await;
        // How it stands is asked only now.
        self.window.text_of("after-restore").await;
        self.picture("done").await;
        self.window.run("document.querySelector('[data-testid=\"after-restore\"]').scrollIntoView({ block: 'center' })").await;
        self.picture("after").await;
        let page = self.window.page().await;
        assert_eq!(state, "succeeded", "{}: {page}", self.story);
        page
    }

    /// Moves the focus by the keyboard alone: the tabulator, and arrows within a choice.
    pub(crate) async fn tab_to(&self, test_id: &str) {
        let same_choice = format!(
            "const wanted = document.querySelector('[data-testid=\"{test_id}\"]'); \
             return wanted?.type === 'radio' && wanted.name === document.activeElement?.name"
        );
        for _ in 0..TABS_MAX {
            if self.window.focused().await == test_id {
                return;
            }
            let key = if self.window.run(&same_choice).await == true { Key::Down } else { Key::Tab };
            self.window.keys(key).await;
        }
        panic!("the keyboard does not reach {test_id}: {}", self.window.page().await);
    }

    /// Keeps a picture; every step has to fit into the window.
    pub(crate) async fn picture(&self, what: &str) {
        self.window.settled().await;
        self.pictures.set(self.pictures.get() + 1);
        let what = what.trim().replace(' ', "-");
        self.screen.picture(&format!("{}-{:02}-{what}", self.story, self.pictures.get()));
        let misfits = self.window.misfits().await;
        assert_eq!(misfits, serde_json::json!([]), "{}, {what}", self.story);
    }
}
