//! A component that misbehaves in every way a component can, one operation each. What it says in its panics must never
//! reach a caller.

mod contents;
mod engine;
mod grants;

use linli_sdk::prelude::*;

/// Its only collection, with which it could be honest.
const TRACES: Collection<Trace> = Collection::new("traces");

/// A document.
#[derive(Serialize, Deserialize, JsonSchema)]
struct Trace {
    left_by: String,
}

/// Leaves a document behind, which must be gone when the call fails.
fn leave_trace(left_by: &str) {
    TRACES.put(left_by, &Trace { left_by: left_by.to_owned() });
}

/// The documents that are there.
fn list_traces() -> Result<Page<Trace>, Problem> {
    TRACES.scan(&Stretch::ids(""), 1_000, None)
}

const RESIDENT: &[Role] = &[Role::Resident];

/// The component.
pub static HOSTILE: Component =
    Component::new("hostile", "0.1.0", "不守规矩", "Hostile").collections(&[&TRACES]).operations(&[
        get("/traces", handler!(list_traces)).roles(RESIDENT).title("痕迹", "Traces"),
        post("/endless-loop", handler!(engine::loop_endlessly)).roles(RESIDENT).title("死循环", "Loop"),
        get("/endless-loop", handler!(engine::query_endlessly)).roles(RESIDENT).title("死循环", "Loop"),
        post("/memory-bomb", handler!(engine::eat_memory)).roles(RESIDENT).title("内存", "Memory"),
        post("/stack-overflow", handler!(engine::overflow_stack)).roles(RESIDENT).title("栈", "Stack"),
        post("/trap", handler!(engine::trap)).roles(RESIDENT).title("陷阱", "Trap"),
        get("/calls", handler!(engine::count_calls)).roles(RESIDENT).title("计数", "Count calls"),
        get("/surroundings", handler!(engine::look_around)).roles(RESIDENT).title("环境", "Surroundings"),
        get("/huge-reply", handler!(contents::reply_hugely)).roles(RESIDENT).title("巨大", "Huge"),
        get("/deep-reply", handler!(contents::reply_deeply)).roles(RESIDENT).title("很深", "Deep"),
        get("/broken-reply", handler!(contents::reply_brokenly)).roles(RESIDENT).title("残缺", "Broken"),
        get("/forged-reply", handler!(contents::reply_with_headers)).roles(RESIDENT).title("伪造", "Forged"),
        post("/deep-document", handler!(contents::put_deeply)).roles(RESIDENT).title("很深", "Deep"),
        post("/large-integer", handler!(contents::put_large_integer))
            .roles(RESIDENT)
            .title("大数", "Integer"),
        post("/log-flood", handler!(contents::flood_log)).roles(RESIDENT).title("日志", "Log"),
        post("/many-writes", handler!(contents::write_much)).roles(RESIDENT).title("写入", "Writes"),
        get("/many-reads", handler!(contents::read_much)).roles(RESIDENT).title("读取", "Reads"),
        post("/foreign-records", handler!(grants::read_foreign_records))
            .roles(RESIDENT)
            .title("他人", "Foreign"),
        post("/foreign-write", handler!(grants::write_foreign_records))
            .roles(RESIDENT)
            .title("他人", "Foreign"),
        get("/write-in-query", handler!(grants::write_in_query)).roles(RESIDENT).title("查询", "Query"),
        post("/signature", handler!(grants::sign_without_grant)).roles(RESIDENT).title("签名", "Sign"),
        post("/debit", handler!(grants::debit_without_grant)).roles(RESIDENT).title("扣款", "Debit"),
        post("/people", handler!(grants::look_without_grant)).roles(RESIDENT).title("居民", "People"),
        post("/handles", handler!(grants::keep_handles)).roles(RESIDENT).title("句柄", "Handles"),
        post("/outside", handler!(grants::call_outside)).roles(RESIDENT).title("外部", "Outside"),
        post("/setting", handler!(grants::read_undeclared_setting)).roles(RESIDENT).title("设置", "Setting"),
        post("/stock", handler!(grants::break_stock)).roles(RESIDENT).title("库存", "Stock"),
    ]);
linli_sdk::export!(HOSTILE);
