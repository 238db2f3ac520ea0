//! The desktop: shown by the window's process alone, each scheduled run, and nothing that is a day old.

use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex};

use engine::notify::{Desk, Message, Showing};
use jiff::SignedDuration;
use testkit::{Console, Hook, StoppedClock};

use super::calendar::{NOON, at, ended, profile, tell, webhook};
use super::kinds;

/// A desk that notes what it is shown, or has nobody who looks.
#[derive(Debug, Default)]
struct Board {
    shown: Mutex<Vec<String>>,
    is_missing: bool,
    /// Whether it breaks in the middle, the next time.
    breaks: AtomicBool,
}

impl Desk for Board {
    fn show<'a>(&'a self, message: &'a Message) -> Showing<'a> {
        Box::pin(async move {
            assert!(!self.breaks.swap(false, Ordering::Relaxed), "the desk broke");
            if self.is_missing {
                return Err("no program on this desktop shows notifications".to_owned());
            }
            self.shown.lock().unwrap().push(message.subject.clone());
            Ok(())
        })
    }
}

async fn show(console: &Console, board: &Arc<Board>, now: jiff::Timestamp) -> Vec<String> {
    let desk: Arc<dyn Desk> = Arc::<Board>::clone(board);
    console.engine.notifier().by(Arc::new(StoppedClock(now))).without_health().with_desk(desk).once().await;
    board.shown.lock().unwrap().clone()
}

#[tokio::test]
async fn each_scheduled_run_is_shown_once_and_by_a_process_with_a_window_only() {
    let (console, board) = (profile().await, Arc::<Board>::default());
    let now = at(NOON);
    ended(&console, "succeeded", 1, now).await;
    // A command line leaves it to the window.
    tell(&console, now).await;
    assert_eq!(console.engine.channel("desktop").await.unwrap().waiting, 1);
    for _ in 0..2 {
        assert_eq!(show(&console, &board, now).await, ["shop: backup done"]);
    }
    let next = now + SignedDuration::from_hours(24);
    ended(&console, "failed", 1, next).await;
    assert_eq!(show(&console, &board, next).await, ["shop: backup done", "shop: backup failed"]);
    let other = console.second_engine().await;
    let desk: Arc<dyn Desk> = Arc::<Board>::clone(&board);
    other.notifier().by(Arc::new(StoppedClock(next))).without_health().with_desk(desk).once().await;
    assert_eq!(board.shown.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn what_nobody_saw_for_a_day_is_not_shown_any_more() {
    let (console, board) = (profile().await, Arc::<Board>::default());
    let now = at(NOON);
    ended(&console, "succeeded", 1, now).await;
    tell(&console, now).await;
    assert!(show(&console, &board, now + SignedDuration::from_hours(25)).await.is_empty());
    assert_eq!(console.engine.channel("desktop").await.unwrap().waiting, 0);
}

#[tokio::test]
async fn a_desktop_that_broke_in_the_middle_is_shown_the_message_by_the_same_process() {
    let (console, board) = (profile().await, Arc::new(Board { breaks: true.into(), ..Board::default() }));
    let now = at(NOON);
    ended(&console, "succeeded", 1, now).await;
    assert!(show(&console, &board, now).await.is_empty());
    let later = now + SignedDuration::from_mins(1);
    assert_eq!(show(&console, &board, later).await, ["shop: backup done"]);
}

#[tokio::test]
async fn a_desktop_without_anybody_who_shows_says_so_and_the_others_are_told() {
    let (hook, console) = (Hook::start(), profile().await);
    webhook(&console, &hook, |taste| taste.each_run = false).await;
    let board = Arc::new(Board { is_missing: true, ..Board::default() });
    let now = at(NOON);
    ended(&console, "succeeded", 1, now).await;
    show(&console, &board, now).await;
    let desktop = console.engine.channel("desktop").await.unwrap().channel;
    assert_eq!(desktop.problem.unwrap().0, "no program on this desktop shows notifications");
    assert!(desktop.failing_since_ms.is_some());
    tell(&console, now).await;
    assert!(kinds(&hook).contains(&"channel_failing".to_owned()), "{:?}", kinds(&hook));
}
