//! Version 2 of the shelf: its books are found by rank, those that version 1 put there, too.

use linli_sdk::prelude::*;

/// A book.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Book {
    id: String,
    #[schemars(range(min = 0, max = 1_000_000))]
    rank: i64,
}

const BY_RANK: Index = Index::new("by_rank", &["/rank"]);
const BOOKS: Collection<Book> = Collection::new("books").indexes(&[BY_RANK]).keep_days(30);

fn put_book(book: Book) -> Result<NoContent, Problem> {
    BOOKS.put(&book.id, &book);
    Ok(NoContent)
}

fn list_books() -> Result<Page<Book>, Problem> {
    BOOKS.scan(&BY_RANK.all(), 1_000, None)
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static SHELF: Component =
    Component::new("shelf", "2.0.0", "书架", "Shelf").collections(&[&BOOKS]).operations(&[
        put("/books/{id}", handler!(put_book)).roles(RESIDENT).title("放书", "Put a book"),
        get("/books", handler!(list_books)).roles(RESIDENT).title("书目", "List books"),
    ]);
linli_sdk::export!(SHELF);
