//! Forms: every violation with its place, and agreement with a whole JSON Schema validator.

use linli_affair_submission::form::{Schema, Violation};

use super::*;

fn violations(name: &str, form: &Value) -> Vec<Violation> {
    sample::affair(name).form.violations(form.as_object().unwrap())
}

fn found(name: &str, change: impl Fn(&mut Value)) -> Vec<(String, &'static str)> {
    let mut form = sample::form(name);
    change(&mut form);
    violations(name, &form).into_iter().map(|v| (v.pointer, v.code)).collect()
}

#[test]
fn every_violation_is_named_with_its_place() {
    let name = "minimum-living-allowance";
    assert_eq!(violations(name, &sample::form(name)), []);
    let places = found(name, |form| {
        form.as_object_mut().unwrap().remove("hardship");
        form["authorisation"] = json!(false);
        form["homes"] = json!("1");
        form["savings_fen"] = json!(-1);
        form["bank"] = json!("");
        form["address"] = json!("长".repeat(121));
        form["members"][0]["relation"] = json!("neighbour");
        form["members"][0]["citizen_number"] = json!("110105194912310021");
        form["members"][0]["nickname"] = json!("x");
        form["a/b"] = json!(1);
    });
    assert_eq!(
        places,
        [
            ("/address".to_owned(), "maxLength"),
            ("/members/0/citizen_number".to_owned(), "citizen-number"),
            ("/members/0/relation".to_owned(), "oneOf"),
            ("/members/0/nickname".to_owned(), "additionalProperties"),
            ("/savings_fen".to_owned(), "minimum"),
            ("/homes".to_owned(), "type"),
            ("/hardship".to_owned(), "required"),
            ("/bank".to_owned(), "minLength"),
            ("/authorisation".to_owned(), "const"),
            ("/a~1b".to_owned(), "additionalProperties"),
        ]
    );
    let many = found(name, |form| form["members"] = json!(vec![json!({}); 13]));
    assert_eq!(many, [("/members".to_owned(), "maxItems")]);
}

#[test]
fn one_field_is_required_when_another_has_a_value() {
    let without = |tenure: &str| {
        found("residence-proof", |form| {
            form["tenure"] = json!(tenure);
            form.as_object_mut().unwrap().remove("landlord");
            form.as_object_mut().unwrap().remove("relative");
        })
    };
    assert_eq!(without("own"), []);
    assert_eq!(without("rent"), [("/landlord".to_owned(), "required")]);
    assert_eq!(without("family"), [("/relative".to_owned(), "required")]);
}

/// The check digits of the domain, through the form.
#[test]
fn citizen_numbers_have_a_date_that_exists_and_the_right_check_character() {
    for (number, good) in [
        ("11010519491231002X", true),
        ("440524188001010014", true),
        ("34052419800101001X", true),
        ("110105194912310021", false),
        ("110105194902290021", false),
        ("11010519491231002x", false),
        ("11010519491231002", false),
    ] {
        let found = found("elder-card", |form| form["citizen_number"] = json!(number));
        assert_eq!(found.is_empty(), good, "{number}");
    }
}

#[test]
fn a_whole_validator_agrees() {
    for name in ["elder-card", "residence-proof", "birth-registration", "minimum-living-allowance", "newborn"]
    {
        let schema: Schema = sample::affair(name).form;
        let json = serde_json::to_value(&schema).unwrap();
        let whole = jsonschema::options().should_validate_formats(true).build(&json).unwrap();
        let form = sample::form(name);
        assert!(whole.is_valid(&form), "{name}");
        // Each field taken away, made another type, and made empty.
        for field in form.as_object().unwrap().keys() {
            for wrong in
                [None, Some(json!(null)), Some(json!([])), Some(json!("")), Some(json!({})), Some(json!(7))]
            {
                let mut changed = form.clone();
                match wrong {
                    None => drop(changed.as_object_mut().unwrap().remove(field)),
                    Some(wrong) => changed[field] = wrong,
                }
                let ours = schema.violations(changed.as_object().unwrap());
                // The formats it does not know are checked by us alone.
                let formats = ["citizen-number", "mobile-phone", "bank-card"];
                let by_keyword = ours.iter().all(|violation| formats.contains(&violation.code));
                assert_eq!(by_keyword, whole.is_valid(&changed), "{name}: {field} of {changed}: {ours:?}");
            }
        }
    }
}
