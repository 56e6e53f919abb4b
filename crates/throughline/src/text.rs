//! Text with limits, said once in the value's type.

/// A newtype over `String` with limits, under [`derive(Text)`](derive@crate::Text).
///
/// Built in code it is checked; read from the wire or the database it is taken as it stands, and
/// [`Validate`](crate::Validate) names what is wrong with it together with everything else.
pub trait Text: AsRef<str> + Sized + Send + Sync + 'static {
    /// The fewest characters (Unicode scalar values).
    const MIN_CHARS: usize;
    /// The most characters (Unicode scalar values).
    const MAX_CHARS: usize;
    /// Checks `text` against the limits.
    ///
    /// # Errors
    /// The first limit that it breaks.
    fn check(text: &str) -> Result<(), TextError>;
}

/// Why a text is refused.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum TextError {
    /// Fewer characters than the limit.
    #[error("has {found} of at least {min} characters")]
    TooShort {
        /// The fewest characters.
        min: usize,
        /// How many there are.
        found: usize,
    },
    /// More characters than the limit.
    #[error("has {found} of at most {max} characters")]
    TooLong {
        /// The most characters.
        max: usize,
        /// How many there are.
        found: usize,
    },
    /// It holds NUL, which PostgreSQL cannot store.
    #[error("holds a NUL character")]
    Nul,
    /// The type's own check refuses it.
    #[error("{0}")]
    Refused(&'static str),
}

impl TextError {
    /// The code of the violation.
    pub const fn code(&self) -> &'static str {
        match self {
            Self::TooShort { .. } => "too_short",
            Self::TooLong { .. } => "too_long",
            Self::Nul => "nul",
            Self::Refused(_) => "format",
        }
    }
}

/// Checks the limits that each text has.
///
/// # Errors
/// The first limit that `text` breaks.
pub fn check_text(text: &str, min: usize, max: usize) -> Result<(), TextError> {
    if text.contains('\0') {
        return Err(TextError::Nul);
    }
    let found = text.chars().count();
    if found < min {
        return Err(TextError::TooShort { min, found });
    }
    if found > max {
        return Err(TextError::TooLong { max, found });
    }
    Ok(())
}
