//! Tasks call what an operator granted, once each, with a key that stays; nobody else calls anything.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener};
use std::sync::mpsc::{Receiver, channel};

use linli_host::{CallError, OutboundGrants, PlatformConfig, Trust};
use serde_json::{Value as Json, json};

use crate::world::{World, keyed, request};

/// A real server on a port of its own: answers every request with what `answer` makes of it, and tells what came.
fn server(answer: fn(&str) -> String) -> (SocketAddr, Receiver<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let (came, requests) = channel();
    std::thread::spawn(move || {
        for stream in listener.incoming() {
            let mut stream = stream.unwrap();
            let mut head = Vec::new();
            let mut byte = [0];
            while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|read| read == 1) {
                head.push(byte[0]);
            }
            let head = String::from_utf8(head).unwrap();
            let response = answer(&head);
            if came.send(head).is_err() {
                return;
            }
            // A client that has given up meanwhile is no concern of the server's.
            let _ = stream.write_all(response.as_bytes());
        }
    });
    (address, requests)
}

fn hello(_: &str) -> String {
    "HTTP/1.1 200 OK\r\ncontent-length: 5\r\nconnection: close\r\n\r\nhello".to_owned()
}

async fn world(address: SocketAddr, per_minute: u32) -> World {
    let origin = format!("http://{address}").parse().unwrap();
    let outbound: OutboundGrants = [("errands".to_owned(), [(origin, per_minute)].into())].into();
    World::configured(|config| PlatformConfig { outbound, ..config }, &[("errands", Trust::Core)]).await
}

fn errand(url: &str) -> Json {
    json!({ "method": "GET", "url": url, "timeout": 5_000 })
}

async fn failure(world: &World, input: Json) -> String {
    let outcome = world.ok(request("errands", "run_errand", input)).await;
    outcome["failure"].as_str().unwrap_or("none").to_owned()
}

