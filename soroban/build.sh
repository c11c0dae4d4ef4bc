#!/bin/sh
# Build every contract into soroban/wasm and record its hash; with --check build elsewhere and compare instead.
# Needs Debian 12's rustc-web, cargo-web, rust-web-src and lld: docs/decisions/0009-how-our-wasm-is-built.md.
set -eu
cd "$(dirname "$0")"

CARGO=${CARGO:-/usr/bin/cargo}
export RUSTC="${RUSTC:-/usr/bin/rustc}"
# The standard library is built from its source, which only a bootstrapping compiler may ask for.
export RUSTC_BOOTSTRAP=1
export CARGO_TARGET_WASM32V1_NONE_LINKER="${WASM_LINKER:-wasm-ld}"
# No path of this machine may reach the bytes.
export RUSTFLAGS="--remap-path-prefix=$(pwd)=/soroban --remap-path-prefix=${CARGO_HOME:-$HOME/.cargo}=/cargo"
TARGET=${CARGO_TARGET_DIR:-target}

# A Cargo.lock names its registry's address on every package. The repository keeps the pins without it; cargo, asked for
# a lock of its own, knows the address.
"$CARGO" generate-lockfile --quiet
address=$(grep -m 1 '^source = ' Cargo.lock)
awk -v address="$address" '/^checksum = / { print address } { print }' pins.lock > Cargo.lock

"$CARGO" build --locked -j "${JOBS:-1}" -Z build-std=core,alloc --target wasm32v1-none --release

built="$TARGET/wasm32v1-none/release"
if [ "${1:-}" = "--check" ]; then
    (cd "$built" && sha256sum --check --quiet "$OLDPWD/wasm/SHA256SUMS")
    echo "every contract builds to its recorded bytes"
else
    rm -f wasm/*.wasm
    cp "$built"/*.wasm wasm/
    (cd wasm && sha256sum ./*.wasm | sed 's#\./##' > SHA256SUMS)
    cat wasm/SHA256SUMS
fi
