//! What happens later: events, timers, tasks.

use linli_sdk::Delivered;
use linli_sdk::outbound::{self, Failure, Request, Response};

use super::*;

const RANG: Timer<Note> = Timer::new("bell.rang");
const HEARD: Event<Note> = Event::new("weather.heard");

fn remind(told: Told) -> Result<Note, Problem> {
    let at = context::now().plus_seconds(told.number);
    let timer = RANG.schedule(at, &note(&told.what, "rang", told.number));
    Ok(note(&timer, "set", 0))
}

fn hush(told: Told) -> Result<bool, Problem> {
    Ok(linli_sdk::cancel(&told.what))
}

fn ring(mut rung: Note) -> Result<(), Problem> {
    rung.weight = context::now().micros() / 1_000_000;
    keep(&rung);
    if rung.id == "again" {
        RANG.schedule(context::now(), &note("echo", "rang", 0));
    }
    assert!(context::caller().has(Role::System) && context::subject().is_err());
    Ok(())
}

fn ask_for_weather(told: Told) -> Result<Note, Problem> {
    let request =
        Request { method: "GET".to_owned(), url: told.what, headers: vec![], body: vec![], timeout: 1_000 };
    match outbound::send(&request) {
        Ok(response) => {
            let heard = note("weather", std::str::from_utf8(&response.body).unwrap(), 0);
            HEARD.publish(&heard);
            Ok(heard)
        }
        Err(failure) => Err(Problem::unavailable("no-weather", "暂无天气。", format!("{failure:?}"))),
    }
}

fn write_down(heard: Note) -> Result<(), Problem> {
    keep(&heard);
    Ok(())
}

fn welcome(arrived: Note, event: &Delivered) -> Result<(), Problem> {
    if arrived.text.is_empty() {
        return Err(Problem::invalid("nameless", "没有姓名。", "No name."));
    }
    keep(&note(&event.id, &arrived.text, 0));
    Ok(())
}

fn ask_in_a_command(told: Told) -> Result<Note, Problem> {
    ask_for_weather(told)
}

fn write_in_a_task(_: Told) -> Result<NoContent, Problem> {
    keep(&note("a", "x", 1));
    Ok(NoContent)
}

fn read(told: Told) -> Result<Note, Problem> {
    NOTES.get(&told.what).ok_or_else(|| Problem::not_found("note-unknown", "没有。", "None."))
}

static LATER: Component = Component::new("later", "1.0.0", "以后", "Later")
    .collections(&[&NOTES])
    .publishes(&[&HEARD])
    .permissions(&[Grant::Outbound("weather.example", 60)])
    .reactions(&[
        on_timer!(RANG, ring),
        on_event!("later", "weather.heard", write_down),
        on_event!("platform", "person.arrived", welcome),
    ])
    .operations(&[
        post("/bells", handler!(remind)).roles(&[Role::Resident]).title("提醒", "Remind"),
        delete("/bells", handler!(hush)).roles(&[Role::Resident]).title("取消", "Hush"),
        post("/weather", handler!(ask_for_weather)).task().roles(&[Role::Resident]).title("天气", "Weather"),
        post("/commands", handler!(ask_in_a_command)).roles(&[Role::Resident]).title("问", "Ask"),
        post("/tasks", handler!(write_in_a_task)).task().roles(&[Role::Resident]).title("写", "Write"),
        get("/notes", handler!(read)).roles(&[Role::Resident]).title("读", "Read"),
    ]);

fn seconds(time: &str) -> i64 {
    time.parse::<Timestamp>().unwrap().micros() / 1_000_000
}

#[test]
fn timers_fire_at_their_own_time_the_earliest_first() {
    let platform = Platform::new(&LATER);
    let resident = platform.resident(30);
    for (what, after) in [("late", 7_200), ("early", 60), ("again", 120)] {
        platform.call(&resident, "remind", json!({ "what": what, "number": after })).ok();
    }
    let read = |what: &str| platform.call(&resident, "read", json!({ "what": what }));
    platform.advance(59);
    assert_eq!(read("early").code(), "note-unknown");
    platform.advance_to("2026-05-01T12:00:00+08:00");
    let at = |what: &str| read(what).ok()["weight"].as_i64().unwrap();
    let start = seconds("2026-05-01T09:00:00+08:00");
    assert_eq!(
        (at("early"), at("again"), at("echo"), at("late")),
        (start + 60, start + 120, start + 120, start + 7_200)
    );
}

#[test]
fn a_cancelled_timer_does_not_fire() {
    let platform = Platform::new(&LATER);
    let resident = platform.resident(30);
    let timer = platform.call(&resident, "remind", json!({ "what": "x", "number": 60 })).ok();
    let hush = || platform.call(&resident, "hush", json!({ "what": timer["id"] })).ok();
    assert_eq!((hush(), hush()), (json!(true), json!(false)));
    platform.advance(3_600);
    assert_eq!(platform.call(&resident, "read", json!({ "what": "x" })).code(), "note-unknown");
}

#[test]
fn a_task_calls_out_and_its_reaction_writes() {
    let platform = Platform::new(&LATER);
    let resident = platform.resident(30);
    let ask = |url: &str| platform.call(&resident, "ask_for_weather", json!({ "what": url }));
    assert_eq!(ask("https://weather.example/today").problem().detail.en, "Unreachable");
    platform.answer_outbound(|request| {
        assert!(request.url.ends_with("/today"));
        Ok::<_, Failure>(Response { status: 200, headers: vec![], body: "晴".into() })
    });
    assert_eq!(ask("https://weather.example/today").ok()["text"], "晴");
    for foreign in [
        "https://elsewhere.example/today",
        "http://weather.example/today",
        "https://weather.example.evil/today",
    ] {
        assert_eq!(ask(foreign).problem().detail.en, "NotGranted");
    }
    platform.settle();
    assert_eq!(platform.call(&resident, "read", json!({ "what": "weather" })).ok()["text"], "晴");
}

#[test]
fn commands_do_not_call_out_and_tasks_do_not_write() {
    let platform = Platform::new(&LATER);
    let resident = platform.resident(30);
    let trap =
        platform.call(&resident, "ask_in_a_command", json!({ "what": "https://weather.example" })).trap();
    assert!(trap.contains("outside call"), "{trap}");
    let trap = platform.call(&resident, "write_in_a_task", json!({})).trap();
    assert!(trap.contains("does not write"), "{trap}");
}

#[test]
fn an_event_of_another_is_taken_or_refused_as_a_whole() {
    let platform = Platform::new(&LATER);
    let arrive =
        |text: &str| platform.deliver("platform", "person.arrived", json!({ "id": "x", "text": text }));
    assert_eq!(arrive("").unwrap_err().code, "nameless");
    arrive("新邻居").unwrap();
    platform.verify();
}
