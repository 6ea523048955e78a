//! Every refusal of the platform's own operations, with its code and what to do, on one page.

use linli_contract::Problem;
use linli_gateway::Rejection;
use linli_host::{FileError, NotNow, PluginError, SignatureError};
use serde_json::Value as Json;

use super::{ArtifactError, Refusal};
use crate::live::LiveError;

pub(super) fn unknown_plugin() -> Problem {
    Problem::not_found(
        "plugin-unknown",
        "没有这个插件，请核对名称。",
        "There is no such plugin; check the name.",
    )
}

fn unknown_version() -> Problem {
    Problem::not_found(
        "version-unknown",
        "没有这个版本，请核对版本号。",
        "There is no such version; check its number.",
    )
}

pub(super) fn version_malformed() -> Problem {
    Problem::invalid(
        "version-malformed",
        "版本号应为语义化版本，例如 1.2.3。",
        "The version must be a semantic version, such as 1.2.3.",
    )
    .at("/version")
}

pub(super) fn limits_malformed(_: &serde_json::Error) -> Problem {
    Problem::invalid(
        "limits-malformed",
        "有限额超出可表示的范围，请减小后重试。",
        "A limit is beyond what can be kept; lower it and try again.",
    )
}

/// An upload that did not pass: the whole report is in it.
pub(super) fn plugin_rejected(report: &Json) -> Problem {
    Problem::invalid(
        "plugin-rejected",
        "插件未通过检查，原因见 report，请修改后重新上传。",
        "The plugin did not pass; the report says why. Fix it and upload again.",
    )
    .with_member("report", report.clone())
}

pub(super) fn signature(error: SignatureError) -> Problem {
    match error {
        SignatureError::MayNotTrade => Problem::forbidden(
            "provider-suspended",
            "您所属的服务商未登记、已暂停或终止服务，不能上传插件。",
            "Your provider is not registered, suspended or removed; it cannot upload plugins.",
        ),
        SignatureError::NoKey => Problem::forbidden(
            "publisher-key-missing",
            "您的服务商没有登记发布公钥，请在入驻资料中补充。",
            "Your provider has not registered a publisher's key; add one to its registration.",
        ),
        SignatureError::Invalid => signature_invalid(),
    }
}

pub(super) fn signature_invalid() -> Problem {
    Problem::forbidden(
        "signature-invalid",
        "签名与登记的公钥、名称、版本或文件不符，请用登记的私钥重新签名。",
        "The signature does not fit the registered key, the name, the version or the file; sign again with the registered key.",
    )
}

pub(super) fn no_artifacts() -> Problem {
    Problem::unavailable(
        "registry-not-configured",
        "本平台没有开通从镜像仓库拉取，请直接上传组件文件。",
        "This platform does not pull from registries; upload the component itself.",
    )
}

/// Why a component did not come from a registry. What the registry said is for the operator's log.
pub(super) fn not_pulled(error: &ArtifactError) -> Refusal {
    let problem = match error {
        ArtifactError::TooLarge { .. } => return Rejection::ComponentTooLarge.into(),
        ArtifactError::Busy => return Rejection::Overloaded.into(),
        ArtifactError::Malformed => Problem::invalid(
            "artifact-malformed",
            "镜像地址应为 主机/仓库:标签，例如 registry.example/shop/note-board:1.0.0。",
            "The reference must be host/repository:tag, such as registry.example/shop/note-board:1.0.0.",
        ),
        ArtifactError::NotListed => Problem::invalid(
            "registry-not-listed",
            "本平台不从该镜像仓库拉取，请改用运营方列出的仓库，或直接上传组件文件。",
            "This platform does not pull from that registry; use one the operator lists, or upload the component itself.",
        ),
        ArtifactError::NotFound => Problem::invalid(
            "artifact-unknown",
            "镜像仓库中没有该组件，请核对地址与标签，确认已推送。",
            "The registry has no such component; check repository and tag, and that it was pushed.",
        ),
        ArtifactError::Unfit(_) => Problem::invalid(
            "artifact-unfit",
            "该地址存放的不是 WebAssembly 组件，请用 linli plugin publish 推送。",
            "What is there is no WebAssembly component; push it with linli plugin publish.",
        ),
        ArtifactError::Damaged => Problem::invalid(
            "artifact-damaged",
            "镜像仓库给出的内容与其摘要不符，请重新推送。",
            "What the registry gives is not what its digest says; push it again.",
        ),
        ArtifactError::TooSlow => Problem::unavailable(
            "artifact-timed-out",
            "从镜像仓库取得该组件超时，请稍后重试。",
            "Pulling the component from the registry took too long; try again later.",
        ),
        ArtifactError::Unreachable(_) => Problem::unavailable(
            "artifact-unreachable",
            "无法从镜像仓库取得该组件，请稍后重试。",
            "The component could not be pulled from the registry; try again later.",
        ),
    };
    problem.at("/oci").into()
}

