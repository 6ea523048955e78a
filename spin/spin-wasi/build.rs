//! Leaves the component to be made of the module by `linli-compose`: the linker that comes with Rust 1.95 writes imports of
//! `wasi:io` into it that nothing uses, and this component must import nothing.
fn main() {
    println!("cargo::rerun-if-changed=build.rs");
    if std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|arch| arch == "wasm32") {
        println!("cargo::rustc-link-arg-cdylib=--skip-wit-component");
    }
}
