#!/usr/bin/env bash
# Gives a Debian 12 (or later) machine a Rust toolchain that compiles to wasm32-wasip2, from Debian's packages and
# the crate registry alone: for machines on which `rustup target add wasm32-wasip2` has nothing to download from.
#
# Called by `cargo xtask setup`. Needs root. About a minute on two cores. It can be interrupted at any point and
# run again: what it installs appears in one piece, at the end.
#
# After it: RUSTC=/usr/bin/rustc /usr/bin/cargo build --release --target wasm32-wasip2
set -euo pipefail

target=wasm32-wasip2
host=$(uname -m)-unknown-linux-gnu
dest=/usr/lib/rustlib/$target/lib
# rustc-web and cargo-web are the toolchain Debian keeps current for its browsers; rust-web-src is the standard
# library's source for exactly that rustc; rust-web-llvm brings wasm-component-ld, wasi-libc brings libc.a.
# The linker has to be of the LLVM version that rust-web-llvm is made for (`linker` below finds it out).
packages=(rustc-web cargo-web rust-web-src rust-web-llvm wasi-libc)
# A mirror that is being updated, or a line that drops, is back within this.
tries=4 pause_seconds=5

say() { printf '    %s\n' "$*" >&2; }
die() { printf 'error: %s\n' "$*" >&2; exit 1; }

command -v apt-get >/dev/null || die "this needs Debian's apt-get; elsewhere: rustup target add $target"
[ "$(id -u)" = 0 ] || die "installing packages needs root: run \`cargo xtask setup\` as root, or: rustup target add $target"

export DEBIAN_FRONTEND=noninteractive
apt=(apt-get -qq -o Acquire::Retries=3 -o DPkg::Lock::Timeout=300)

linker() { apt-cache depends rust-web-llvm 2>/dev/null | sed -n 's/.*Depends: llvm-\([0-9]*\)$/lld-\1/p' | head -n 1; }
installed() { dpkg-query -W -f '${db:Status-Status}\n' "$@" 2>/dev/null | grep -cx installed || true; }

if [ -n "$(linker)" ] && [ "$(installed "${packages[@]}" "$(linker)")" = $((${#packages[@]} + 1)) ]; then
  say "Debian packages: installed"
else
  say "Debian packages: ${packages[*]} and their linker"
  dpkg --configure -a   # finishes what an interrupted run has left
  for try in $(seq $tries); do
    # One source out of several that fails does not matter if the packages can be had from the others.
    "${apt[@]}" update || say "apt-get update failed (try $try of $tries)"
    lld=$(linker)
    "${apt[@]}" install -y --no-install-recommends "${packages[@]}" ${lld:+"$lld"} && break
    [ "$try" -lt $tries ] || die "apt-get could not install ${packages[*]}"
    say "apt-get install failed (try $try of $tries); again in $pause_seconds s"
    sleep $pause_seconds
  done
fi

say "standard library for $target: building from Debian's source"
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
trap 'exit 130' INT TERM
printf '[package]\nname = "std-builder"\nversion = "0.0.0"\nedition = "2021"\n[lib]\npath = "lib.rs"\n' >"$work/Cargo.toml"
: >"$work/lib.rs"
# As the target's maintainers build it: with bitcode, so that link-time optimization reaches into it. The one
# unstable flag (build-std) is needed here and never again. The crates std is made of come from the registry.
for try in $(seq $tries); do
  (
    cd "$work"   # away from the project's own .cargo/config.toml
    env -u CARGO -u RUSTUP_TOOLCHAIN -u RUSTC_WRAPPER -u CARGO_TARGET_DIR \
      PATH="/usr/lib/rustlib/$host/bin:/usr/bin:$PATH" RUSTC=/usr/bin/rustc RUSTC_BOOTSTRAP=1 \
      RUSTFLAGS="-Cembed-bitcode=yes -Copt-level=s" \
      /usr/bin/cargo build --quiet --release --target $target \
      -Zbuild-std=std,panic_abort,proc_macro,test --target-dir "$work/t"
  ) && break
  [ "$try" -lt $tries ] || die "the standard library could not be built"
  say "that failed (try $try of $tries); again in $pause_seconds s"
  sleep $pause_seconds
done

# Beside the destination first, then renamed: nobody ever sees half of it.
rm -rf "$dest.new"
mkdir -p "$dest.new/self-contained"
cp "$work/t/$target/release/deps/"*.rlib "$dest.new/"
rm -f "$dest.new"/libstd_builder*
cp /usr/lib/wasm32-wasi/libc.a /usr/lib/wasm32-wasi/crt1*.o "$dest.new/self-contained/"
rm -rf "$dest"
mv "$dest.new" "$dest"
say "standard library for $target: installed in $dest"