pub(super) fn source_missing() -> Problem {
    Problem::invalid(
        "source-missing",
        "请以 application/wasm 上传组件，或给出 oci 地址与签名。",
        "Send the component as application/wasm, or give an oci reference and a signature.",
    )
}

/// Why the host did not do it.
pub(super) fn of(error: PluginError) -> Refusal {
    match error {
        PluginError::NotNow(why) => not_now(why).into(),
        PluginError::File(FileError::NoPlace) => Problem::unavailable(
            "plugins-not-configured",
            "本平台没有开通插件。",
            "This platform does not take plugins.",
        )
        .into(),
        PluginError::Load(error) => {
            tracing::error!(%error, "an approved version cannot be run");
            Problem::conflict(
                "version-not-runnable",
                "该版本在本平台无法运行，请上传新版本。",
                "This version cannot be run on this platform; upload a new one.",
            )
            .with_member("cause", error.to_string())
            .into()
        }
        PluginError::File(error) => {
            tracing::error!(%error, "the file of a plugin cannot be used");
            Rejection::Unavailable.into()
        }
        PluginError::Store(error) => {
            tracing::error!(%error, "the registry of plugins cannot be changed");
            Rejection::Unavailable.into()
        }
    }
}

impl From<LiveError> for Refusal {
    fn from(error: LiveError) -> Self {
        match error {
            LiveError::Plugin(error) => of(error),
            LiveError::Load(error) => of(PluginError::Load(error)),
            error @ (LiveError::Vetting(_) | LiveError::Routes(_)) => Problem::conflict(
                "version-not-servable",
                "该版本不能与现有服务同时提供，请上传新版本。",
                "This version cannot be served beside what is live; upload a new one.",
            )
            .with_member("cause", error.to_string())
            .into(),
        }
    }
}

fn not_now(why: NotNow) -> Problem {
    match why {
        NotNow::UnknownPlugin => unknown_plugin(),
        NotNow::UnknownVersion => unknown_version(),
        NotNow::NotYours => Problem::forbidden(
            "plugin-not-yours",
            "这个名称已属于另一家服务商，请换一个名称。",
            "The name belongs to another provider; choose another.",
        ),
        NotNow::VersionExists => Problem::conflict(
            "version-exists",
            "该版本已上传，版本不可更改，请使用新的版本号。",
            "This version was uploaded before, and versions do not change; use a new number.",
        ),
        NotNow::TooManyVersions => Problem::conflict(
            "versions-exhausted",
            "该插件的版本数已达上限，请联系运营方。",
            "The plugin has as many versions as it may; ask the operator.",
        ),
        NotNow::Decided => Problem::conflict(
            "version-decided",
            "该版本已有审核结论，如需更改请上传新版本。",
            "This version was decided about; upload a new one to change that.",
        ),
        NotNow::NotApproved => Problem::conflict(
            "version-not-approved",
            "该版本未通过审核，不能发布。",
            "This version is not approved, so it cannot go live.",
        ),
        NotNow::CandidateExists => Problem::conflict(
            "candidate-exists",
            "另一个版本正在试运行，请先全量发布或回退它。",
            "Another version is on trial; finish its roll-out or roll it back first.",
        ),
        NotNow::NothingToRollBack => Problem::conflict(
            "nothing-to-roll-back",
            "没有可回退的版本。",
            "There is no version to roll back to.",
        ),
        NotNow::Suspended => Problem::conflict(
            "plugin-suspended",
            "该插件已暂停，请先恢复。",
            "The plugin is suspended; resume it first.",
        ),
        NotNow::NotSuspended => {
            Problem::conflict("plugin-not-suspended", "该插件没有暂停。", "The plugin is not suspended.")
        }
        // Clearing comes after retiring, in one call.
        NotNow::Retired | NotNow::NotRetired => Problem::conflict(
            "plugin-retired",
            "该插件已下架，不能再更改。",
            "The plugin is retired and changes no more.",
        ),
    }
}
