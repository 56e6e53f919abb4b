//! A library: one thing of each kind that a contract may hold.

use throughline::{Level, Refusal, Scheme, Security};

/// Who calls.
#[derive(Clone, Debug)]
pub struct Person {
    pub keeper: bool,
}

/// Somebody with a card.
pub struct Reader;

impl Level for Reader {
    type Identity = Person;
    const SECURITY: Security = Security::SESSION_OR_TOKEN;
    fn admit(who: Option<Person>) -> Result<Self, Refusal> {
        who.map(|_| Self).ok_or(Refusal::Unauthenticated)
    }
}

/// Somebody, with or without a card.
pub struct Visitor;

impl Level for Visitor {
    type Identity = Person;
    const SECURITY: Security = Security::SESSION_OR_TOKEN.optional();
    fn admit(_: Option<Person>) -> Result<Self, Refusal> {
        Ok(Self)
    }
}

/// Somebody who works here; also machines with a key.
pub struct Librarian;

impl Level for Librarian {
    type Identity = Person;
    const SECURITY: Security = Security {
        schemes: &[
            Scheme::Bearer { name: "token" },
            Scheme::Header { name: "key", header: "x-library-key" },
        ],
        optional: false,
        forbids: true,
        refusals: &[],
    };
    fn admit(who: Option<Person>) -> Result<Self, Refusal> {
        let person = who.ok_or(Refusal::Unauthenticated)?;
        if person.keeper { Ok(Self) } else { Err(Refusal::Forbidden) }
    }
}

pub mod books {
    //! Books, by nearly everything that a procedure can be.

    use std::collections::BTreeMap;

    use throughline::{
        ApiError, Created, Cursor, Cx, Id, Int64, Limit, NoContent, Page, Patch, Public, Result,
        Text, Timestamp, contract, input, output,
    };
    use uuid::Uuid;

    use super::{Librarian, Reader, Visitor};

    /// A book's id.
    #[derive(Id)]
    pub struct BookId(Uuid);

    /// What a book is called.
    #[derive(Text)]
    #[text(chars = 1..=80, example = "Dune")]
    pub struct Title(String);

    /// What a book is about.
    #[input]
    #[derive(Copy, PartialEq)]
    #[serde(rename_all = "kebab-case")]
    pub enum Genre {
        ScienceFiction,
        Poetry,
    }

    /// What holds a book together.
    #[output]
    #[serde(tag = "kind", rename_all = "snake_case")]
    pub enum Cover {
        /// Cloth.
        Hard {
            color: String,
        },
        Soft,
    }

    /// Who wrote a book.
    #[output]
    #[serde(rename_all = "camelCase")]
    pub struct Author {
        pub full_name: String,
        pub born_in: Option<i32>,
    }

    /// A part of a book, which has parts itself.
    #[output]
    pub struct Part {
        pub title: Title,
        pub parts: Vec<Part>,
    }

    /// A book.
    #[output]
    pub struct Book {
        pub id: BookId,
        pub title: Title,
        pub author: Author,
        pub genre: Genre,
        pub cover: Option<Cover>,
        /// How many copies each branch has.
        pub copies: BTreeMap<String, u32>,
        pub isbn: Int64,
        pub added_at: Timestamp,
        pub notes: serde_json::Value,
        pub parts: Vec<Part>,
    }

    /// Which books.
    #[input]
    #[derive(Default)]
    pub struct ListBooks {
        /// Any of these.
        #[garde(length(simple, max = 3))]
        pub genre: Vec<Genre>,
        pub title: Option<Title>,
        /// On which shelf.
        #[garde(range(min = 1, max = 9))]
        pub shelf: Option<u8>,
        #[schema(default = "newest")]
        pub sort: Option<String>,
        pub limit: Limit<10, 50>,
        pub cursor: Option<Cursor>,
    }

    /// Which book.
    #[input]
    pub struct BookById {
        /// Its id.
        #[path]
        pub id: BookId,
    }

    /// Which of a book's copies: marked and unmarked fields in one query.
    #[input]
    #[serde(rename_all = "camelCase")]
    pub struct ListCopies {
        #[path]
        pub id: BookId,
        /// As of when.
        #[query("as-of")]
        pub at: Option<Timestamp>,
        #[garde(length(chars, max = 20))]
        pub in_branch: Option<String>,
    }

    /// A new book.
    #[input]
    #[derive(PartialEq)]
    pub struct NewBook {
        pub title: Title,
        #[garde(range(min = 1, max = 99))]
        pub copies: Option<u8>,
        #[garde(pattern("^[0-9]+$"))]
        pub shelf_mark: Option<String>,
    }

    /// Many books at once.
    #[input]
    pub struct ImportBooks {
        /// The books.
        #[body]
        #[garde(length(simple, min = 1, max = 100))]
        pub books: Vec<NewBook>,
    }

    /// A whole book under an id that the client made.
    #[input]
    pub struct PutBook {
        #[path]
        pub id: BookId,
        /// Only when the stored book has this version.
        #[header]
        pub if_match: Option<Int64>,
        #[query]
        pub dry_run: bool,
        pub title: Title,
    }

    /// What was put.
    #[input]
    pub struct AuditBooks {
        pub version: Option<Int64>,
        pub dry_run: bool,
    }

    /// What changes of a book.
    #[input]
    pub struct UpdateBook {
        #[path]
        pub id: BookId,
        pub title: Patch<Title>,
        #[garde(length(chars, max = 200))]
        pub blurb: Patch<Option<String>>,
    }

