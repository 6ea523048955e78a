//! What is refused of a file, before anything is compiled.

use expect_test::expect;
use linli_vetting::{Expected, vet_file};

use crate::components::{capable, found, wasm};

#[test]
fn a_component_with_the_contract_passes() {
    assert_eq!(found(&capable("")), "");
}

#[test]
fn what_is_no_component_is_told_apart() {
    let all = [
        found(b""),
        found(b"<html>"),
        found(b"\0asm"),
        found(&wasm("(module)")),
        found(&wasm("(component)")),
        found(&vec![0; 16 * 1024 * 1024 + 1]),
    ];
    expect![[r#"
        file-truncated @ byte 0
          文件不完整：0 bytes。请重新上传。
          The file is cut off: 0 bytes. Upload it again.
        not-webassembly @ byte 0
          文件不是 WebAssembly。
          The file is not WebAssembly.
        file-truncated @ byte 0
          文件不完整：4 bytes。请重新上传。
          The file is cut off: 4 bytes. Upload it again.
        not-a-component @ 
          文件是核心模块，不是组件。请按 wasm32-wasip2 编译。
          The file is a core module, not a component. Build for wasm32-wasip2.
        no-capability @ exports
          组件没有导出 linli:platform/capability@0.1.0。
          The component does not export linli:platform/capability@0.1.0.
        file-too-large @ 
          文件过大：16777217 > 16777216 bytes。
          The file is too large: 16777217 > 16777216 bytes.
    "#]]
    .assert_eq(&all.join(""));
}

/// Wherever a file is cut off, it is refused, and what is wrong is never said to be something else.
#[test]
fn a_file_that_is_cut_off_or_damaged_is_refused() {
    let whole = capable(r#"(core module (memory 1) (data (i32.const 0) "hello") (func (export "f")))"#);
    assert!(vet_file(&whole, &Expected::default()).passed());
    for length in 0..whole.len() {
        let report = vet_file(&whole[..length], &Expected::default());
        // What is whole without its last sections is another file, for which the publisher's signature does not hold;
        // names and notes, in custom sections (0x00), are all it may be without.
        if report.passed() {
            assert_eq!(whole[length], 0, "{length} of {} bytes", whole.len());
            continue;
        }
        let code = &*report.findings[0].code;
        let known = ["file-truncated", "wasm-invalid", "not-webassembly", "no-capability"];
        assert!(known.contains(&code), "{length}: {code}");
    }
    for place in 8..whole.len() {
        let mut damaged = whole.clone();
        damaged[place] ^= 0xff;
        // Names and data may be anything; whatever it is, it is judged.
        vet_file(&damaged, &Expected::default());
    }
    expect![[r#"
        file-truncated @ byte 71
          文件不完整：unexpected end-of-file。请重新上传。
          The file is cut off: unexpected end-of-file. Upload it again.
    "#]]
    .assert_eq(&found(&whole[..whole.len() / 2]));
}

/// Each proposal that is off, as a file that uses it.
#[test]
fn a_feature_that_is_off_is_named() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let all = [
        ("threads", module("(memory 1 1 shared)")),
        ("memory64", module("(memory i64 1)")),
        ("multi-memory", module("(memory 1) (memory 1)")),
        ("gc", module("(type (struct (field i32)))")),
        ("function references", module("(type $f (func)) (func (param (ref $f)))")),
        ("exceptions", module("(tag)")),
        ("externref", module("(func (param externref))")),
        (
            "relaxed simd",
            module("(func (result v128) v128.const i64x2 0 0 v128.const i64x2 0 0 i8x16.relaxed_swizzle)"),
        ),
        (
            "wide arithmetic",
            module("(func (result i64 i64) i64.const 0 i64.const 0 i64.const 0 i64.const 0 i64.add128)"),
        ),
        ("custom page sizes", module("(memory 1 (pagesize 1))")),
        ("component-model async", found(&capable(r#"(type (future u32))"#))),
        ("component-model values", found(&capable(r#"(import "v" (value u32))"#))),
        ("component-model error context", found(&capable("(core func (canon error-context.drop))"))),
        ("component-model fixed-length lists", found(&capable("(type (list u8 4))"))),
    ];
    let all: String = all.iter().map(|(what, found)| format!("{what}: {found}")).collect();
    expect![[r#"
        threads: feature-not-allowed @ byte 21
          文件使用了平台未启用的 WebAssembly 特性：threads must be enabled for shared memories。
          The file uses a WebAssembly feature that is off here: threads must be enabled for shared memories.
        memory64: feature-not-allowed @ byte 21
          文件使用了平台未启用的 WebAssembly 特性：memory64 must be enabled for 64-bit memories。
          The file uses a WebAssembly feature that is off here: memory64 must be enabled for 64-bit memories.
        multi-memory: feature-not-allowed @ byte 20
          文件使用了平台未启用的 WebAssembly 特性：multiple memories。
          The file uses a WebAssembly feature that is off here: multiple memories.
        gc: feature-not-allowed @ byte 21
          文件使用了平台未启用的 WebAssembly 特性：struct indexed types not supported without the gc feature。
          The file uses a WebAssembly feature that is off here: struct indexed types not supported without the gc feature.
        function references: feature-not-allowed @ byte 24
          文件使用了平台未启用的 WebAssembly 特性：function references required for index reference types。
          The file uses a WebAssembly feature that is off here: function references required for index reference types.
        exceptions: feature-not-allowed @ byte 26
          文件使用了平台未启用的 WebAssembly 特性：exceptions proposal not enabled。
          The file uses a WebAssembly feature that is off here: exceptions proposal not enabled.
        externref: feature-not-allowed @ byte 21
          文件使用了平台未启用的 WebAssembly 特性：gc types are disallowed but found type which requires gc。
          The file uses a WebAssembly feature that is off here: gc types are disallowed but found type which requires gc.
        relaxed simd: feature-not-allowed @ byte 70
          文件使用了平台未启用的 WebAssembly 特性：relaxed SIMD support is not enabled。
          The file uses a WebAssembly feature that is off here: relaxed SIMD support is not enabled.
        wide arithmetic: feature-not-allowed @ byte 43
          文件使用了平台未启用的 WebAssembly 特性：wide arithmetic support is not enabled。
          The file uses a WebAssembly feature that is off here: wide arithmetic support is not enabled.
        custom page sizes: feature-not-allowed @ byte 21
          文件使用了平台未启用的 WebAssembly 特性：the custom page sizes proposal must be enabled to customize a memory's page size。
          The file uses a WebAssembly feature that is off here: the custom page sizes proposal must be enabled to customize a memory's page size.
        component-model async: feature-not-allowed @ byte 11
          文件使用了平台未启用的 WebAssembly 特性：`future` requires the component model async feature。
          The file uses a WebAssembly feature that is off here: `future` requires the component model async feature.
        component-model values: wasm-invalid @ byte 11
          文件不是有效的 WebAssembly：support for component model `value`s is not enabled。
          The file is not valid WebAssembly: support for component model `value`s is not enabled.
        component-model error context: feature-not-allowed @ byte 11
          文件使用了平台未启用的 WebAssembly 特性：`error-context.drop` requires the component model error-context feature。
          The file uses a WebAssembly feature that is off here: `error-context.drop` requires the component model error-context feature.
        component-model fixed-length lists: feature-not-allowed @ byte 11
          文件使用了平台未启用的 WebAssembly 特性：Fixed-length lists require the component model fixed-length lists feature。
          The file uses a WebAssembly feature that is off here: Fixed-length lists require the component model fixed-length lists feature.
    "#]].assert_eq(&all);
}

#[test]
fn more_of_anything_than_allowed_is_refused_before_it_is_compiled() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let nested = |depth: usize| format!("{}{}", "(component ".repeat(depth), ")".repeat(depth));
    let all = [
        found(&capable(&nested(5))),
        found(&capable(&"(core module)".repeat(33))),
        found(&capable(&"(component)".repeat(40))),
        found(&capable(&format!("(core module $m) {}", "(core instance (instantiate $m))".repeat(33)))),
        found(&capable(&"(core module (memory 1))".repeat(5))),
        module(&"(table 1 funcref)".repeat(17)),
        module("(table 65537 funcref)"),
        module(&"(global i32 (i32.const 0))".repeat(10_001)),
        module(&format!("(func (local {}))", "i64 ".repeat(10_001))),
        module(&"(func)".repeat(50_001)),
        module(&format!("(func {})", "i32.const 0 drop ".repeat(180_000))),
        module(&"(type (func (param i32)))".repeat(10_001)),
        module(&"(import \"a\" \"b\" (func))".repeat(4_001)),
        module(&format!("(memory 1) {}", "(data (i32.const 0) \"\")".repeat(10_001))),
        module(&format!("(table 1 funcref) {}", "(elem (i32.const 0) func)".repeat(1_001))),
        module(&format!("(@custom \"x\" \"{}\")", "x".repeat(8 * 1024 * 1024 + 1))),
    ];
    expect![[r#"
        count-over-limit @ nesting
          数量超出上限：5 > 4 nesting。
          There is more than allowed: 5 > 4 nesting.
        count-over-limit @ modules
          数量超出上限：33 > 32 modules。
          There is more than allowed: 33 > 32 modules.
        count-over-limit @ components
          数量超出上限：41 > 32 components。
          There is more than allowed: 41 > 32 components.
        count-over-limit @ core instances
          数量超出上限：33 > 32 core instances。
          There is more than allowed: 33 > 32 core instances.
        count-over-limit @ memories
          数量超出上限：5 > 4 memories。
          There is more than allowed: 5 > 4 memories.
        count-over-limit @ tables
          数量超出上限：17 > 16 tables。
          There is more than allowed: 17 > 16 tables.
        count-over-limit @ table elements
          数量超出上限：65537 > 65536 table elements。
          There is more than allowed: 65537 > 65536 table elements.
        count-over-limit @ globals
          数量超出上限：10001 > 10000 globals。
          There is more than allowed: 10001 > 10000 globals.
        count-over-limit @ locals of a function
          数量超出上限：10001 > 10000 locals of a function。
          There is more than allowed: 10001 > 10000 locals of a function.
        count-over-limit @ functions
          数量超出上限：50001 > 50000 functions。
          There is more than allowed: 50001 > 50000 functions.
        count-over-limit @ bytes of a function
          数量超出上限：540002 > 524288 bytes of a function。
          There is more than allowed: 540002 > 524288 bytes of a function.
        count-over-limit @ types
          数量超出上限：10001 > 10000 types。
          There is more than allowed: 10001 > 10000 types.
        count-over-limit @ imports
          数量超出上限：4001 > 4000 imports。
          There is more than allowed: 4001 > 4000 imports.
        count-over-limit @ data segments
          数量超出上限：10001 > 10000 data segments。
          There is more than allowed: 10001 > 10000 data segments.
        count-over-limit @ element segments
          数量超出上限：1001 > 1000 element segments。
          There is more than allowed: 1001 > 1000 element segments.
        count-over-limit @ bytes of custom sections
          数量超出上限：8388627 > 8388608 bytes of custom sections。
          There is more than allowed: 8388627 > 8388608 bytes of custom sections.
    "#]]
    .assert_eq(&all.join(""));
}

/// Few bytes in the file, many in memory: the image of memory is laid out when it is compiled.
#[test]
fn data_that_unfolds_is_refused_before_it_is_compiled() {
    let module = |inside: &str| found(&capable(&format!("(core module {inside})")));
    let all = [
        module("(memory 65536)"),
        module(r#"(memory 1) (data (i32.const 0) "a") (data (i32.const 0x7ffffff0) "b")"#),
        module(r#"(memory 1) (data (i32.const 0) "a") (data (i32.const -16) "b")"#),
        found(&capable(
            &r#"(core module (memory 160) (data (i32.const 0) "a") (data (i32.const 10000000) "b"))"#
                .repeat(4),
        )),
    ];
    expect![[r#"
        data-over-limit @ bytes memories start with
          声明的数据超出上限：4294967296 > 33554432 bytes memories start with。
          More data is declared than allowed: 4294967296 > 33554432 bytes memories start with.
        data-over-limit @ bytes of data
          声明的数据超出上限：2147483633 > 33554432 bytes of data。
          More data is declared than allowed: 2147483633 > 33554432 bytes of data.
        data-over-limit @ bytes of data
          声明的数据超出上限：4294967281 > 33554432 bytes of data。
          More data is declared than allowed: 4294967281 > 33554432 bytes of data.
        data-over-limit @ bytes memories start with
          声明的数据超出上限：41943040 > 33554432 bytes memories start with。
          More data is declared than allowed: 41943040 > 33554432 bytes memories start with.
        data-over-limit @ bytes of data
          声明的数据超出上限：40000004 > 33554432 bytes of data。
          More data is declared than allowed: 40000004 > 33554432 bytes of data.
    "#]]
    .assert_eq(&all.join(""));
    let high = module(r#"(memory 512) (data (i32.const 33000000) "only what lies between counts")"#);
    assert_eq!(high, "");
}

#[test]
fn imports_that_nobody_is_given_are_named() {
    let all = [
        found(&capable(r#"(import "wasi:sockets/tcp@0.2.3" (instance))"#)),
        found(&capable(
            r#"(import "wasi:http/outgoing-handler@0.2.3" (instance)) (import "wasi:cli/environment@0.2.3" (instance))"#,
        )),
        found(&capable(r#"(import "linli:platform/records@9.0.0" (instance))"#)),
        found(&capable(r#"(import "linli:platform/capability@0.1.0" (instance))"#)),
        found(&capable(r#"(import "vendor:backdoor/shell@1.0.0" (instance)) (import "shell" (func))"#)),
    ];
    expect![[r#"
        import-not-allowed @ imports.wasi:sockets/tcp@0.2.3
          组件导入了 wasi:sockets/tcp@0.2.3，平台不向任何组件提供。
          The component imports wasi:sockets/tcp@0.2.3, which no component is given.
        import-not-allowed @ imports.wasi:http/outgoing-handler@0.2.3
          组件导入了 wasi:http/outgoing-handler@0.2.3，平台不向任何组件提供。
          The component imports wasi:http/outgoing-handler@0.2.3, which no component is given.
        import-not-allowed @ imports.linli:platform/records@9.0.0
          组件导入了 linli:platform/records@9.0.0，平台不向任何组件提供。
          The component imports linli:platform/records@9.0.0, which no component is given.
        import-not-allowed @ imports.linli:platform/capability@0.1.0
          组件导入了 linli:platform/capability@0.1.0，平台不向任何组件提供。
          The component imports linli:platform/capability@0.1.0, which no component is given.
        import-not-allowed @ imports.shell
          组件导入了 shell，平台不向任何组件提供。
          The component imports shell, which no component is given.
        import-not-allowed @ imports.vendor:backdoor/shell@1.0.0
          组件导入了 vendor:backdoor/shell@1.0.0，平台不向任何组件提供。
          The component imports vendor:backdoor/shell@1.0.0, which no component is given.
    "#]]
    .assert_eq(&all.join(""));
}
