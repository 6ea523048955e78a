//! A request: method, path, query, headers and body, through admission to the response, as the ingress goes about it.

#![no_main]

use http::request::Parts;
use libfuzzer_sys::fuzz_target;
use linli_contract::{Answer, Area, Community, Content, Problem, ProblemKind, Reply, Status};
use linli_fuzz::{door, read, responses};
use linli_gateway::{Admitted, Gateway, Rejection, respond_problem};

/// Bytes of a component that may be uploaded.
const COMPONENT: usize = 1024;
/// As the ingress makes them.
const REQUEST_ID: &str = "01HZX";

fuzz_target!(|bytes: &[u8]| {
    let Some((parts, body)) = read::request(bytes) else { return };
    let gateway = door::gateway();
    let now = door::now();
    let answered = if Gateway::is_platform_path(parts.uri.path()) {
        platform(&parts, body)
    } else if let Some(joined) = gateway.admit_joined(&parts, now) {
        joined.and_then(|admitted| page(&admitted, &parts, body))
    } else {
        gateway.admit(&parts, now).and_then(|admitted| call(&admitted, &parts, body))
    };
    if let Err(rejection) = answered {
        let response = rejection.respond(&parts.headers, REQUEST_ID);
        assert_eq!(response.status().as_u16(), rejection.status());
        responses::refusal(&response);
    }
});

fn platform(parts: &Parts, body: &[u8]) -> Result<(), Rejection> {
    let call = door::gateway().admit_platform(parts, door::now(), COMPONENT)?;
    assert!(call.identity().subject.is_some());
    responses::input(&call.input(body)?.json);
    let problem = Problem::new(ProblemKind::Conflict, "no", "不行。", "No.");
    responses::refusal(&respond_problem(&problem, &parts.headers, REQUEST_ID));
    Ok(())
}

fn call(admitted: &Admitted, parts: &Parts, body: &[u8]) -> Result<(), Rejection> {
    let input = admitted.input(body)?;
    responses::input(&input.json);
    let again = door::gateway().admit(parts, door::now())?;
    assert_eq!(again.identity(), admitted.identity());
    assert!(again.input(body)? == input, "the same request is another");
    assert_eq!(again.idempotency(&input), admitted.idempotency(&input));
    for answer in answers(&input.json, body) {
        responses::answer(&admitted.respond(answer, &parts.headers, REQUEST_ID));
    }
    Ok(())
}

/// A list of a street: the body stands for what its communities answer.
fn page(admitted: &Admitted<Area>, parts: &Parts, body: &[u8]) -> Result<(), Rejection> {
    let input = admitted.input(&[])?;
    let communities: Vec<Community> = ["330105001001", "330105001002", "330105001003"]
        .iter()
        .filter_map(|code| code.parse().ok())
        .collect();
    let join = admitted.join(&input, &communities)?;
    let calls: Vec<_> = join.calls().collect();
    assert!(calls.len() <= communities.len());
    calls.iter().for_each(|(_, input)| responses::input(input));
    let mut parts_of_body = body.split(|byte| *byte == b'\n').map(String::from_utf8_lossy);
    let mut told = |_: &_| {
        let content = Content::Json(parts_of_body.next().unwrap_or_default().into_owned());
        let next = parts_of_body.next().filter(|next| !next.is_empty()).map(|next| next.into_owned());
        Ok(Answer::Reply(Reply { status: Status::Ok, content, next }))
    };
    let answers = calls.iter().map(&mut told).collect();
    responses::answer(&admitted.respond(join.page(answers)?, &parts.headers, REQUEST_ID));
    Ok(())
}

/// What a component could answer, each out of what came.
fn answers(json: &str, body: &[u8]) -> Vec<Answer> {
    let text = String::from_utf8_lossy(body).into_owned();
    let cursor = (!text.is_empty()).then(|| text.clone());
    let problem = Problem {
        data: Some(json.into()),
        pointer: Some(text.clone().into()),
        ..Problem::new(ProblemKind::Gone, "gone", "已过期。", "It is over.")
    };
    let contents = [
        Content::None,
        Content::Json(json.to_owned()),
        Content::Html(text.clone()),
        Content::Media { content_type: text, bytes: body.to_vec() },
    ];
    let statuses = [Status::NoContent, Status::Ok, Status::Created, Status::Accepted];
    let replies = statuses.into_iter().zip(contents);
    let replies = replies
        .map(|(status, content)| Answer::Reply(Reply { status, content, next: cursor.clone() }))
        .chain([Answer::Problem(problem)]);
    replies.collect()
}
