//! The browser's randomness.

use domain::vault::{TryCryptoRng, TryRng};
use std::convert::Infallible;
use wasm_bindgen::prelude::wasm_bindgen;

#[wasm_bindgen]
extern "C" {
    /// Throws where the browser has none, which is no place to keep a child's file: the app stops there.
    #[wasm_bindgen(js_namespace = crypto, js_name = getRandomValues)]
    fn get_random_values(into: &mut [u8]);
}

/// The browser gives at most so many bytes at once.
const AT_ONCE: usize = 65_536;

/// The browser's source of chance, fit for keys.
pub struct Chance;

impl TryRng for Chance {
    type Error = Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Infallible> {
        let mut bytes = [0; 4];
        self.try_fill_bytes(&mut bytes).map(|()| u32::from_le_bytes(bytes))
    }

    fn try_next_u64(&mut self) -> Result<u64, Infallible> {
        let mut bytes = [0; 8];
        self.try_fill_bytes(&mut bytes).map(|()| u64::from_le_bytes(bytes))
    }

    fn try_fill_bytes(&mut self, into: &mut [u8]) -> Result<(), Infallible> {
        for chunk in into.chunks_mut(AT_ONCE) {
            get_random_values(chunk);
        }
        Ok(())
    }
}

impl TryCryptoRng for Chance {}
