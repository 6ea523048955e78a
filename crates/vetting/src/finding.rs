//! What vetting finds: a stable code, the place, and a sentence in both languages.

use std::borrow::Cow;

use linli_contract::Text;
use serde::{Deserialize, Serialize};

/// One finding.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Stable and kebab-case: programs switch on it.
    pub code: Cow<'static, str>,
    /// Whether it alone rejects the upload; otherwise it is for the reviewer to know.
    pub rejects: bool,
    /// Where: `operations[3].input`, `imports.wasi:sockets/tcp@0.2.3`, `byte 1200`; empty for the whole.
    pub place: String,
    /// What, and what to do about it.
    pub detail: Text,
}

impl Finding {
    /// `found` takes the place of `{}` in the rule's sentences.
    pub(crate) fn new(rule: Rule, place: impl Into<String>, found: impl AsRef<str>) -> Self {
        let Words { code, rejects, zh, en } = rule.words();
        let say = |sentence: &str| sentence.replacen("{}", found.as_ref(), 1);
        Self { code: code.into(), rejects, place: place.into(), detail: Text::new(say(zh), say(en)) }
    }
}

/// What can be found.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[cfg_attr(not(feature = "probes"), allow(dead_code, reason = "nothing is compiled and tried without it"))]
pub(crate) enum Rule {
    FileTooLarge,
    NotWebAssembly,
    NotAComponent,
    Truncated,
    Invalid,
    FeatureOff,
    CountOverLimit,
    DataOverLimit,
    NoCapability,
    ImportForeign,
    ImportNeverGranted,
    ImportUndeclared,
    DeclaredUnused,
    CannotRun,
    DescribeFailed,
    DescribeDiffers,
    DescriptorInvalid,
    SchemaInvalid,
    SettingUnfit,
    NameDiffers,
    VersionDiffers,
    VersionNotAbove,
    NameTaken,
    NameReserved,
    Incompatible,
    ProbeTrapped,
    ProbeTimedOut,
    ProbeOutOfMemory,
    ProbeReplyTooLarge,
    ProbeReplyUnfit,
    ProbeDiffers,
    NotProbed,
    VettingTimedOut,
    VettingOutOfMemory,
    VettingFailed,
}

struct Words {
    code: &'static str,
    rejects: bool,
    zh: &'static str,
    en: &'static str,
}

const fn rejection(code: &'static str, zh: &'static str, en: &'static str) -> Words {
    Words { code, rejects: true, zh, en }
}

const fn note(code: &'static str, zh: &'static str, en: &'static str) -> Words {
    Words { code, rejects: false, zh, en }
}

impl Rule {
    fn words(self) -> Words {
        match self {
            Self::FileTooLarge
            | Self::NotWebAssembly
            | Self::NotAComponent
            | Self::Truncated
            | Self::Invalid
            | Self::FeatureOff
            | Self::CountOverLimit
            | Self::DataOverLimit
            | Self::NoCapability
            | Self::ImportForeign
            | Self::ImportNeverGranted
            | Self::ImportUndeclared
            | Self::DeclaredUnused => self.words_of_the_file(),
            Self::ProbeTrapped
            | Self::ProbeTimedOut
            | Self::ProbeOutOfMemory
            | Self::ProbeReplyTooLarge
            | Self::ProbeReplyUnfit
            | Self::ProbeDiffers
            | Self::NotProbed
            | Self::VettingTimedOut
            | Self::VettingOutOfMemory
            | Self::VettingFailed => self.words_of_the_probes(),
            _ => self.words_of_the_descriptor(),
        }
    }

    fn words_of_the_file(self) -> Words {
        match self {
            Self::FileTooLarge => rejection("file-too-large", "文件过大：{}。", "The file is too large: {}."),
            Self::NotWebAssembly => {
                rejection("not-webassembly", "文件不是 WebAssembly。", "The file is not WebAssembly.")
            }
            Self::NotAComponent => rejection(
                "not-a-component",
                "文件是核心模块，不是组件。请按 wasm32-wasip2 编译。",
                "The file is a core module, not a component. Build for wasm32-wasip2.",
            ),
            Self::Truncated => rejection(
                "file-truncated",
                "文件不完整：{}。请重新上传。",
                "The file is cut off: {}. Upload it again.",
            ),
            Self::FeatureOff => rejection(
                "feature-not-allowed",
                "文件使用了平台未启用的 WebAssembly 特性：{}。",
                "The file uses a WebAssembly feature that is off here: {}.",
            ),
            Self::CountOverLimit => {
                rejection("count-over-limit", "数量超出上限：{}。", "There is more than allowed: {}.")
            }
            Self::DataOverLimit => rejection(
                "data-over-limit",
                "声明的数据超出上限：{}。",
                "More data is declared than allowed: {}.",
            ),
            Self::NoCapability => {
                rejection("no-capability", "组件没有导出 {}。", "The component does not export {}.")
            }
            Self::ImportForeign => rejection(
                "import-not-allowed",
                "组件导入了 {}，平台不向任何组件提供。",
                "The component imports {}, which no component is given.",
            ),
            Self::ImportNeverGranted => rejection(
                "import-not-for-plugins",
                "组件导入了 {}，平台不向插件提供。",
                "The component imports {}, which no plugin is given.",
            ),
            Self::ImportUndeclared => rejection(
                "import-undeclared",
                "组件导入了接口，却没有声明：{}。",
                "The component imports an interface without declaring what for: {}.",
            ),
            Self::DeclaredUnused => note(
                "declared-unused",
                "声明了权限，但没有导入所需的接口：{}。",
                "A permission is declared, but the interface it is for is not imported: {}.",
            ),
            _ => rejection(
                "wasm-invalid",
                "文件不是有效的 WebAssembly：{}。",
                "The file is not valid WebAssembly: {}.",
            ),
        }
    }

