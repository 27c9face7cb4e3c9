//! A zip file of Markdown files, as our export writes it.

use std::io::{Cursor, Read};
use std::path::Path;

use zip::ZipArchive;

use super::{Foreign, front_matter};

/// Files at most, pictures and all: the list of them is read at once.
const MAX_FILES: usize = 2_000;
/// Bytes of all posts together once unpacked: little can be packed that becomes a lot.
const MAX_UNPACKED: usize = 10 * 1024 * 1024;

/// The posts of the Markdown files; what else is there is left alone. One that cannot be read keeps no other back.
pub(crate) fn read(file: &[u8]) -> Result<Vec<Foreign>, String> {
    let unreadable = |error: &dyn std::fmt::Display| format!("not a zip file: {error}");
    // Each file has such a header in the list, whatever the list says of its length.
    if file.windows(4).filter(|four| four == b"PK\x01\x02").count() > MAX_FILES {
        return Err(format!("must hold at most {MAX_FILES} files"));
    }
    let mut archive = ZipArchive::new(Cursor::new(file)).map_err(|error| unreadable(&error))?;
    let mut left = MAX_UNPACKED;
    let mut posts = Vec::new();
    for index in 0..archive.len() {
        let entry = archive
            .by_index(index)
            .map_err(|error| unreadable(&error))?;
        let name = entry
            .name()
            .map_err(|error| unreadable(&error))?
            .into_owned();
        if entry.is_dir() || !is_post(&name) {
            continue;
        }
        let mut text = Vec::new();
        let read = entry.take(left as u64 + 1).read_to_end(&mut text);
        left = left
            .checked_sub(text.len())
            .ok_or_else(|| format!("must be at most {MAX_UNPACKED} bytes unpacked"))?;
        posts.push(match read {
            Ok(_) => post(name, text),
            Err(error) => Foreign::unread(name, format!("cannot be unpacked: {error}")),
        });
    }
    Ok(posts)
}

fn post(name: String, text: Vec<u8>) -> Foreign {
    match String::from_utf8(text) {
        Ok(text) if !text.contains('\0') => {
            front_matter::read(&text).unwrap_or_else(|why| Foreign::unread(name, why))
        }
        _ => Foreign::unread(name, "must be UTF-8 without the NUL character"),
    }
}

/// Markdown, and not what systems and generators keep beside it.
fn is_post(name: &str) -> bool {
    let path = Path::new(name);
    let is_hidden = path.components().any(|part| {
        let part = part.as_os_str().to_string_lossy();
        (part.starts_with('.') && part != ".") || part == "__MACOSX"
    });
    let extension = path.extension().and_then(|extension| extension.to_str());
    !is_hidden
        && extension.is_some_and(|extension| {
            extension.eq_ignore_ascii_case("md") || extension.eq_ignore_ascii_case("markdown")
        })
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn packed(files: &[(&str, &[u8])]) -> Vec<u8> {
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in files {
            let options = zip::write::SimpleFileOptions::default();
            archive.start_file(*name, options).unwrap();
            archive.write_all(text).unwrap();
        }
        archive.finish().unwrap().into_inner()
    }

    #[test]
    fn each_markdown_file_is_a_post() {
        let posts = read(&packed(&[
            ("salt.md", b"---\ntitle: Salt\n---\n\nb"),
            ("2020/pepper.markdown", b"# Pepper\n"),
            ("bad.md", b"words"),
            ("latin.MD", b"\xff"),
            ("__MACOSX/._salt.md", b"\x00\x05"),
            (".hidden/x.md", b"# X"),
            ("picture.png", b"\xff\x00"),
        ]))
        .unwrap();
        let read: Vec<_> = posts
            .iter()
            .map(|post| (post.title.as_str(), post.unread.is_none()))
            .collect();
        assert_eq!(
            read,
            [("Salt", true), ("Pepper", true), ("", false), ("", false)]
        );
        assert_eq!(posts[2].source, "bad.md");
    }

    #[test]
    fn a_file_that_is_broken_keeps_no_other_back() {
        let options = zip::write::SimpleFileOptions::default()
            .compression_method(zip::CompressionMethod::Stored);
        let mut archive = zip::ZipWriter::new(Cursor::new(Vec::new()));
        for (name, text) in [("salt.md", "# Salt"), ("pepper.md", "# Pepper")] {
            archive.start_file(name, options).unwrap();
            archive.write_all(text.as_bytes()).unwrap();
        }
        let mut file = archive.finish().unwrap().into_inner();
        let place = file.windows(6).position(|six| six == b"# Salt").unwrap();
        file[place + 2] = b'M';
        let posts = read(&file).unwrap();
        let read: Vec<_> = posts
            .iter()
            .map(|post| (post.source.as_str(), post.unread.is_none()))
            .collect();
        assert_eq!(read, [("salt.md", false), ("markdown:Pepper", true)]);
    }

    #[test]
    fn what_is_too_much_or_no_archive_is_refused() {
        for file in [
            b"".as_slice(),
            b"PK",
            b"# Salt",
            &packed(&[("salt.md", b"# Salt")])[..60],
        ] {
            assert!(super::read(file).is_err(), "{file:?}");
        }
        let large = vec![b'a'; MAX_UNPACKED];
        let file = packed(&[("a.md", &large), ("b.md", b"# b")]);
        assert!(file.len() < 100_000);
        assert!(super::read(&file).unwrap_err().contains("unpacked"));
        let headers = b"PK\x01\x02".repeat(MAX_FILES + 1);
        assert!(super::read(&headers).unwrap_err().contains("files"));
    }
}
