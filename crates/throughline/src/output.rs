//! What comes out of a procedure: a body with a status, and how it is written and read.

use crate::{Input, Procedure, RequestWriter, WireSchema, call::path_of};
use http::StatusCode;
use serde::{Serialize, de::DeserializeOwned};

/// A success on its way to the wire, or from it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reply {
    /// The status, from 200 to 299.
    pub status: StatusCode,
    /// The `Location`, without the mount's prefix when it is on its way out.
    pub location: Option<String>,
    /// The JSON body, if there is one.
    pub body: Option<Vec<u8>>,
}

/// A success that does not fit what the contract says.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    /// The body is not the JSON that the contract declares.
    #[error("the body does not fit the contract: {0}")]
    Body(#[from] serde_json::Error),
    /// A status that the output does not have.
    #[error("status {0} is not one that the contract declares")]
    Status(StatusCode),
}

/// What a procedure answers. Any type under [`#[output]`](macro@crate::output) is one (200 with a JSON body), as are
/// [`Created`], [`NoContent`], [`Page`](crate::Page) and the JSON scalars.
#[diagnostic::on_unimplemented(
    message = "`{Self}` is not an output",
    label = "not an output",
    note = "put `#[output]` on it, also when it stands in `Created<..>` or `Page<..>`; `NoContent` answers nothing"
)]
pub trait Output: Sized + Send + Sync + 'static {
    /// What stands in the body.
    type Body: WireSchema + Send + Sync + 'static;
    /// The statuses that a success may have; the first is the usual one.
    const STATUSES: &'static [u16];
    /// Whether a body is written.
    const BODY: bool = true;
    /// Whether the answer carries a `Location`.
    const LOCATION: bool = false;
    /// What stands in the body.
    fn body(&self) -> &Self::Body;
    /// Writes the success.
    ///
    /// # Errors
    /// What serde reports, for example a map whose keys are no strings.
    fn encode(self) -> serde_json::Result<Reply>;
    /// Reads a success.
    ///
    /// # Errors
    /// When the status or the body is not what the contract declares.
    fn decode(reply: Reply) -> Result<Self, DecodeError>;
}

impl<T: Serialize + DeserializeOwned + WireSchema + Send + Sync + 'static> Output for T {
    type Body = T;
    const STATUSES: &'static [u16] = &[200];
    fn body(&self) -> &T {
        self
    }
    fn encode(self) -> serde_json::Result<Reply> {
        Ok(Reply { status: StatusCode::OK, location: None, body: Some(serde_json::to_vec(&self)?) })
    }
    fn decode(reply: Reply) -> Result<Self, DecodeError> {
        Ok(serde_json::from_slice(&reply.body.unwrap_or_default())?)
    }
}

/// The answer to a create: 201 with `Location`, or 200 when the same create came again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Created<T> {
    body: T,
    location: Option<String>,
    again: bool,
}

impl<T> Created<T> {
    /// A row that this call made (201), to be found with the read `P` and its input.
    ///
    /// ```
    /// # use throughline::*;
    /// # #[output] pub struct Note { pub id: u64 }
    /// # #[input] pub struct NoteById { #[path] pub id: u64 }
    /// # /// Notes.
    /// # #[contract(path = "/notes")] pub trait Notes {
    /// #     /// Get.
    /// #     #[get("/{id}")] async fn get(&self, cx: Cx<Public>, input: NoteById) -> Result<Note>;
    /// # }
    /// let made = Created::at::<procedures::Get>(&NoteById { id: 7 }, Note { id: 7 });
    /// assert_eq!(made.location(), Some("/notes/7"));
    /// ```
    pub fn at<P: Procedure>(input: &P::Input, body: T) -> Self {
        let mut request = RequestWriter::default();
        input.write(&mut request);
        Self { body, location: Some(path_of::<P>(&request)), again: false }
    }

    /// A row that the same call made earlier (200).
    pub fn again(body: T) -> Self {
        Self { body, location: None, again: true }
    }

    /// Where the row is to be found: below the mount's prefix on the server, as answered on the client.
    pub fn location(&self) -> Option<&str> {
        self.location.as_deref()
    }

    /// Whether an earlier call had made the row.
    pub fn is_again(&self) -> bool {
        self.again
    }

    /// The row.
    pub fn into_body(self) -> T {
        self.body
    }
}

impl<T> std::ops::Deref for Created<T> {
    type Target = T;
    fn deref(&self) -> &T {
        &self.body
    }
}

impl<T: Serialize + DeserializeOwned + WireSchema + Send + Sync + 'static> Output for Created<T> {
    type Body = T;
    const STATUSES: &'static [u16] = &[201, 200];
    const LOCATION: bool = true;
    fn body(&self) -> &T {
        &self.body
    }
    fn encode(self) -> serde_json::Result<Reply> {
        let status = if self.again { StatusCode::OK } else { StatusCode::CREATED };
        Ok(Reply { status, location: self.location, body: Some(serde_json::to_vec(&self.body)?) })
    }
    fn decode(reply: Reply) -> Result<Self, DecodeError> {
        let again = match reply.status {
            StatusCode::CREATED => false,
            StatusCode::OK => true,
            other => return Err(DecodeError::Status(other)),
        };
        let body = serde_json::from_slice(&reply.body.unwrap_or_default())?;
        Ok(Self { body, location: reply.location, again })
    }
}

/// The answer of a write that has nothing to say: 204.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoContent;

impl Output for NoContent {
    type Body = ();
    const STATUSES: &'static [u16] = &[204];
    const BODY: bool = false;
    fn body(&self) -> &() {
        &()
    }
    fn encode(self) -> serde_json::Result<Reply> {
        Ok(Reply { status: StatusCode::NO_CONTENT, location: None, body: None })
    }
    fn decode(_: Reply) -> Result<Self, DecodeError> {
        Ok(Self)
    }
}
