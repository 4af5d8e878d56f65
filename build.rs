//! Compiles what puts our kernels into llama.cpp, which is C++ as llama.cpp's own classes are.

fn main() {
    const HOOK: &str = "src/engine/llama/kernels/hook.cpp";
    println!("cargo::rerun-if-changed={HOOK}");
    let wanted = std::env::var_os("CARGO_FEATURE_LLAMA").is_some();
    if wanted && std::env::var("CARGO_CFG_TARGET_ARCH").is_ok_and(|it| it == "x86_64") {
        cc::Build::new()
            .cpp(true)
            .std("c++17")
            .file(HOOK)
            .compile("afterword_hook");
    }
}
