//! What comes with a good answer: pages with a `Link`, tags, compression, ids.

use std::io::Read;

use expect_test::expect;
use flate2::read::GzDecoder;
use linli_tests::world::World;
use serde_json::json;

use super::check;

#[test]
fn a_list_goes_on_where_its_link_leads() {
    let here = World::shared().neighbourhood(0);
    let announced: Vec<_> = (0..5).map(|n| here.activity(n + 1, &json!({}))).collect();
    let first = here.call("GET", "activity-signup/activities?limit=2&status=scheduled").send();
    let link = first.header("link");
    let path = here.path("activity-signup/activities?limit=2&status=scheduled&cursor=");
    assert!(link.starts_with(&format!("<{path}")) && link.ends_with(">; rel=\"next\""), "{link}");
    let listed = here.all(&here.worker(), "activity-signup/activities?limit=2");
    let mut ids: Vec<_> = listed.iter().map(|activity| activity["id"].as_str().unwrap().to_owned()).collect();
    ids.sort();
    let mut expected = announced;
    expected.sort();
    assert_eq!(ids, expected, "each once");
    let astray = here.call("GET", "activity-signup/activities?cursor=astray").english().send();
    check(
        &astray,
        &expect![[r#"
        422
        cache-control: no-store
        content-language: en
        content-type: application/problem+json
        vary: accept-language
        x-content-type-options: nosniff
        x-request-id: REQUEST

        {
          "type": "/problems/cursor-invalid",
          "title": "Input not acceptable",
          "status": 422,
          "code": "cursor-invalid",
          "detail": "The page marker is not valid here; start again from the first page.",
          "detail_zh": "翻页标记已失效，请从第一页重新查看。",
          "detail_en": "The page marker is not valid here; start again from the first page.",
          "pointer": "/cursor",
          "request_id": "REQUEST"
        }
    "#]],
    );
}

#[test]
fn who_has_the_newest_is_told_so_and_nothing_else() {
    let here = World::shared().neighbourhood(1);
    let activity = here.activity(2, &json!({}));
    let path = format!("activity-signup/activities/{activity}");
    let shown = here.call("GET", &path).send();
    let tag = shown.header("etag").to_owned();
    let again = |tags: &str| here.call("GET", &path).header("if-none-match", tags).send();
    for tags in [tag.clone(), format!("\"other\", W/{tag}"), "*".to_owned()] {
        let reply = again(&tags);
        assert_eq!((reply.status, reply.bytes.len(), reply.header("etag")), (304, 0, tag.as_str()), "{tags}");
    }
    assert_eq!(again("\"other\"").status, 200);
    here.sign_up(&here.resident(0), &activity, 1).expect(201);
    let changed = again(&tag);
    assert_eq!(changed.status, 200);
    assert_ne!(changed.header("etag"), tag);
    check(
        &changed,
        &expect![[r#"
            200
            cache-control: private, no-cache
            content-type: application/json
            etag: TAG
            x-content-type-options: nosniff
            x-request-id: REQUEST

            {
              "id": "ID",
              "title": "八段锦",
              "description": "",
              "place": "社区广场",
              "starts_at": "2026-05-11T01:00:00Z",
              "ends_at": "2026-05-11T03:00:00Z",
              "status": "scheduled",
              "capacity": 2,
              "places_left": 1,
              "waitlisted": 0,
              "signup_opens_at": "2026-05-01T01:30:00Z",
              "signup_closes_at": "2026-05-11T01:00:00Z",
              "min_age": null,
              "max_age": null,
              "quotas": [],
              "lottery": null,
              "points_on_check_in": 0
            }
        "#]],
    );
}

#[test]
fn who_takes_gzip_gets_it_and_the_same_content() {
    let here = World::shared().neighbourhood(0);
    let activity = here.activity(9, &json!({ "description": "每天早上。".repeat(300) }));
    let path = format!("activity-signup/activities/{activity}");
    let plain = here.call("GET", &path).send();
    assert_eq!(plain.header("content-encoding"), "");
    let packed = here.call("GET", &path).header("accept-encoding", "br, gzip").send();
    assert_eq!(packed.header("content-encoding"), "gzip");
    assert!(packed.header("vary").contains("accept-encoding") && packed.bytes.len() < plain.bytes.len());
    assert_eq!(packed.header("etag"), format!("W/{}", plain.header("etag")), "other bytes, so a weak tag");
    let mut unpacked = Vec::new();
    GzDecoder::new(packed.bytes.as_slice()).read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, plain.bytes);
    let refused = here.call("GET", &path).header("accept-encoding", "gzip;q=0").send();
    assert_eq!(refused.header("content-encoding"), "");
    let known = here.call("GET", &path).header("accept-encoding", "gzip");
    assert_eq!(known.header("if-none-match", packed.header("etag")).send().status, 304);
}

#[test]
fn every_answer_has_an_id_of_its_own() {
    let here = World::shared().neighbourhood(0);
    let ids: std::collections::BTreeSet<String> = (0..20)
        .map(|n| if n % 2 == 0 { "activity-signup/activities" } else { "activity-signup/nothing" })
        .map(|path| here.call("GET", path).send().header("x-request-id").to_owned())
        .collect();
    assert_eq!(ids.len(), 20);
    assert!(ids.iter().all(|id| id.len() == 13));
}

#[test]
fn a_component_shows_pages_that_can_do_nothing() {
    let here = World::shared().neighbourhood(0);
    check(
        &here.call("GET", "notebook/cover").send(),
        &expect![[r#"
        200
        cache-control: private, no-cache
        content-security-policy: sandbox; default-src 'none'; style-src 'unsafe-inline'
        content-type: text/html; charset=utf-8
        etag: TAG
        x-content-type-options: nosniff
        x-request-id: REQUEST

        <!doctype html><title>笔记</title>
    "#]],
    );
}
