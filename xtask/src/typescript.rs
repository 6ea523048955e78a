//! The contract's types for authors who write JavaScript, made of `wit/`: `crates/sdk/js/contract.d.ts`, and in
//! `interfaces.d.ts` the modules the engine offers. `UPDATE_EXPECT=1 cargo test --release -p xtask` writes them.
#![cfg(test)]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::Path;

use wit_parser::{
    Docs, Function, FunctionKind, Handle, InterfaceId, Resolve, Type, TypeDef, TypeDefKind, TypeId, TypeOwner,
};

/// On top of both files.
const HEAD: &str =
    "// Made of the contract in `wit/`; see there for units, limits and errors. Not to be edited.\n\n";

struct Contract {
    resolve: Resolve,
    version: String,
    /// Each type's name here: that of the contract, behind its interface's when two interfaces have one of that name.
    names: BTreeMap<TypeId, String>,
}

impl Contract {
    fn read(root: &Path) -> Self {
        let mut resolve = Resolve::default();
        let (package, _) = resolve.push_dir(root.join("wit")).unwrap();
        let version = resolve.packages[package].name.version.as_ref().unwrap().to_string();
        let mut names = BTreeMap::<TypeId, String>::new();
        for id in resolve.packages[package].interfaces.values() {
            let interface = &resolve.interfaces[*id];
            for (name, ty) in &interface.types {
                if matches!(resolve.types[*ty].kind, TypeDefKind::Type(_)) && is_use(&resolve, *ty) {
                    continue;
                }
                let taken = |wanted: &String| names.values().any(|name| name == wanted);
                let plain = pascal(name);
                let prefixed = pascal(interface.name.as_ref().unwrap()) + &plain;
                let name = if taken(&plain) { prefixed } else { plain };
                names.insert(*ty, name);
            }
        }
        Self { resolve, version, names }
    }