    fn words_of_the_descriptor(self) -> Words {
        match self {
            Self::DescribeFailed => rejection(
                "describe-failed",
                "组件没有说明自身：{}。",
                "The component does not describe itself: {}.",
            ),
            Self::DescribeDiffers => rejection(
                "describe-differs",
                "两次调用 describe 的结果不同：{}。",
                "describe gave two different answers: {}.",
            ),
            Self::DescriptorInvalid => rejection(
                "descriptor-invalid",
                "描述不符合约定：{}。",
                "The descriptor breaks the contract: {}.",
            ),
            Self::SchemaInvalid => {
                rejection("schema-invalid", "模式不可用：{}。", "The schema cannot be used: {}.")
            }
            Self::SettingUnfit => rejection(
                "setting-unfit",
                "默认设置不符合其模式：{}。",
                "The default of a setting does not meet its schema: {}.",
            ),
            Self::NameDiffers => rejection(
                "name-differs",
                "组件自称的名称与上传的不一致：{}。",
                "The component calls itself otherwise than the upload does: {}.",
            ),
            Self::VersionDiffers => rejection(
                "version-differs",
                "组件自称的版本与上传的不一致：{}。",
                "The component says it has another version than the upload: {}.",
            ),
            Self::VersionNotAbove => rejection(
                "version-not-above",
                "版本应高于前一版本：{}。",
                "The version must be above the one before: {}.",
            ),
            Self::NameTaken => rejection(
                "name-taken",
                "名称和路径已属于其他服务：{}。",
                "The name, and so the paths below it, belong to another service: {}.",
            ),
            Self::NameReserved => rejection(
                "name-reserved",
                "名称由平台保留：{}。",
                "The name is reserved for the platform: {}.",
            ),
            Self::Incompatible => rejection(
                "incompatible",
                "与前一版本不兼容：{}。",
                "This is not compatible with the version before: {}.",
            ),
            _ => rejection("cannot-run", "组件无法运行：{}。", "The component cannot be run: {}."),
        }
    }

    fn words_of_the_probes(self) -> Words {
        match self {
            Self::ProbeTrapped => {
                rejection("probe-trapped", "试运行时出错：{}。", "It failed when it was tried: {}.")
            }
            Self::ProbeTimedOut => {
                rejection("probe-timed-out", "试运行超时：{}。", "It took too long when it was tried: {}.")
            }
            Self::ProbeOutOfMemory => rejection(
                "probe-out-of-memory",
                "试运行时内存超限：{}。",
                "It wanted more memory than it may have when it was tried: {}.",
            ),
            Self::ProbeReplyTooLarge => rejection(
                "probe-reply-too-large",
                "试运行的回复过大：{}。",
                "Its reply was too large when it was tried: {}.",
            ),
            Self::ProbeReplyUnfit => rejection(
                "probe-reply-unfit",
                "试运行的回复不符合其声明：{}。",
                "Its reply was not what it declares when it was tried: {}.",
            ),
            Self::ProbeDiffers => rejection(
                "probe-not-deterministic",
                "相同的请求运行两次，结果不同：{}。",
                "The same request, run twice, did not do the same: {}.",
            ),
            Self::NotProbed => note(
                "not-probed",
                "没有找到符合模式的输入，未能试运行：{}。",
                "No input was found that meets the schema, so it was not tried: {}.",
            ),
            Self::VettingTimedOut => rejection(
                "vetting-timed-out",
                "审查超时，已中止：{}。",
                "Vetting took too long and was stopped: {}.",
            ),
            Self::VettingOutOfMemory => rejection(
                "vetting-out-of-memory",
                "审查所需内存过多，已中止：{}。",
                "Vetting needed too much memory and was stopped: {}.",
            ),
            _ => rejection("vetting-failed", "审查中断：{}。", "Vetting broke off: {}."),
        }
    }
}
