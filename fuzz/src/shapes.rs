//! Descriptors of any shape, leaning towards what the contract knows: made of bytes one after the other, so that a
//! change of a byte changes one thing.

use arbitrary::{Result, Unstructured};
use linli_contract::{
    AccountDeclaration, Attribute, Collection, Descriptor, EventDeclaration, Index, Method, Operation,
    OperationKind, Permission, Role, Setting, Subscription, Text,
};
use serde_json::{Map, Value};

/// Items of one list.
const MOST: usize = 4;
/// Schemas within each other.
const DEPTH: usize = 6;

const NAMES: [&str; 10] =
    ["bakery", "linli", "plugins", "a", "a_b", "a-b", "order.created", "noun.verb-done", "", "A"];
const VERSIONS: [&str; 6] = ["0.1.0", "0.2.0", "1.0.0-rc.1", "1", "1.2.3+4", "99999999999.0.0"];
const PATHS: [&str; 9] =
    ["/a", "/a/{id}", "/a/{id}/b", "/a/{x}", "/{id}/{id}", "/", "a", "/a//b", "/{a}/{b}/{c}"];
const POINTERS: [&str; 6] = ["/a", "/a/b", "/~0~1", "", "a", "/0"];
const BOOKS: [&str; 4] = ["points", "CNY", "", "xyz"];
const KEYWORDS: [&str; 34] = [
    "type",
    "properties",
    "required",
    "items",
    "$ref",
    "$defs",
    "anyOf",
    "oneOf",
    "allOf",
    "not",
    "enum",
    "const",
    "pattern",
    "minimum",
    "maximum",
    "maxLength",
    "minItems",
    "format",
    "patternProperties",
    "additionalProperties",
    "prefixItems",
    "if",
    "then",
    "$id",
    "$anchor",
    "$dynamicRef",
    "dependentSchemas",
    "multipleOf",
    "uniqueItems",
    "contains",
    "unevaluatedProperties",
    "default",
    "id",
    "$schema",
];
const WORDS: [&str; 18] = [
    "object",
    "string",
    "integer",
    "array",
    "null",
    "#",
    "#/$defs/id",
    "#/properties/id",
    "id",
    "(",
    "a*",
    "^(a+)+$",
    "\\p{L}{1,100}",
    "date",
    "email",
    "https://json-schema.org/draft/2020-12/schema",
    "#id",
    "",
];

/// One descriptor; from what is left, so that two can come out of one input.
///
/// # Errors
/// None: when the bytes are used up, the rest is empty.
pub fn descriptor(from: &mut Unstructured<'_>) -> Result<Descriptor> {
    let name = from.choose(&NAMES)?.parse().unwrap_or_else(|_| "bakery".parse().expect("a name"));
    Ok(Descriptor {
        name,
        version: (*from.choose(&VERSIONS)?).to_owned(),
        title: text(from)?,
        operations: several(from, operation)?,
        collections: several(from, collection)?,
        publishes: several(from, |from| {
            Ok(EventDeclaration { name: word(from, &NAMES)?, schema: schema(from)? })
        })?,
        subscribes: several(from, |from| {
            Ok(Subscription { publisher: word(from, &NAMES)?, name: word(from, &NAMES)? })
        })?,
        settings: several(from, setting)?,
        accounts: several(from, |from| {
            let (name, book) = (word(from, &NAMES)?, word(from, &BOOKS)?);
            Ok(AccountDeclaration { name, book, floor: from.arbitrary()? })
        })?,
        permissions: several(from, permission)?,
    })
}

fn several<T>(
    from: &mut Unstructured<'_>,
    one: impl Fn(&mut Unstructured<'_>) -> Result<T>,
) -> Result<Vec<T>> {
    let count = from.int_in_range(0..=MOST)?;
    (0..count).map(|_| one(from)).collect()
}

/// One of the words, or anything.
fn word(from: &mut Unstructured<'_>, words: &[&'static str]) -> Result<String> {
    if from.ratio(1, 8)? { from.arbitrary() } else { Ok((*from.choose(words)?).to_owned()) }
}