    fn interfaces(&self) -> impl Iterator<Item = (InterfaceId, &str)> {
        let named = |(id, interface): (InterfaceId, &'_ wit_parser::Interface)| (id, interface.name.clone());
        let found: Vec<_> = self.resolve.interfaces.iter().map(named).collect();
        found.into_iter().map(|(id, _)| (id, self.resolve.interfaces[id].name.as_deref().unwrap()))
    }

    fn types(&self) -> String {
        let mut out = HEAD.to_owned();
        for (id, _) in self.interfaces() {
            for ty in self.resolve.interfaces[id].types.values().filter(|ty| self.names.contains_key(ty)) {
                let definition = &self.resolve.types[*ty];
                out.push_str(&docs("", &definition.docs));
                self.define(&self.names[ty], definition, &mut out);
                out.push('\n');
            }
        }
        out
    }

    fn define(&self, name: &str, definition: &TypeDef, out: &mut String) {
        match &definition.kind {
            TypeDefKind::Record(record) => {
                let _ = writeln!(out, "export interface {name} {{");
                for field in &record.fields {
                    let _ = write!(out, "{}", docs("  ", &field.docs));
                    let _ = writeln!(out, "  {}: {};", camel(&field.name), self.ty(&field.ty));
                }
                out.push_str("}\n");
            }
            TypeDefKind::Variant(variant) => {
                let _ = writeln!(out, "export type {name} =");
                for case in &variant.cases {
                    let value =
                        case.ty.as_ref().map(|ty| format!("; val: {}", self.ty(ty))).unwrap_or_default();
                    let _ = write!(out, "{}", docs("  ", &case.docs));
                    let _ = writeln!(out, "  | {{ tag: \"{}\"{value} }}", case.name);
                }
                out.truncate(out.trim_end().len());
                out.push_str(";\n");
            }
            TypeDefKind::Enum(cases) => {
                let cases: Vec<_> = cases.cases.iter().map(|case| format!("\"{}\"", case.name)).collect();
                let _ = writeln!(out, "export type {name} = {};", cases.join(" | "));
            }
            TypeDefKind::Resource => {
                let _ = writeln!(out, "export interface {name} {{");
                let methods = self.resolve.interfaces.iter().flat_map(|(_, i)| i.functions.values());
                for method in methods {
                    if let FunctionKind::Method(of) = method.kind
                        && self.names[&of] == name
                    {
                        out.push_str(&self.function("  ", method));
                    }
                }
                out.push_str("}\n");
            }
            TypeDefKind::Type(ty) => {
                let _ = writeln!(out, "export type {name} = {};", self.ty(ty));
            }
            other => panic!("{name}: no TypeScript for a {}", other.as_str()),
        }
    }

    fn modules(&self) -> String {
        let mut out = HEAD.to_owned();
        for (id, name) in self.interfaces() {
            let functions = &self.resolve.interfaces[id].functions;
            let own: Vec<_> = functions.values().filter(|f| f.kind == FunctionKind::Freestanding).collect();
            if own.is_empty() || name == "capability" {
                continue;
            }
            let _ = writeln!(out, "declare module \"linli:platform/{name}@{}\" {{", self.version);
            let body: String = own.iter().map(|function| self.function("    ", function)).collect();
            let word = |c: char| !c.is_ascii_alphanumeric();
            let used: Vec<_> = self
                .names
                .values()
                .filter(|name| body.split(word).any(|w| w == *name))
                .map(String::as_str)
                .collect();
            if !used.is_empty() {
                let _ = writeln!(out, "  import type {{ {} }} from \"./contract.js\";\n", used.join(", "));
            }
            let _ = writeln!(out, "  const functions: {{\n{body}  }};\n  export default functions;\n}}\n");
        }
        out
    }

    fn function(&self, indent: &str, function: &Function) -> String {
        let parameters = function.params.iter().filter(|parameter| parameter.name != "self");
        let parameters: Vec<_> =
            parameters.map(|p| format!("{}: {}", camel(&p.name), self.ty(&p.ty))).collect();
        let result = function.result.as_ref().map_or_else(|| "void".to_owned(), |ty| self.ty(ty));
        let name = camel(function.item_name());
        format!("{}{indent}{name}({}): {result};\n", docs(indent, &function.docs), parameters.join(", "))
    }

    fn ty(&self, ty: &Type) -> String {
        match ty {
            Type::Bool => "boolean".to_owned(),
            Type::Char | Type::String => "string".to_owned(),
            Type::Id(id) => self.defined(*id),
            // The engine passes 64 bits as a number, exact within ±(2^53-1): nothing beyond is ever passed.
            _ => "number".to_owned(),
        }
    }

    fn defined(&self, id: TypeId) -> String {
        if let Some(name) = self.names.get(&id) {
            return name.clone();
        }
        match &self.resolve.types[id].kind {
            TypeDefKind::Type(Type::Id(other)) => self.defined(*other),
            TypeDefKind::Type(ty) => self.ty(ty),
            TypeDefKind::Option(ty) => format!("{} | null", self.ty(ty)),
            TypeDefKind::List(Type::U8) => "Uint8Array".to_owned(),
            TypeDefKind::List(ty) => {
                let item = self.ty(ty);
                if item.contains(' ') { format!("({item})[]") } else { format!("{item}[]") }
            }
            // The error is thrown.
            TypeDefKind::Result(result) => {
                result.ok.as_ref().map_or_else(|| "void".to_owned(), |ty| self.ty(ty))
            }
            TypeDefKind::Handle(Handle::Own(of) | Handle::Borrow(of)) => self.defined(*of),
            other => panic!("no TypeScript for a {}", other.as_str()),
        }
    }
}

/// `use types.{role}`: the same type again.
fn is_use(resolve: &Resolve, id: TypeId) -> bool {
    let TypeDefKind::Type(Type::Id(other)) = resolve.types[id].kind else { return false };
    matches!((resolve.types[id].owner, resolve.types[other].owner),
        (TypeOwner::Interface(here), TypeOwner::Interface(there)) if here != there)
}

fn docs(indent: &str, docs: &Docs) -> String {
    let Some(text) = &docs.contents else { return String::new() };
    match text.trim_end().split('\n').collect::<Vec<_>>()[..] {
        [line] => format!("{indent}/** {line} */\n"),
        ref lines => {
            let lines: String =
                lines.iter().map(|line| format!("{indent} * {line}").trim_end().to_owned() + "\n").collect();
            format!("{indent}/**\n{lines}{indent} */\n")
        }
    }
}

fn pascal(kebab: &str) -> String {
    let word = |word: &str| word[..1].to_uppercase() + &word[1..];
    kebab.split('-').map(word).collect()
}

fn camel(kebab: &str) -> String {
    let name = pascal(kebab);
    name[..1].to_lowercase() + &name[1..]
}

#[test]
fn the_types_of_javascript_are_those_of_the_contract() {
    let contract = Contract::read(&Path::new(env!("CARGO_MANIFEST_DIR")).join(".."));
    expect_test::expect_file!["../../crates/sdk/js/contract.d.ts"].assert_eq(&contract.types());
    expect_test::expect_file!["../../crates/sdk/js/interfaces.d.ts"].assert_eq(&contract.modules());
}
