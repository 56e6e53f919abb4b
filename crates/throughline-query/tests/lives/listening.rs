//! What panics that must not.

use std::cell::RefCell;
use std::sync::Once;

thread_local! {
    /// What has panicked in the present life.
    pub static PANICS: RefCell<Option<Vec<String>>> = const { RefCell::new(None) };
}

/// Notes what panics as long as it is there, but for functions that panic as a part of the test.
pub struct Listening;

impl Listening {
    pub fn begin() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| {
            std::panic::set_hook(Box::new(|info| {
                let is_meant = info.payload_as_str().is_some_and(|text| text.contains("panics"));
                PANICS.with_borrow_mut(|panics| match panics {
                    Some(_) if is_meant => {}
                    Some(panics) => panics.push(info.to_string()),
                    None => eprintln!("{info}"),
                });
            }));
        });
        PANICS.set(Some(Vec::new()));
        Self
    }
}

impl Drop for Listening {
    fn drop(&mut self) {
        let noted = PANICS.take();
        if std::thread::panicking() {
            noted.iter().flatten().for_each(|panic| eprintln!("{panic}"));
        }
    }
}
