//! On the server there is no device: nothing is stored, nothing is sent, and nobody asks.

/// No passkeys.
pub mod passkey {
    use crate::platform::PasskeyError;
    use domain::vault::{Given, Passkey};

    /// None.
    pub async fn is_offered() -> bool {
        false
    }
    /// Never made.
    pub async fn make() -> Result<(Passkey, Given), PasskeyError> {
        Err(PasskeyError::NotHere)
    }
    /// Never gives.
    pub async fn give(_passkey: &Passkey) -> Result<Given, PasskeyError> {
        Err(PasskeyError::NotHere)
    }
}

/// No store.
pub mod store {
    use crate::platform::{Shelf, Standing, StoreError, StoreHealth, Write};
    use domain::ids::UserId;
    use domain::sync::outbox::Queued;

    /// No vault.
    pub mod vault {
        use crate::platform::{StoreError, Unlocked};
        use chrono::TimeDelta;
        use domain::clock::Moment;
        use domain::sync::outbox::Queued;
        use domain::vault::{Cost, Given, Header, Passkey};

        /// Never set up.
        pub async fn set_up(_secret: &str, _cost: Cost) -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// None.
        pub async fn header() -> Result<Option<Header>, StoreError> {
            Ok(None)
        }
        /// None.
        pub async fn pause(_now: Moment) -> Result<TimeDelta, StoreError> {
            Ok(TimeDelta::zero())
        }
        /// Never opens.
        pub async fn unlock(_secret: &str, _now: Moment) -> Result<Unlocked, StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Never changes.
        pub async fn change_pin(_secret: &str, _cost: Cost) -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Never kept.
        pub async fn keep_passkey(_passkey: Passkey, _given: &Given) -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// None to forget.
        pub async fn forget_passkey() -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Never opens.
        pub async fn unlock_by_passkey(_given: &Given) -> Result<Unlocked, StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Nothing to lock.
        pub fn lock() {}
        /// Nothing to destroy.
        pub async fn destroy() -> Result<(), StoreError> {
            Ok(())
        }
        /// None.
        pub async fn envelopes() -> Result<u32, StoreError> {
            Ok(0)
        }
        /// Nothing to tidy.
        pub async fn tidy(_queue: &[Queued]) -> Result<(), StoreError> {
            Ok(())
        }
        /// Nothing to measure.
        pub fn measured_cost() -> Result<Cost, StoreError> {
            Ok(Cost::LEAST)
        }
    }

    /// Nobody.
    pub mod people {
        use crate::platform::StoreError;
        use domain::ids::UserId;

        /// Nobody.
        pub async fn all() -> Vec<UserId> {
            Vec::new()
        }
        /// Never remembered.
        pub async fn remember(_tag: &str) -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Nobody.
        pub async fn find(_tag: impl Fn(UserId) -> String) -> Option<UserId> {
            None
        }
    }

    /// No pictures.
    pub mod contents {
        use crate::platform::StoreError;
        use domain::attachment::content::ContentKey;
        use domain::ids::ContentId;

        /// Never keeps.
        pub async fn keep(_open: &[u8]) -> Result<(ContentId, ContentKey), StoreError> {
            Err(StoreError::Unavailable)
        }
        /// Nothing there.
        pub async fn read(_name: ContentId, _key: &ContentKey) -> Result<Option<Vec<u8>>, StoreError> {
            Ok(None)
        }
        /// Nothing there.
        pub async fn waiting() -> Result<Vec<ContentId>, StoreError> {
            Ok(Vec::new())
        }
        /// Nothing to forget.
        pub async fn forget(_name: ContentId) -> Result<(), StoreError> {
            Ok(())
        }
        /// Nothing to tidy.
        pub async fn tidy(_pointed_to: &[ContentId]) -> Result<(), StoreError> {
            Ok(())
        }
        /// Never chosen.
        pub async fn wifi_only() -> Result<Option<bool>, StoreError> {
            Ok(None)
        }
        /// Never chosen.
        pub async fn set_wifi_only(_only: bool) -> Result<(), StoreError> {
            Err(StoreError::Unavailable)
        }
    }

    /// Never opens.
    pub async fn open(_user: UserId) -> Result<Standing, StoreError> {
        Err(StoreError::Unavailable)
    }
    /// Nobody's.
    pub fn belongs_to() -> Option<UserId> {
        None
    }
    /// Nobody's.
    pub fn whose() -> Option<UserId> {
        None
    }
    /// Nothing to close.
    pub fn close() {}
    /// Nothing there.
    pub async fn read_all(_shelf: Shelf) -> Result<Vec<(String, Vec<u8>)>, StoreError> {
        Ok(Vec::new())
    }
    /// Nothing there.
    pub async fn read(_shelf: Shelf, _key: &str) -> Result<Option<Vec<u8>>, StoreError> {
        Ok(None)
    }
    /// Nothing there.
    pub async fn read_queue() -> Result<Vec<(u64, Vec<u8>)>, StoreError> {
        Ok(Vec::new())
    }
    /// Never writes.
    pub async fn write(_writes: Vec<Write>) -> Result<(), StoreError> {
        Err(StoreError::Unavailable)
    }
    /// Never appends.
    pub async fn append(_queued: Queued, _also: Vec<Write>) -> Result<u64, StoreError> {
        Err(StoreError::Unavailable)
    }
    /// Never counts.
    pub async fn count_up(_counter: &str) -> Result<u32, StoreError> {
        Err(StoreError::Unavailable)
    }
    /// No storage.
    pub async fn health() -> StoreHealth {
        StoreHealth::default()
    }
    /// Nothing to keep.
    pub async fn ask_to_keep() -> bool {
        false
    }
}