    /// A search too long for a URL.
    #[input]
    pub struct SearchBooks {
        pub titles: Vec<Title>,
        pub cursor: Option<Cursor>,
    }

    /// A review; the book goes by another name here.
    #[input]
    pub struct ReviewBook {
        #[path]
        pub book: BookId,
        #[garde(range(min = 1, max = 5))]
        pub stars: u8,
    }

    /// Why a book is refused.
    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum BookError {
        /// There is no such book.
        #[error("no book {id}")]
        #[problem(404, "book.not_found")]
        NotFound {
            /// The id that was asked for.
            id: BookId,
        },
        /// Another book has this title.
        #[error("{wanted} is taken")]
        #[problem(409, "book.title_taken")]
        TitleTaken { wanted: Title, by: Option<BookId> },
        /// The book has changed.
        #[error("the version is {current}")]
        #[problem(409, "book.stale")]
        Stale { current: Int64 },
    }

    /// Books of the library.
    ///
    /// Everybody may look.
    #[contract(path = "/books", tag = "books")]
    pub trait Books {
        /// List books, newest first.
        #[get]
        async fn list(&self, cx: Cx<Visitor>, input: ListBooks) -> Result<Page<Book>>;

        /// Get a book.
        #[get("/{id}")]
        async fn get(&self, cx: Cx<Public>, input: BookById) -> Result<Book, BookError>;

        /// List a book's copies.
        #[get("/{id}/copies")]
        async fn copies(&self, cx: Cx<Public>, input: ListCopies) -> Result<Vec<String>>;

        /// Add a book.
        ///
        /// The same book sent again
        /// is the same book.
        #[post]
        #[invalidates(list)]
        #[sets(get(id = output.id) = output)]
        async fn create(&self, cx: Cx<Reader>, input: NewBook) -> Result<Created<Book>, BookError>;

        /// Put a book.
        #[put("/{id}")]
        #[invalidates(list, audit(version = if_match, dry_run))]
        #[sets(get(id) = output)]
        async fn put(&self, cx: Cx<Reader>, input: PutBook) -> Result<Created<Book>, BookError>;

        /// Import books.
        #[post("/import")]
        #[invalidates(list, check(books))]
        async fn import(&self, cx: Cx<Librarian>, input: ImportBooks) -> Result<NoContent>;

        /// Search books.
        #[post("/search", read)]
        async fn search(&self, cx: Cx<Public>, input: SearchBooks) -> Result<Page<Book>>;

        /// Check books before they are imported.
        #[post("/check", read)]
        async fn check(&self, cx: Cx<Public>, input: ImportBooks) -> Result<Vec<Title>>;

        /// Count what was put.
        #[get("/audit")]
        async fn audit(&self, cx: Cx<Librarian>, input: AuditBooks) -> Result<u32>;

        /// Change a book.
        #[patch("/{id}")]
        #[sets(get(id) = output)]
        async fn update(&self, cx: Cx<Reader>, input: UpdateBook) -> Result<Book, BookError>;

        /// Review a book.
        #[post("/{book}")]
        #[invalidates(get(id = book))]
        async fn review(&self, cx: Cx<Reader>, input: ReviewBook) -> Result<NoContent, BookError>;

        /// Delete a book.
        #[delete("/{id}")]
        #[removes(get(id))]
        async fn delete(&self, cx: Cx<Librarian>, input: BookById) -> Result<NoContent, BookError>;

        /// Close the library for today.
        #[post("/close")]
        async fn close(&self, cx: Cx<Librarian>) -> Result<NoContent>;
    }
}

pub mod loans {
    //! Loans, which wrap the errors of books and have effects on them.

    use throughline::{ApiError, Created, Cx, Id, Public, Result, contract, input, output};
    use uuid::Uuid;

    use super::{
        Reader,
        books::{self, BookError, BookId},
    };

    /// A loan's id.
    #[derive(Id)]
    pub struct LoanId(Uuid);

    /// A loan.
    #[output]
    #[serde(rename_all = "camelCase")]
    pub struct Loan {
        pub id: LoanId,
        pub book_id: BookId,
        pub book: books::Book,
    }

    /// Which loan, of whom.
    #[input]
    pub struct LoanById {
        #[path]
        pub name: String,
        #[path]
        pub id: LoanId,
    }

    /// A book to be lent.
    #[input]
    #[serde(rename_all = "camelCase")]
    pub struct LendBook {
        #[path]
        pub name: String,
        pub book_id: BookId,
    }

    /// Why a book is not lent.
    #[derive(Debug, thiserror::Error, ApiError)]
    pub enum LoanError {
        /// Too many loans.
        #[error("{most} loans are enough")]
        #[problem(403, "loan.too_many")]
        TooMany { most: u32 },
        #[error(transparent)]
        #[problem(transparent)]
        Book(#[from] BookError),
    }

    /// Loans to readers.
    #[contract(path = "/readers/{name}/loans", tag = "loans")]
    pub trait Loans {
        /// Get a loan.
        #[get("/{id}")]
        async fn get(&self, cx: Cx<Public>, input: LoanById) -> Result<Loan>;

        /// Lend a book.
        #[post]
        #[invalidates(books::get(id = book_id), books::copies(id = output.book_id))]
        #[sets(get(name, id = output.id) = output, books::get(id = output.book.id) = output.book)]
        async fn create(&self, cx: Cx<Reader>, input: LendBook)
        -> Result<Created<Loan>, LoanError>;
    }
}
