//! One call: where to, what with, how long, and whether it may be made twice.

use std::time::Duration;

use reqwest::Method;
use reqwest::header::{AUTHORIZATION, HeaderName};
use serde_json::Value;

use super::{ANSWER_BYTES_MAX, Upload};
use base::secret::Secret;

/// One call.
#[derive(Clone)]
pub(in crate::platform) struct Call<'a> {
    pub(super) method: Method,
    pub(super) segments: &'a [&'a str],
    pub(super) query: Vec<(&'a str, String)>,
    pub(super) body: Option<Value>,
    pub(super) upload: Option<&'a Upload>,
    pub(super) headers: Vec<(HeaderName, &'a str, &'a Secret)>,
    pub(super) hidden: Vec<&'a Secret>,
    pub(super) doing: &'a str,
    pub(super) limit: Option<Duration>,
    pub(super) bytes_max: usize,
    pub(super) may_repeat: bool,
}

impl<'a> Call<'a> {
    /// A call of `segments` below the base, each of them encoded; `doing` completes "could not …".
    pub(in crate::platform) fn new(method: Method, segments: &'a [&'a str], doing: &'a str) -> Self {
        let may_repeat = method == Method::GET;
        let (query, headers, hidden) = (Vec::new(), Vec::new(), Vec::new());
        let (body, upload, limit) = (None, None, None);
        let bytes_max = ANSWER_BYTES_MAX;
        Self { method, segments, query, body, upload, headers, hidden, doing, limit, bytes_max, may_repeat }
    }

    /// With a value in its query.
    pub(in crate::platform) fn query(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    /// With a body.
    pub(in crate::platform) fn json(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }

    /// With a form that carries a file. Its limit counts from the last byte that left.
    pub(in crate::platform) fn upload(mut self, upload: &'a Upload) -> Self {
        self.upload = Some(upload);
        self
    }

    /// With a secret in its body or path, which is never quoted from an answer.
    pub(in crate::platform) fn hide(mut self, secret: &'a Secret) -> Self {
        self.hidden.push(secret);
        self
    }

    /// With `Authorization: Bearer …`.
    pub(in crate::platform) fn bearer(self, token: &'a Secret) -> Self {
        self.header(AUTHORIZATION, "Bearer ", token)
    }

    /// With a header whose value is a secret after a prefix.
    pub(in crate::platform) fn header(
        mut self,
        name: HeaderName,
        prefix: &'a str,
        value: &'a Secret,
    ) -> Self {
        self.headers.push((name, prefix, value));
        self
    }

    /// With another limit of time, for calls that work while they are waited for.
    pub(in crate::platform) fn limit(mut self, limit: Duration) -> Self {
        self.limit = Some(limit);
        self
    }

    /// With an answer of so many bytes at most, where far fewer than usual are to be expected.
    pub(in crate::platform) fn bytes_max(mut self, bytes_max: usize) -> Self {
        self.bytes_max = bytes_max;
        self
    }

    /// Though it is no GET, it may be made twice.
    pub(in crate::platform) fn may_repeat(mut self) -> Self {
        self.may_repeat = true;
        self
    }

    /// Though it is a GET, it is made once: it does something, or its error is an answer.
    pub(in crate::platform) fn only_once(mut self) -> Self {
        self.may_repeat = false;
        self
    }
}
