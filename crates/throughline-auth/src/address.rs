//! How e-mail addresses are compared: in one form for all spellings of the same mailbox.

use unicode_normalization::UnicodeNormalization;

use crate::Email;

impl Email {
    /// The form under which addresses are compared: in lower case, composed (NFC), and with the domain as DNS has it, so
    /// `ADA@münchen.example` and `ada@xn--mnchen-3ya.example.` are one address. A domain that DNS could not have is
    /// compared as it is written, in lower case.
    pub fn canonical(&self) -> String {
        canonical(self.as_str())
    }
}

/// As [`Email::canonical`], for a text that was an address once.
pub(crate) fn canonical(address: &str) -> String {
    let Some((local, domain)) = address.rsplit_once('@') else { return lower(address) };
    let domain = domain.strip_suffix('.').unwrap_or(domain);
    let domain = idna::domain_to_ascii(domain).ok().filter(|ascii| !ascii.is_empty());
    let written = || lower(address.rsplit_once('@').map_or(address, |(_, domain)| domain));
    format!("{}@{}", lower(local), domain.unwrap_or_else(written))
}

/// Composed, in lower case, and composed again: lower case may come apart.
fn lower(text: &str) -> String {
    text.nfc().collect::<String>().to_lowercase().nfc().collect()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn same(one: &str, two: &str) {
        assert_eq!(canonical(one), canonical(two));
        assert!(one.parse::<Email>().is_ok() && two.parse::<Email>().is_ok());
    }

    #[test]
    fn spellings_of_one_mailbox_are_one() {
        same("Ada@Example.ORG", "ada@example.org");
        same("ada@example.org.", "ada@example.org");
        same("ada@münchen.example", "ada@xn--mnchen-3ya.example");
        same("ada@MÜNCHEN.example", "ada@mu\u{308}nchen.example");
        same("e\u{301}va@example.org", "\u{e9}va@example.org");
        same("É@example.org", "e\u{301}@example.org");
        same("ada@example\u{3002}org", "ada@example.org");
    }

    #[test]
    fn other_mailboxes_are_others() {
        for other in ["ada+x@example.org", "a.da@example.org", "ada@example.com", "аda@example.org"]
        {
            assert_ne!(canonical(other), canonical("ada@example.org"), "{other}");
        }
        assert_ne!(canonical("strasse@example.org"), canonical("straße@example.org"));
    }

    #[test]
    fn a_domain_that_dns_could_not_have_is_compared_as_written() {
        assert_eq!(canonical("Ada@XN--\u{df}.example"), "ada@xn--\u{df}.example");
        assert_eq!(canonical("ada@my_host"), "ada@my_host");
        assert_eq!(canonical("ada@[192.0.2.1]"), "ada@[192.0.2.1]");
    }

    proptest! {
        #[test]
        fn what_is_canonical_stays_so(address in "\\PC{1,20}@\\PC{1,20}") {
            let once = canonical(&address);
            prop_assert_eq!(canonical(&once), once);
        }
    }
}
