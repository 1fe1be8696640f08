//! What came as a picture: whether it is one, and the picture alone of it.

use std::io::Cursor;

use domain::attachment::content::{MAX_SIDE, Media};
use image::{ImageFormat, ImageReader, Limits};
use img_parts::{jpeg::Jpeg, png::Png};

/// An open picture takes four bytes for each of its dots, and the decoder as many again.
const MOST_MEMORY: u64 = 64 * 1024 * 1024;

/// Segments of a JPEG that hold no part of the picture: APP1 to APP13, APP15 (EXIF, maker's notes, a
/// thumbnail that may show more) and comments. APP0 and APP14 tell how to read the colours.
fn is_beside_the_picture(marker: u8) -> bool {
    matches!(marker, 0xE1..=0xED | 0xEF | 0xFE)
}

/// The chunks of a PNG that are the picture.
const PICTURE_CHUNKS: [&[u8; 4]; 8] = [b"IHDR", b"PLTE", b"tRNS", b"gAMA", b"sRGB", b"pHYs", b"IDAT", b"IEND"];

/// The picture alone, if these bytes are one of this kind, whole, and of a size to which phones shrink it.
pub fn cleaned(bytes: &[u8], media: Media) -> Option<Vec<u8>> {
    let format = match media {
        Media::Jpeg => ImageFormat::Jpeg,
        Media::Png => ImageFormat::Png,
    };
    // What it says of itself counts for nothing: it is drawn, to see that it can be.
    if image::guess_format(bytes).ok()? != format {
        return None;
    }
    let mut reader = ImageReader::with_format(Cursor::new(bytes), format);
    let mut limits = Limits::default();
    limits.max_image_width = Some(MAX_SIDE);
    limits.max_image_height = Some(MAX_SIDE);
    limits.max_alloc = Some(MOST_MEMORY);
    reader.limits(limits);
    reader.decode().ok()?;
    let clean = match media {
        Media::Jpeg => {
            let mut jpeg = Jpeg::from_bytes(bytes.get(..end_of_jpeg(bytes)?)?.to_vec().into()).ok()?;
            jpeg.segments_mut().retain(|segment| !is_beside_the_picture(segment.marker()));
            jpeg.encoder().bytes()
        }
        Media::Png => {
            let mut png = Png::from_bytes(bytes.to_vec().into()).ok()?;
            png.chunks_mut().retain(|chunk| PICTURE_CHUNKS.contains(&&chunk.kind()));
            png.encoder().bytes()
        }
    };
    Some(clean.to_vec())
}

/// Where the picture ends. The library takes what hangs behind it for a part of the last scan.
fn end_of_jpeg(bytes: &[u8]) -> Option<usize> {
    let mut at = 2;
    loop {
        let marker = match bytes.get(at..at + 2)? {
            [0xFF, 0xD9] => return Some(at + 2),
            // Filling between segments.
            [0xFF, 0xFF] => {
                at += 1;
                continue;
            }
            [0xFF, marker] => *marker,
            _ => return None,
        };
        let length = bytes.get(at + 2..at + 4)?.first_chunk::<2>()?;
        at += 2 + usize::from(u16::from_be_bytes(*length));
        if marker == 0xDA {
            // In a scan 0xFF is followed by nought, by a restart marker, or by the marker that ends it.
            while !matches!(bytes.get(at..at + 2)?, [0xFF, end] if !matches!(end, 0 | 0xD0..=0xD7)) {
                at += 1;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use image::{DynamicImage, RgbImage};
    use img_parts::{ImageEXIF, jpeg::JpegSegment};

    use super::*;

    fn picture(side: u32, format: ImageFormat) -> Vec<u8> {
        let mut bytes = Vec::new();
        let picture =
            RgbImage::from_fn(side, side / 2 + 1, |x, y| image::Rgb([x, y, x * y].map(|dot| dot.to_le_bytes()[0])));
        DynamicImage::ImageRgb8(picture).write_to(&mut Cursor::new(&mut bytes), format).unwrap();
        bytes
    }

    fn dots(bytes: &[u8]) -> RgbImage {
        image::load_from_memory(bytes).unwrap().into_rgb8()
    }

    #[test]
    fn where_it_was_taken_goes_and_the_picture_stays() {
        for (media, format) in [(Media::Jpeg, ImageFormat::Jpeg), (Media::Png, ImageFormat::Png)] {
            let plain = picture(40, format);
            let told: Vec<u8> = match media {
                Media::Jpeg => {
                    let mut jpeg = Jpeg::from_bytes(plain.clone().into()).unwrap();
                    jpeg.set_exif(Some(b"GPS 18.47,-77.92".to_vec().into()));
                    jpeg.segments_mut()
                        .insert(1, JpegSegment::new_with_contents(0xFE, b"taken in Norwood".to_vec().into()));
                    jpeg.encoder().bytes().to_vec()
                }
                Media::Png => {
                    let mut png = Png::from_bytes(plain.clone().into()).unwrap();
                    png.set_exif(Some(b"GPS 18.47,-77.92, Norwood".to_vec().into()));
                    png.encoder().bytes().to_vec()
                }
            };
            let says = |bytes: &[u8], word: &[u8]| bytes.windows(word.len()).any(|window| window == word);
            assert!(says(&told, b"GPS") && says(&told, b"Norwood"));
            let clean = cleaned(&told, media).unwrap();
            assert!(!says(&clean, b"GPS") && !says(&clean, b"Norwood"), "{media:?}");
            assert_eq!(dots(&clean), dots(&plain));
        }
    }

    #[test]
    fn what_hangs_behind_the_picture_goes() {
        for (media, format) in [(Media::Jpeg, ImageFormat::Jpeg), (Media::Png, ImageFormat::Png)] {
            let plain = picture(40, format);
            let mut bytes = plain.clone();
            bytes.extend_from_slice(b"<script>alert(1)</script>\xFF\xD9");
            let clean = cleaned(&bytes, media).unwrap();
            assert!(!clean.windows(7).any(|window| window == b"<script"), "{media:?}");
            assert_eq!(dots(&clean), dots(&plain));
        }
    }

    #[test]
    fn what_is_no_picture_of_its_kind_is_not_taken() {
        let jpeg = picture(40, ImageFormat::Jpeg);
        assert!(cleaned(&jpeg, Media::Png).is_none(), "another kind");
        assert!(cleaned(&jpeg[..jpeg.len() / 3], Media::Jpeg).is_none(), "cut off");
        assert!(cleaned(b"<svg onload=alert(1)>", Media::Png).is_none(), "text");
        assert!(cleaned(&[], Media::Jpeg).is_none());
        assert!(cleaned(&picture(MAX_SIDE + 1, ImageFormat::Png), Media::Png).is_none(), "larger than phones send");
        assert!(cleaned(&picture(MAX_SIDE, ImageFormat::Png), Media::Png).is_some());
    }
}