fn text(from: &mut Unstructured<'_>) -> Result<Text> {
    let plain = Text::new("看", "Look");
    if from.ratio(1, 8)? {
        Ok(Text::new(from.arbitrary::<String>()?, from.arbitrary::<String>()?))
    } else {
        Ok(plain)
    }
}

fn operation(from: &mut Unstructured<'_>) -> Result<Operation> {
    use Method::{Delete, Get, Patch, Post, Put};
    use OperationKind::{Command, Query, Task};
    Ok(Operation {
        name: word(from, &NAMES)?,
        kind: *from.choose(&[Query, Command, Task])?,
        method: *from.choose(&[Get, Post, Put, Patch, Delete])?,
        path: word(from, &PATHS)?,
        roles: several(from, |from| Ok(*from.choose(&Role::ALL)?))?,
        title: text(from)?,
        input: schema(from)?,
        output: if from.arbitrary()? { String::new() } else { schema(from)? },
        joined_by: several(from, |from| word(from, &POINTERS))?,
    })
}

fn collection(from: &mut Unstructured<'_>) -> Result<Collection> {
    let pointers = |from: &mut Unstructured<'_>| several(from, |from| word(from, &POINTERS));
    Ok(Collection {
        name: word(from, &NAMES)?,
        indexes: several(from, |from| Ok(Index { name: word(from, &NAMES)?, fields: pointers(from)? }))?,
        personal: pointers(from)?,
        keep_days: from.arbitrary()?,
    })
}

fn setting(from: &mut Unstructured<'_>) -> Result<Setting> {
    let default = match from.int_in_range(0..=2)? {
        0 => None,
        1 => Some(json(from, DEPTH, &WORDS)?.to_string()),
        _ => Some(from.arbitrary()?),
    };
    Ok(Setting {
        name: word(from, &NAMES)?,
        title: text(from)?,
        schema: schema(from)?,
        default,
        secret: from.arbitrary()?,
    })
}

fn permission(from: &mut Unstructured<'_>) -> Result<Permission> {
    use Attribute::{Address, Age, BirthDate, CitizenNumber, Grid, Name, Phone};
    let attributes = [Name, Phone, BirthDate, Age, CitizenNumber, Address, Grid];
    Ok(match from.int_in_range(0..=5)? {
        0 => Permission::People {
            attributes: several(from, |from| Ok(*from.choose(&attributes)?))?,
            purpose: text(from)?,
        },
        1 => Permission::DebitCaller { book: word(from, &BOOKS)?, max_per_call: from.arbitrary()? },
        2 => Permission::Issue(word(from, &BOOKS)?),
        3 => Permission::Sign(word(from, &NAMES)?),
        4 => Permission::Outbound { host: from.arbitrary()?, calls_per_minute: from.arbitrary()? },
        _ => Permission::Registry,
    })
}

/// Something like a schema; seldom anything at all.
fn schema(from: &mut Unstructured<'_>) -> Result<String> {
    if from.ratio(1, 16)? { from.arbitrary() } else { Ok(json(from, DEPTH, &KEYWORDS)?.to_string()) }
}

fn json(from: &mut Unstructured<'_>, depth: usize, names: &[&'static str]) -> Result<Value> {
    let sorts = if depth == 0 { 4 } else { 9 };
    Ok(match from.int_in_range(0..=sorts)? {
        0 => from.arbitrary::<bool>()?.into(),
        1 => from.arbitrary::<i64>()?.into(),
        2 => from.arbitrary::<f64>()?.into(),
        3 | 4 => word(from, &WORDS)?.into(),
        5 | 6 => several(from, |from| json(from, depth - 1, names))?.into(),
        _ => {
            let member =
                |from: &mut Unstructured<'_>| Ok((word(from, names)?, json(from, depth - 1, names)?));
            let mut members: Map<String, Value> = several(from, member)?.into_iter().collect();
            if from.arbitrary()? {
                members.insert("type".to_owned(), "object".into());
            }
            Value::Object(members)
        }
    })
}
