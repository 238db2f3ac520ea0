//! Requests to a store that may be sent again, with patience for one that is busy.

use std::time::{Duration, Instant};

use reqwest::Response;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::bucket::BucketError;
use crate::https;

const TRIES: u32 = 5;
/// A store that asks for more patience than this is not waited for.
const WAIT_MAX: Duration = Duration::from_mins(1);
/// Nothing is tried a third time after this: a run in which nothing moves for five minutes is ended, with all that it did.
const ALL_TRIES: Duration = Duration::from_secs(150);

/// Sends a request until it is answered; `refusal` reads what an answer means that is none of success.
pub(crate) async fn tried<F: Future<Output = BucketError>>(
    endpoint: &str,
    request: impl Fn() -> reqwest::RequestBuilder,
    refusal: impl Fn(String, Response) -> F,
) -> Result<Response, BucketError> {
    let (began, mut tried) = (Instant::now(), 0_u32);
    loop {
        tried += 1;
        let (wait, failed) = match request().send().await {
            Ok(answer) if answer.status().is_success() => return Ok(answer),
            Ok(answer) => {
                let asked = retry_after(answer.headers());
                let refusal = refusal(endpoint.to_owned(), answer).await;
                // Of the meaning, which may be another than the status of the answer.
                let busy =
                    matches!(refusal, BucketError::Refused { status: 429 | 500 | 502..=504 | 544, .. });
                // A service that keeps files in a folder says so of one that is not there.
                let is_own =
                    matches!(&refusal, BucketError::Refused { status: 500, code, .. } if code == "Internal");
                if !busy || (is_own && tried > 1) {
                    return Err(refusal);
                }
                (asked, refusal)
            }
            Err(error) => (None, unreachable(endpoint, error)),
        };
        let wait = wait.unwrap_or_else(|| Duration::from_millis(200 << tried.min(7)));
        // Whoever is asked for less at once is asked for as long as there is time; all else ends sooner.
        let is_asked_for_less = matches!(failed, BucketError::Refused { status: 429, .. });
        let is_late = tried > 1 && began.elapsed() + wait > ALL_TRIES;
        if wait > WAIT_MAX || is_late || (tried >= TRIES && !is_asked_for_less) {
            return Err(failed);
        }
        tokio::time::sleep(wait).await;
    }
}

/// The store could not be asked.
pub(crate) fn unreachable(endpoint: &str, error: reqwest::Error) -> BucketError {
    BucketError::Unreachable { endpoint: endpoint.to_owned(), reason: https::causes(error) }
}

/// The text of an answer, of so many bytes at most.
pub(crate) async fn text(endpoint: &str, mut answer: Response, most: usize) -> Result<String, BucketError> {
    let mut bytes = Vec::new();
    while let Some(piece) = answer.chunk().await.map_err(|error| unreachable(endpoint, error))? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > most {
            return Err(BucketError::Answer(format!("more than {most} bytes")));
        }
    }
    String::from_utf8(bytes).map_err(|_| BucketError::Answer("what is no text".into()))
}

fn retry_after(headers: &HeaderMap) -> Option<Duration> {
    headers.get(RETRY_AFTER)?.to_str().ok()?.trim().parse().ok().map(Duration::from_secs)
}
