//! A well-behaved component: notes, numbers drawn one after the other, points, orders. What it answers while others misbehave
//! is what the tests look at.

mod looks;
mod numbers;
mod orders;
mod points;

use linli_sdk::prelude::*;

/// A note of its author.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Note {
    id: String,
    text: String,
    author: PersonRef,
}

const BY_AUTHOR: Index = Index::new("by_author", &["/author", "/id"]);
const NOTES: Collection<Note> = Collection::new("notes").indexes(&[BY_AUTHOR]);

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NewNote {
    #[schemars(length(min = 1, max = 2_000))]
    text: String,
}

fn create_note(new: NewNote) -> Result<Created<Note>, Problem> {
    let note = Note { id: context::new_id().to_string(), text: new.text, author: context::subject()? };
    NOTES.put(&note.id, &note);
    Ok(Created(note))
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct NoteId {
    id: String,
}

fn find(id: &str) -> Result<Note, Problem> {
    NOTES.get(id).ok_or_else(|| {
        Problem::not_found(
            "note-unknown",
            "没有这条笔记，请从列表中选择。",
            "There is no such note; choose from the list.",
        )
    })
}

fn get_note(NoteId { id }: NoteId) -> Result<Note, Problem> {
    find(&id)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct ChangedNote {
    id: String,
    #[schemars(length(min = 1, max = 2_000))]
    text: String,
}

fn replace_note(changed: ChangedNote) -> Result<Note, Problem> {
    let note = Note { text: changed.text, ..find(&changed.id)? };
    NOTES.put(&note.id, &note);
    Ok(note)
}

fn delete_note(NoteId { id }: NoteId) -> Result<NoContent, Problem> {
    find(&id)?;
    NOTES.delete(&id);
    Ok(NoContent)
}

#[derive(Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
struct Listing {
    #[serde(default = "page_size")]
    #[schemars(range(min = 1, max = 100))]
    limit: u32,
    cursor: Option<String>,
}

fn page_size() -> u32 {
    20
}

fn list_notes(listing: Listing) -> Result<Page<Note>, Problem> {
    NOTES.scan(&BY_AUTHOR.equal(context::subject()?.as_str()), listing.limit, listing.cursor.as_deref())
}

fn show_cover() -> Result<Html, Problem> {
    Ok(Html("<!doctype html><title>笔记</title>".to_owned()))
}

/// What the platform shows of a caller.
#[derive(Serialize, JsonSchema)]
struct Card {
    name: String,
    roles: usize,
    acted_for: bool,
}

fn show_card() -> Result<Card, Problem> {
    let caller = context::caller();
    let person = people::open(&context::subject()?).expect("the caller is in the directory");
    let name = person.masked(Attribute::Name).unwrap_or_default();
    Ok(Card { name, roles: caller.roles.len(), acted_for: caller.acted_by.is_some() })
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static NOTEBOOK: Component = Component::new("notebook", "0.1.0", "笔记", "Notebook")
    .collections(&[&NOTES, &numbers::NUMBERS, &orders::TOLD])
    .accounts(&[points::FUND])
    .permissions(&[
        Grant::Issue("points"),
        Grant::DebitCaller("points", 1_000),
        Grant::Registry,
        Grant::People(&[Attribute::Name], "用于在笔记上署名", "to sign notes"),
    ])
    .reactions(&[
        on_timer!(numbers::REMINDED, numbers::draw_for_reminder),
        on_event!("platform", "order.placed", orders::hear),
        on_event!("platform", "order.captured", orders::hear),
        on_event!("platform", "order.released", orders::hear),
        on_event!("platform", "order.refunded", orders::hear),
    ])
    .operations(&[
        post("/notes", handler!(create_note)).roles(RESIDENT).title("写笔记", "Write a note"),
        get("/notes", handler!(list_notes)).roles(RESIDENT).title("我的笔记", "My notes"),
        get("/notes/{id}", handler!(get_note)).roles(RESIDENT).title("看笔记", "Read a note"),
        put("/notes/{id}", handler!(replace_note)).roles(RESIDENT).title("改笔记", "Replace a note"),
        delete("/notes/{id}", handler!(delete_note)).roles(RESIDENT).title("删笔记", "Delete a note"),
        get("/cover", handler!(show_cover)).roles(&[Role::Anyone]).title("封面", "Cover"),
        get("/card", handler!(show_card)).roles(RESIDENT).title("名片", "My card"),
        post("/numbers", handler!(numbers::draw_number)).roles(RESIDENT).title("取号", "Draw a number"),
        get("/numbers", handler!(numbers::list_numbers)).roles(&[Role::Worker]).title("号码", "Numbers"),
        post("/reminders", handler!(numbers::remind)).roles(RESIDENT).title("提醒", "Remind"),
        post("/points", handler!(points::award_points))
            .roles(&[Role::Worker])
            .title("发积分", "Award points"),
        post("/gifts", handler!(points::give_points)).roles(RESIDENT).title("赠积分", "Give points"),
        get("/points", handler!(points::show_balance)).roles(RESIDENT).title("积分", "My points"),
        put("/providers/{provider}", handler!(orders::register_provider))
            .roles(&[Role::Worker])
            .title("登记服务商", "Register a provider"),
        get("/providers/{provider}", handler!(orders::show_provider))
            .roles(&[Role::Worker, Role::Provider])
            .title("查看服务商", "Show a provider"),
        post("/orders", handler!(orders::place_order)).roles(RESIDENT).title("下单", "Place an order"),
        post("/orders/{order}/settlement", handler!(orders::settle_order))
            .roles(&[Role::Worker])
            .title("结算", "Settle an order"),
        post("/orders/{order}/refunds", handler!(orders::refund_order))
            .roles(&[Role::Worker])
            .title("退款", "Refund an order"),
        post("/copies", handler!(looks::take_copy)).roles(RESIDENT).title("取一份", "Take a copy"),
        get("/copies", handler!(looks::show_copies)).roles(RESIDENT).title("余量", "Copies left"),
        get("/numbers/count", handler!(looks::count_numbers)).roles(RESIDENT).title("计数", "Count numbers"),
        get("/passed", handler!(looks::show_passed))
            .roles(RESIDENT)
            .title("已过", "Whether a moment has passed"),
        get("/hour", handler!(looks::show_hour)).roles(RESIDENT).title("几点", "The hour"),
        get("/time", handler!(looks::show_time)).roles(RESIDENT).title("时间", "The time"),
        get("/chance", handler!(looks::show_chance)).roles(RESIDENT).title("随机", "Chance"),
        get("/murmur", handler!(looks::murmur)).roles(RESIDENT).title("低语", "Murmur"),
        get("/told", handler!(orders::list_told)).roles(&[Role::Worker]).title("订单通知", "What was told"),
    ]);
linli_sdk::export!(NOTEBOOK);