#[tokio::test]
async fn a_task_calls_and_its_reaction_writes() {
    let (address, requests) = server(hello);
    let world = world(address, 60).await;
    let outcome = world.ok(request("errands", "run_errand", errand(&format!("http://{address}/a?b")))).await;
    assert_eq!((&outcome["status"], &outcome["body"]), (&json!(200), &json!("hello")));
    assert!(requests.recv().unwrap().starts_with("GET /a?b HTTP/1.1\r\n"));
    assert_eq!(world.ok(request("errands", "list_outcomes", json!({}))).await["items"], json!([]));
    assert_eq!(world.platform.deliver_due().await, 1);
    let written = world.ok(request("errands", "list_outcomes", json!({}))).await;
    assert_eq!(written["items"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn the_same_task_sent_again_carries_the_same_key_outside() {
    let (address, requests) = server(hello);
    let world = world(address, 60).await;
    let key_of = |head: String| {
        let line = head.lines().find(|line| line.starts_with("idempotency-key: ")).map(str::to_owned);
        line.expect("every request has a key")
    };
    let again = || keyed(1, 1, request("errands", "run_errand", errand(&format!("http://{address}/"))));
    world.ok(again()).await;
    let first = key_of(requests.recv().unwrap());
    // On a store that lost the answer, as after a crash between the call and the commit.
    let restarted = self::world(address, 60).await;
    restarted.ok(again()).await;
    assert_eq!(key_of(requests.recv().unwrap()), first);
    let other = keyed(2, 1, request("errands", "run_errand", errand(&format!("http://{address}/"))));
    restarted.ok(other).await;
    assert_ne!(key_of(requests.recv().unwrap()), first);
}

#[tokio::test]
async fn nothing_but_what_was_granted_is_called() {
    let (address, requests) = server(hello);
    let world = world(address, 60).await;
    for url in [
        "http://127.0.0.1:1/".to_owned(),
        format!("https://{address}/"),
        format!("http://localhost:{}/", address.port()),
        "https://elsewhere.invalid/".to_owned(),
    ] {
        assert_eq!(failure(&world, errand(&url)).await, "NotGranted", "{url}");
    }
    for url in ["/", "nonsense", "ftp://127.0.0.1/", &format!("http://user:word@{address}/")] {
        assert_eq!(failure(&world, errand(url)).await, "InvalidRequest", "{url}");
    }
    assert!(requests.try_recv().is_err(), "nothing was sent");
    let plugin = World::with(&[("errands", Trust::Plugin)]).await;
    assert_eq!(failure(&plugin, errand("https://granted.invalid/")).await, "NotGranted");
}

#[tokio::test]
async fn a_request_that_would_speak_for_the_platform_is_none() {
    let (address, _requests) = server(hello);
    let world = world(address, 60).await;
    let url = format!("http://{address}/");
    for (name, value) in
        [("Host", "other"), ("Idempotency-Key", "mine"), ("content-length", "0"), ("x", "a\r\nb: c")]
    {
        let input = json!({ "method": "GET", "url": url, "timeout": 5_000, "headers": [[name, value]] });
        assert_eq!(failure(&world, input).await, "InvalidRequest", "{name}");
    }
    for (method, timeout) in [("CONNECT", 1_000), ("GET", 0), ("GET", 30_001)] {
        let input = json!({ "method": method, "url": url, "timeout": timeout });
        assert_eq!(failure(&world, input).await, "InvalidRequest", "{method} {timeout}");
    }
}

#[tokio::test]
async fn a_redirect_is_an_answer_and_is_not_followed() {
    let (address, requests) = server(|_| {
        "HTTP/1.1 302 Found\r\nlocation: /elsewhere\r\ncontent-length: 0\r\nconnection: close\r\n\r\n"
            .to_owned()
    });
    let world = world(address, 60).await;
    let outcome = world.ok(request("errands", "run_errand", errand(&format!("http://{address}/")))).await;
    assert_eq!(outcome["status"], 302);
    requests.recv().unwrap();
    assert!(requests.try_recv().is_err());
}

#[tokio::test]
async fn so_many_calls_a_minute_and_a_task() {
    let (address, requests) = server(hello);
    let world = world(address, 2).await;
    let url = format!("http://{address}/");
    let input = |times: u32| json!({ "method": "GET", "url": url, "timeout": 5_000, "times": times });
    assert_eq!(failure(&world, input(2)).await, "none");
    assert_eq!(failure(&world, input(1)).await, "OverLimit");
    assert_eq!(requests.try_iter().count(), 2);
    let generous = self::world(address, 1_000).await;
    assert_eq!(failure(&generous, input(17)).await, "OverLimit");
    assert_eq!(requests.try_iter().count(), 16);
}

#[tokio::test]
async fn what_does_not_answer_or_answers_too_much_is_told_apart() {
    // Closed again; and no other test listens at this address, so nobody else has the port by then.
    let nobody = TcpListener::bind("127.0.0.2:0").unwrap().local_addr().unwrap();
    let world = self::world(nobody, 60).await;
    assert_eq!(failure(&world, errand(&format!("http://{nobody}/"))).await, "Unreachable");

    let (silent, _requests) = server(|_| String::new());
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let deaf = listener.local_addr().unwrap();
    let world = self::world(deaf, 60).await;
    let input = json!({ "method": "GET", "url": format!("http://{deaf}/"), "timeout": 50 });
    assert_eq!(failure(&world, input).await, "TimedOut");
    let world = self::world(silent, 60).await;
    assert_eq!(failure(&world, errand(&format!("http://{silent}/"))).await, "Unreachable");

    let (large, _requests) = server(|_| {
        let body = "x".repeat(linli_contract::limits::MAX_REPLY_BYTES + 1);
        format!("HTTP/1.1 200 OK\r\ncontent-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
    });
    let world = self::world(large, 60).await;
    assert_eq!(failure(&world, errand(&format!("http://{large}/"))).await, "TooLarge");
}

#[tokio::test]
async fn outside_a_task_it_is_misuse() {
    let world = World::with(&[("hostile", Trust::Core)]).await;
    let called = world.call(request("hostile", "call_outside", json!({}))).await;
    assert_eq!(called, Err(CallError::Trapped));
}

/// A plugin with a permission for `localhost`, and what the operator granted besides.
async fn traveller(origins: &[String]) -> World {
    let granted = origins.iter().map(|origin| (origin.parse().unwrap(), 60)).collect();
    let outbound: OutboundGrants = [("merchant".to_owned(), granted)].into();
    let world = World::configured(|config| PlatformConfig { outbound, ..config }, &[]).await;
    crate::merchants::install(&world, "merchant", crate::merchants::grant("golden-market", <_>::default()))
        .await;
    world
}

async fn travelled(world: &World, url: &str) -> Json {
    world.ok(request("merchant", "travel", json!({ "url": url }))).await["outside"].take()
}

#[tokio::test]
async fn a_plugin_reaches_no_address_that_is_not_public_but_by_the_operators_own_word() {
    let (address, requests) = server(hello);
    let port = address.port();
    // A name leads where its owner wants: this one to the machine itself.
    let by_name = format!("http://localhost:{port}");
    let world = traveller(std::slice::from_ref(&by_name)).await;
    assert_eq!(travelled(&world, &format!("{by_name}/")).await, "NotGranted");
    assert_eq!(travelled(&world, "https://localhost/").await, "NotGranted", "its own permission");
    assert_eq!(travelled(&world, &format!("http://127.0.0.1:{port}/")).await, "NotGranted");
    assert!(requests.try_recv().is_err(), "nothing was sent");
    let by_address = format!("http://{address}");
    let world = traveller(std::slice::from_ref(&by_address)).await;
    assert_eq!(travelled(&world, &format!("{by_address}/")).await, "200");
    assert_eq!(requests.try_iter().count(), 1);
}

#[tokio::test]
async fn a_core_function_reaches_the_operators_network_by_name() {
    let (address, _requests) = server(hello);
    let origin = format!("http://localhost:{}", address.port());
    let granted = [(origin.parse().unwrap(), 60)].into();
    let outbound: OutboundGrants = [("errands".to_owned(), granted)].into();
    let configure = |config| PlatformConfig { outbound, ..config };
    let world = World::configured(configure, &[("errands", Trust::Core)]).await;
    let outcome = world.ok(request("errands", "run_errand", errand(&format!("{origin}/")))).await;
    assert_eq!(outcome["status"], 200);
}

#[tokio::test]
async fn a_plugins_calls_outside_are_counted_by_the_minute() {
    let (address, requests) = server(hello);
    let origin = format!("http://{address}");
    let granted = [(origin.parse().unwrap(), 1)].into();
    let outbound: OutboundGrants = [("merchant".to_owned(), granted)].into();
    let world = World::configured(|config| PlatformConfig { outbound, ..config }, &[]).await;
    crate::merchants::install(&world, "merchant", crate::merchants::grant("golden-market", <_>::default()))
        .await;
    assert_eq!(travelled(&world, &format!("{origin}/")).await, "200");
    assert_eq!(travelled(&world, &format!("{origin}/")).await, "OverLimit");
    assert_eq!(requests.try_iter().count(), 1);
}
