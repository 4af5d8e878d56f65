//! llama.cpp's own quantiser, which the binding does not wrap. Writes a copy of a model's file, and neither loads it nor says whether it is
//! any good.
#![expect(
    unsafe_code,
    reason = "llama_model_quantize has no safe wrapper in the binding"
)]

use std::ffi::CString;
use std::path::{Path, PathBuf};

use llama_cpp_sys_2::{
    LLAMA_FTYPE_MOSTLY_IQ4_NL, LLAMA_FTYPE_MOSTLY_Q4_0, LLAMA_FTYPE_MOSTLY_Q4_K_S,
    LLAMA_FTYPE_MOSTLY_Q8_0, llama_ftype, llama_model_quantize,
    llama_model_quantize_default_params,
};

use crate::layout::Layout;

/// What writes the weights: the crate that brings llama.cpp's sources.
pub const QUANTISER: &str = "llama-cpp-sys-2 0.1.161";

/// Bytes of a tensor that are in memory at once; llama.cpp would take 8 GiB.
const MAX_BUFFER_BYTES: usize = 256 << 20;

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum QuantiseError {
    /// The library does not start.
    #[error("llama.cpp does not start: {0}")]
    Library(String),
    /// A path that llama.cpp cannot be given.
    #[error("llama.cpp takes no such path: {}", .0.display())]
    Path(PathBuf),
    /// The quantiser gave up.
    #[error("llama.cpp could not requantise {}; the log says why", .0.display())]
    Failed(PathBuf),
}

/// Writes a copy of the model at `from` to `to` with all matrices in one layout, by one
/// thread per core. Takes most of a minute for a billion weights. The copy is made from
/// what `from` has, quantised as it is: it loses precision a second time.
///
/// # Errors
/// [`QuantiseError`]; there may then be a part of a file at `to`.
pub fn quantise(from: &Path, to: &Path, layout: Layout) -> Result<(), QuantiseError> {
    super::library().map_err(QuantiseError::Library)?;
    let (source, target) = (c_path(from)?, c_path(to)?);
    // SAFETY: takes nothing and returns plain values; its pointers are null.
    let mut params = unsafe { llama_model_quantize_default_params() };
    params.nthread = threads();
    params.ftype = file_type(layout);
    params.allow_requantize = true;
    params.pure_ = true;
    params.max_buf_size = MAX_BUFFER_BYTES;
    // SAFETY: both strings end in a NUL and, as the parameters, outlive the call, which
    // keeps none of the three. The pointers in the parameters are null, which the function
    // takes for "none". The library was started above. C++ exceptions end inside the
    // function, which returns 1 then.
    let status =
        unsafe { llama_model_quantize(source.as_ptr(), target.as_ptr(), &raw const params) };
    match status {
        0 => Ok(()),
        _ => Err(QuantiseError::Failed(from.to_owned())),
    }
}

/// One per core.
fn threads() -> i32 {
    let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
    i32::try_from(cores).unwrap_or(1)
}

/// What llama.cpp calls a file of one layout.
fn file_type(layout: Layout) -> llama_ftype {
    match layout {
        Layout::Q4_0 => LLAMA_FTYPE_MOSTLY_Q4_0,
        Layout::Iq4Nl => LLAMA_FTYPE_MOSTLY_IQ4_NL,
        Layout::Q8_0 => LLAMA_FTYPE_MOSTLY_Q8_0,
        Layout::Q4K => LLAMA_FTYPE_MOSTLY_Q4_K_S,
    }
}

fn c_path(path: &Path) -> Result<CString, QuantiseError> {
    let text = path.to_str().and_then(|path| CString::new(path).ok());
    text.ok_or_else(|| QuantiseError::Path(path.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_model_is_refused() {
        let folder = tempfile::tempdir().unwrap();
        let (from, to) = (folder.path().join("from"), folder.path().join("to"));
        for content in [
            &b"no model"[..],
            &[b"GGUF".as_slice(), &[0xa5; 4096]].concat(),
        ] {
            std::fs::write(&from, content).unwrap();
            let error = quantise(&from, &to, Layout::Q4_0).unwrap_err();
            assert!(
                error.to_string().contains("could not requantise"),
                "{error}"
            );
        }
        std::fs::remove_file(&from).unwrap();
        assert!(quantise(&from, &to, Layout::Q4K).is_err());
    }

    #[test]
    fn a_path_with_a_nul_goes_no_further() {
        let error = quantise(Path::new("a\0b"), Path::new("c"), Layout::Q4_0).unwrap_err();
        assert!(matches!(error, QuantiseError::Path(_)), "{error}");
    }

    #[test]
    fn the_quantiser_is_the_one_that_is_built_in() {
        let lock = include_str!("../../../Cargo.lock");
        let (name, version) = QUANTISER.split_once(' ').unwrap();
        let entry = format!("name = \"{name}\"\nversion = \"{version}\"\n");
        assert_eq!(lock.matches(&entry).count(), 1, "{entry}");
    }
}
