//! A call as a value: a procedure's input on its way to one server.

use std::{
    fmt,
    future::{Future, IntoFuture},
    pin::Pin,
    time::Duration,
};

use http::{HeaderMap, HeaderName, HeaderValue};
use throughline::{CallError, Effect, Procedure, Write, decode_reply, encode_request};

use crate::Http;

/// What comes of a call of `P`.
type Outcome<P> = Result<<P as Procedure>::Output, CallError<<P as Procedure>::Error>>;

/// A call of the procedure `P`, not yet made: await it, [`send`](Self::send) it, or hand it to a
/// cache.
///
/// The input is checked against its limits before anything is sent. A clone is the same call once
/// more, for example to repeat it after a [`TransportError`](throughline::TransportError).
///
/// ```no_run
/// # use throughline::*;
/// # /// A note.
/// # #[output] pub struct Note { pub id: u64 }
/// # /// Which note.
/// # #[input] pub struct NoteById { #[path] pub id: u64 }
/// # /// Notes.
/// # #[contract(path = "/notes")] pub trait Notes {
/// #     /// Get.
/// #     #[get("/{id}")] async fn get(&self, cx: Cx<Public>, input: NoteById) -> Result<Note>;
/// # }
/// # use std::time::Duration;
/// # async fn run(notes: NotesClient<throughline_client::Http>) -> std::result::Result<(), CallError<Never>> {
/// let call = notes.get(7).timeout(Duration::from_secs(2));
/// let note = match call.clone().await {
///     Err(CallError::Transport(_)) => call.await?,
///     other => other?,
/// };
/// # let _ = note;
/// # Ok(())
/// # }
/// ```
#[must_use = "a call does nothing until it is awaited or sent"]
pub struct Call<P: Procedure> {
    http: Http,
    input: P::Input,
    timeout: Option<Duration>,
    headers: HeaderMap,
}

impl<P: Procedure> Call<P> {
    pub(crate) fn new(http: Http, input: P::Input) -> Self {
        Self { http, input, timeout: None, headers: HeaderMap::new() }
    }

    /// What goes in.
    pub fn input(&self) -> &P::Input {
        &self.input
    }

    /// The same call with a time limit of its own instead of
    /// [`HttpOptions::timeout`](crate::HttpOptions::timeout).
    pub fn timeout(mut self, timeout: Duration) -> Self {
        self.timeout = Some(timeout);
        self
    }

    /// The same call with one more header, for example a request's id. A header of the contract or
    /// of the credentials cannot be replaced.
    pub fn header(mut self, name: HeaderName, value: HeaderValue) -> Self {
        self.headers.insert(name, value);
        self
    }

    /// Makes the call. Dropping the future gives it up; the server may have done its part all the
    /// same.
    ///
    /// # Errors
    /// [`CallError::Invalid`] before anything is sent; [`CallError::Declared`] and
    /// [`CallError::Fault`] for what the server refuses; [`CallError::Transport`] when no
    /// answer came that the contract declares.
    pub async fn send(self) -> Outcome<P> {
        self.make().await
    }

    /// Makes the call, and says what its success does to cached reads.
    ///
    /// # Errors
    /// As [`send`](Self::send).
    pub async fn send_with_effects(self) -> Result<(P::Output, Vec<Effect>), CallError<P::Error>>
    where
        P: Write,
    {
        let output = self.make().await?;
        let mut effects = Vec::new();
        P::effects(&self.input, &output, &mut effects);
        Ok((output, effects))
    }

    async fn make(&self) -> Outcome<P> {
        let request = encode_request::<P>(&self.input)?;
        let answer = self.http.exchange(request, &self.headers, self.timeout).await;
        let (head, body) = answer.map_err(CallError::Transport)?.into_parts();
        decode_reply::<P>(head.status, &head.headers, body.into())
    }
}

impl<P: Procedure> IntoFuture for Call<P> {
    type Output = Outcome<P>;
    type IntoFuture = Pin<Box<dyn Future<Output = Self::Output> + Send>>;

    fn into_future(self) -> Self::IntoFuture {
        Box::pin(self.send())
    }
}

impl<P: Procedure> Clone for Call<P> {
    fn clone(&self) -> Self {
        Self {
            http: self.http.clone(),
            input: self.input.clone(),
            timeout: self.timeout,
            headers: self.headers.clone(),
        }
    }
}

/// Shows what is called, not the input: it may hold a password.
impl<P: Procedure> fmt::Debug for Call<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut shown = f.debug_struct("Call");
        shown.field("procedure", &P::ID).field("http", &self.http);
        shown.field("timeout", &self.timeout).finish_non_exhaustive()
    }
}
