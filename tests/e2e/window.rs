//! The application's page through the web driver: find by what a person sees, click, type, wait.

use std::path::Path;
use std::time::{Duration, Instant};

use serde_json::json;
use thirtyfour::prelude::*;
use thirtyfour::{Capabilities, WebDriver};

use crate::peer::{POLL, READY_MAX, wait_for};
use crate::screen::Screen;

/// Longest wait for something on the page that needs no job.
const SHOWN_MAX: Duration = READY_MAX;

/// How long something has to keep its place before it is clicked.
const STILL: Duration = Duration::from_millis(40);

/// Longest wait for that.
const STILL_MAX: Duration = Duration::from_secs(3);

/// Parts that reach over the right edge, and buttons whose words are cut off without saying so.
const MISFITS: &str = "const wide = document.documentElement.clientWidth; \
    const shown = (one) => one.checkVisibility?.() ?? one.offsetParent !== null; \
    const isCut = (one) => one !== null && (getComputedStyle(one).textOverflow === 'ellipsis' || isCut(one.parentElement)); \
    const over = [...document.querySelectorAll('main *, nav *')].filter((one) => shown(one) && !one.closest('.sr-only') && !isCut(one) && one.getBoundingClientRect().right > wide + 1); \
    const cut = [...document.querySelectorAll('footer button, footer a')].filter((one) => shown(one) && !one.title && one.scrollWidth > one.clientWidth + 1); \
    return [...over, ...cut].slice(0, 5).map((one) => `${one.tagName} ${one.textContent.slice(0, 60)}`)";

/// The window's page.
pub(crate) struct Window {
    driver: WebDriver,
    screen: Screen,
}

impl Window {
    /// Starts the application through the driver, and waits for its page.
    pub(crate) async fn open(port: u16, application: &Path, screen: Screen) -> Self {
        let mut wanted = Capabilities::new();
        wanted.set("webkitgtk:browserOptions", json!({ "binary": application, "args": [] })).unwrap();
        // The driver's client wants one chosen, though it never speaks TLS; a second choice changes nothing.
        let _ = rustls::crypto::ring::default_provider().install_default();
        let driver = WebDriver::new(format!("http://127.0.0.1:{port}"), wanted).await.unwrap();
        let window = Self { driver, screen };
        window.wait(SHOWN_MAX, "//body//*[self::h1 or self::h2 or self::p]").await;
        window
    }

    /// Ends the session, and with it the application.
    pub(crate) async fn end(self) {
        self.driver.quit().await.unwrap();
    }

    /// Presses what has this test id, as soon as it can be pressed.
    pub(crate) async fn press(&self, test_id: &str) {
        let path = format!("//*[@data-testid='{test_id}'][not(@disabled) and not(@data-disabled)]");
        self.click(&path).await;
    }

    /// Presses the first whose test id begins like this.
    pub(crate) async fn press_first(&self, prefix: &str) {
        let path = format!("//*[starts-with(@data-testid, '{prefix}')]");
        self.click(&path).await;
    }

    /// Presses the button or link that says exactly this.
    pub(crate) async fn press_words(&self, words: &str) {
        let path = format!("//*[self::button or self::a][normalize-space()='{words}'][not(@disabled)]");
        self.click(&path).await;
    }

    /// Presses what has this name for those who do not see it.
    pub(crate) async fn press_labelled(&self, label: &str) {
        self.click(&format!("//*[@aria-label='{label}']")).await;
    }

    /// Presses the switch that is labelled exactly like this.
    pub(crate) async fn press_switch(&self, words: &str) {
        self.click(&format!("//label[normalize-space()='{words}']")).await;
    }

    /// Presses the first row of the list whose label begins like this.
    pub(crate) async fn press_first_row(&self, list: &str) {
        let path = format!("//*[starts-with(@aria-label, '{list}')]//*[@role='row'][@aria-selected]");
        self.click(&path).await;
    }

    /// Presses the row of a list that says this, among other things.
    pub(crate) async fn press_row_that_says(&self, words: &str) {
        let path = format!("//*[@role='row'][@aria-selected][.//*[normalize-space()='{words}']]");
        self.click(&path).await;
    }

    /// Whether something with this test id is there now.
    pub(crate) async fn has(&self, test_id: &str) -> bool {
        self.run(&format!("return document.querySelector('[data-testid=\"{test_id}\"]') !== null")).await
            == true
    }

    /// Whether a button or link that says exactly this is there now.
    pub(crate) async fn offers(&self, words: &str) -> bool {
        let script = format!(
            "return [...document.querySelectorAll('button, a')].some((one) => one.textContent.trim() === '{words}')"
        );
        self.run(&script).await == true
    }

    /// Whether what has this test id is there, and cannot be pressed.
    pub(crate) async fn is_dead(&self, test_id: &str) -> bool {
        let script =
            format!("return document.querySelector('[data-testid=\"{test_id}\"]')?.disabled ?? null");
        self.run(&script).await == true
    }

    /// Waits until the page says this, and gives all that it says.
    pub(crate) async fn says(&self, words: &str) -> String {
        self.says_within(SHOWN_MAX, words).await
    }

