//! Files made to harm: the readers themselves, without the net that `convert` hangs below them.

use proptest::prelude::*;

use super::*;
use crate::pdf::{jpeg, rtf, tiff};

const JPEGS: [&[u8]; 3] = [
    include_bytes!("../samples/turned.jpg"),
    include_bytes!("../samples/progressive.jpg"),
    include_bytes!("../samples/cmyk.jpg"),
];
const TIFFS: [&[u8]; 5] = [
    include_bytes!("../samples/group3.tif"),
    include_bytes!("../samples/pages.tif"),
    include_bytes!("../samples/lzw.tif"),
    include_bytes!("../samples/deflate.tif"),
    include_bytes!("../samples/jpeg.tif"),
];
const RTF: &[u8] =
    br"{\rtf1\ansi{\fonttbl{\f0 Arial;}}\uc2 Zo\'eb \u233ab{\*\x y}{\v z}\trowd a\cell\row\bin3 abc\page}";

fn read_all(bytes: &[u8]) {
    let _ = jpeg::read(bytes);
    let _ = tiff::read(bytes, |_| Ok(()));
    let _ = rtf::read(bytes);
}

/// A sample with some bytes replaced, and perhaps cut off.
fn harmed(samples: &'static [&'static [u8]]) -> impl Strategy<Value = Vec<u8>> {
    let changes = prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..6);
    (prop::sample::select(samples), changes, any::<prop::sample::Index>(), any::<bool>()).prop_map(
        |(sample, changes, end, is_cut)| {
            let mut bytes = sample.to_vec();
            for (at, byte) in changes {
                let at = at.index(bytes.len());
                bytes[at] = byte;
            }
            if is_cut {
                bytes.truncate(end.index(bytes.len()));
            }
            bytes
        },
    )
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn garbage_never_panics(bytes in prop::collection::vec(any::<u8>(), 0..400), head in 0usize..5) {
        let heads: [&[u8]; 5] = [b"", b"\xff\xd8\xff", b"II*\0\x08\0\0\0", b"MM\0*\0\0\0\x08", b"{\\rtf1"];
        read_all(&[heads[head], &bytes].concat());
    }

    #[test]
    fn words_of_rtf_in_any_order_never_panic(parts in prop::collection::vec(
        prop::sample::select(vec!["{", "}", "\\", "\\*", "\\u", "-1", "9", " ", "\\'", "e9", "\\bin", "\\uc", "\\v", "x"]), 0..60)) {
        let _ = rtf::read(format!("{{\\rtf1{}", parts.concat()).as_bytes());
    }

    #[test]
    fn harmed_rtf_never_panics(bytes in harmed(&[RTF])) {
        read_all(&bytes);
    }

    #[test]
    fn harmed_jpeg_never_panics(bytes in harmed(&JPEGS)) {
        read_all(&bytes);
    }

    #[test]
    fn harmed_tiff_never_panics(bytes in harmed(&TIFFS)) {
        read_all(&bytes);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(40))]

    #[test]
    fn any_bytes_are_converted_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..300)) {
        prop_assert!(converted(SourceKind::Text, &bytes).is_ok());
        for kind in [SourceKind::Jpeg, SourceKind::Tiff, SourceKind::Rtf] {
            prop_assert_eq!(converted(kind, &bytes), Err(PdfError::Unreadable(kind)));
        }
    }
}