/// No camera.
pub mod picture {
    use crate::platform::PictureError;
    use domain::attachment::content::Media;

    /// Never picked.
    pub struct Picked;

    /// Nothing was picked.
    pub fn picked(_event: &leptos::ev::Event) -> Option<Picked> {
        None
    }
    /// Never.
    pub async fn shrunk(_picked: Picked) -> Result<Vec<u8>, PictureError> {
        Err(PictureError::Unreadable)
    }
    /// Never.
    pub async fn drawn(_strokes: &[Vec<(i16, i16)>], _width: u32, _height: u32) -> Result<Vec<u8>, PictureError> {
        Err(PictureError::Unreadable)
    }
    /// Never.
    pub async fn written(_name: &str, _width: u32, _height: u32) -> Result<Vec<u8>, PictureError> {
        Err(PictureError::Unreadable)
    }
    /// Nowhere.
    pub fn shown(_bytes: &[u8], _media: Media) -> Option<String> {
        None
    }
    /// Nothing to release.
    pub fn release(_address: &str) {}
}

/// No network from here.
pub mod net {
    use crate::platform::{NetError, Reply};

    /// Never answers.
    pub async fn post_json(_path: &str, _body: &str) -> Result<Reply, NetError> {
        Err(NetError::Unreachable)
    }
    /// Never answers.
    pub async fn get(_path: &str) -> Result<Reply, NetError> {
        Err(NetError::Unreachable)
    }
}

/// One thread, no other tab.
pub mod lock {
    use std::future::Future;

    /// Runs the work.
    pub async fn exclusive<T: 'static>(_name: &str, work: impl Future<Output = T> + 'static) -> Option<T> {
        Some(work.await)
    }
}

/// No other tab.
pub mod tabs {
    /// Nobody listens.
    pub fn tell(_message: &str) {}
    /// Nobody speaks.
    pub fn listen(_hear: impl Fn(String) + 'static) {}
}

/// Nothing remembered.
pub mod prefs {
    /// Nothing.
    pub fn get(_key: &str) -> Option<String> {
        None
    }
    /// Nowhere.
    pub fn set(_key: &str, _value: &str) {}
}

/// The page does not exist yet.
pub mod page {
    /// Never.
    pub fn on_wake(_act: impl Fn() + Clone + 'static) {}
    /// Never.
    pub fn on_touch(_act: impl Fn() + Clone + 'static) {}
    /// Nobody speaks.
    pub fn on_worker_word(_hear: impl Fn(String) + 'static) {}
    /// At once.
    pub async fn painted() {}
    /// Nobody to send them.
    pub fn deliver_sealed() {}
    /// Nobody to carry them.
    pub fn carry_contents(_insist: bool) {}
    /// No network to tell.
    pub fn tells_its_network() -> bool {
        false
    }
    /// Never.
    pub async fn sleep(_milliseconds: u32) {}
    /// Nothing to start.
    pub fn start_service_worker(_on_update: impl Fn() + Clone + 'static) {}
    /// Nothing to activate.
    pub fn activate_update() {}
    /// Not installed.
    pub fn is_installed() -> bool {
        false
    }
    /// No page, no look.
    pub fn set_look(_attribute: &str, _value: &str) {}
    /// Nothing has focus.
    pub fn focus(_id: &str) {}
    /// Nowhere to go back to.
    pub fn back() {}
    /// No printer.
    pub fn print() {}
    /// No address.
    pub fn path() -> String {
        String::new()
    }
    /// Nobody to ask.
    pub fn confirm(_question: &str) -> bool {
        false
    }
    /// No document yet.
    pub fn has_meta(_name: &str) -> bool {
        false
    }
    /// A browser without a name.
    pub fn browser_name() -> String {
        String::new()
    }
}

/// The server injects its own clock where it needs one; rendering needs none.
pub mod clock {
    use domain::clock::Moment;
    use uuid::Uuid;

    /// The beginning of Unix time: rendering on the server shows no moment.
    pub fn now() -> Moment {
        Moment::UNIX_EPOCH
    }
    /// No chance on the server.
    pub fn new_id() -> Uuid {
        Uuid::nil()
    }
    /// No chance on the server.
    pub fn jitter() -> f64 {
        0.5
    }
}
