//! A shelf of books, kept for thirty days after they were last touched. Version 1: what a later version has to live with.

use linli_sdk::prelude::*;

/// A book.
#[derive(Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Book {
    id: String,
    #[schemars(range(min = 0, max = 1_000_000))]
    rank: i64,
}

const BOOKS: Collection<Book> = Collection::new("books").keep_days(30);

fn put_book(book: Book) -> Result<NoContent, Problem> {
    BOOKS.put(&book.id, &book);
    Ok(NoContent)
}

fn list_books() -> Result<Page<Book>, Problem> {
    BOOKS.scan(&Stretch::ids(""), 1_000, None)
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static SHELF: Component =
    Component::new("shelf", "1.0.0", "书架", "Shelf").collections(&[&BOOKS]).operations(&[
        put("/books/{id}", handler!(put_book)).roles(RESIDENT).title("放书", "Put a book"),
        get("/books", handler!(list_books)).roles(RESIDENT).title("书目", "List books"),
    ]);
linli_sdk::export!(SHELF);