    /// The same, where a job has to end first.
    pub(crate) async fn says_within(&self, wait: Duration, words: &str) -> String {
        let start = Instant::now();
        loop {
            let page = self.page().await;
            if page.contains(words) {
                return page;
            }
            if start.elapsed() > wait {
                self.give_up(&format!("{words:?}")).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// All that the page says.
    pub(crate) async fn page(&self) -> String {
        self.run("return document.body.innerText").await.as_str().unwrap_or_default().to_owned()
    }

    /// Presses keys, whatever has the focus.
    pub(crate) async fn keys(&self, keys: impl Into<TypingData>) {
        self.driver.action_chain().send_keys(keys.into()).perform().await.unwrap();
    }

    /// The test id of what has the focus.
    pub(crate) async fn focused(&self) -> String {
        let id = self.run("return document.activeElement?.dataset.testid ?? ''").await;
        id.as_str().unwrap_or_default().to_owned()
    }

    /// Gives the window a width and a height, in pixels.
    pub(crate) async fn resize(&self, width: u32, height: u32) {
        self.driver.set_window_rect(0, 0, width, height).await.unwrap();
        let script = format!("return window.innerWidth === {width}");
        wait_for("the window's size", async || (self.run(&script).await == true).then_some(())).await;
    }

    /// What of the page is wider than the window, or is cut off in a button; nothing when all fits.
    pub(crate) async fn misfits(&self) -> serde_json::Value {
        self.run(MISFITS).await
    }

    /// Types into the field with this test id, in place of what was there.
    pub(crate) async fn fill(&self, test_id: &str, text: &str) {
        let field = self.wait(SHOWN_MAX, &format!("//*[@data-testid='{test_id}'][not(@disabled)]")).await;
        field.send_keys(Key::Control + "a").await.unwrap();
        field.send_keys(text).await.unwrap();
    }

    /// Waits until the element with this test id is there, and gives its text.
    pub(crate) async fn text_of(&self, test_id: &str) -> String {
        self.text_until(SHOWN_MAX, test_id, |_| true).await
    }

    /// Waits until the text of the element with this test id is as wanted, and gives it. Reads what
    /// only a screen reader is told, too.
    pub(crate) async fn text_until(
        &self,
        wait: Duration,
        test_id: &str,
        wanted: impl Fn(&str) -> bool,
    ) -> String {
        let script =
            format!("return document.querySelector('[data-testid=\"{test_id}\"]')?.textContent ?? null");
        let start = Instant::now();
        loop {
            let seen = self.run(&script).await;
            if let Some(text) = seen.as_str().filter(|text| wanted(text)) {
                return text.to_owned();
            }
            if start.elapsed() > wait {
                self.give_up(&format!("{test_id}, which is {seen}")).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Waits until the page has painted, and nothing in it moves any more; for pictures.
    pub(crate) async fn settled(&self) {
        let script = "const done = arguments[arguments.length - 1]; \
             const moving = document.getAnimations().filter((one) => one.effect.getTiming().iterations !== Infinity); \
             Promise.allSettled(moving.map((one) => one.finished)) \
             .then(() => requestAnimationFrame(() => requestAnimationFrame(() => done(null))))";
        self.driver.execute_async(script, Vec::new()).await.unwrap();
    }

    /// What a script gives back.
    pub(crate) async fn run(&self, script: &str) -> serde_json::Value {
        self.driver.execute(script, Vec::new()).await.unwrap().json().clone()
    }

    /// Clicks in the middle of it, in sight. What is drawn anew meanwhile is looked for again.
    async fn click(&self, path: &str) {
        let start = Instant::now();
        loop {
            let element = self.wait(SHOWN_MAX, path).await;
            match self.click_at_rest(&element).await {
                Ok(()) => return,
                Err(error) if start.elapsed() > SHOWN_MAX => {
                    self.give_up(&format!("a click on {path}: {error}")).await;
                }
                Err(_) => tokio::time::sleep(POLL).await,
            }
        }
    }

    /// Clicks once it keeps its place: what loads above it pushes it down, and the click would meet what
    /// is there then. A person waits for that too, but not for ever.
    async fn click_at_rest(&self, element: &WebElement) -> WebDriverResult<()> {
        element.scroll_into_view().await?;
        let start = Instant::now();
        let mut last = self.place(element).await?;
        while start.elapsed() < STILL_MAX {
            tokio::time::sleep(STILL).await;
            let place = self.place(element).await?;
            if place == last {
                break;
            }
            last = place;
        }
        element.click().await
    }

    /// Where it is in the window: left and top in pixels.
    async fn place(&self, element: &WebElement) -> WebDriverResult<serde_json::Value> {
        let script = "const { x, y } = arguments[0].getBoundingClientRect(); return [x, y]";
        Ok(self.driver.execute(script, vec![element.to_json()?]).await?.json().clone())
    }

    async fn wait(&self, wait: Duration, path: &str) -> WebElement {
        let start = Instant::now();
        loop {
            for element in self.driver.find_all(By::XPath(path)).await.unwrap_or_default() {
                if element.is_displayed().await.unwrap_or(false) {
                    return element;
                }
            }
            if start.elapsed() > wait {
                self.give_up(path).await;
            }
            tokio::time::sleep(POLL).await;
        }
    }

    /// Fails with what is on the page instead, which is what one wants to know.
    async fn give_up(&self, wanted: &str) -> ! {
        self.screen.picture("gave-up");
        let page = self.driver.find(By::Tag("body")).await.unwrap().text().await.unwrap_or_default();
        panic!("waited in vain for {wanted}; the page says:\n{page}");
    }
}
