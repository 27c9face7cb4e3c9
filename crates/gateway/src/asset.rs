//! The files of Swagger UI, compressed when this was built.

/// One file.
pub(crate) struct Asset {
    pub(crate) name: &'static str,
    /// Of the uncompressed content, in quotes.
    pub(crate) etag: &'static str,
    pub(crate) gzip: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/vendored.rs"));

impl Asset {
    /// The file of this name.
    pub(crate) fn find(name: &str) -> Option<&'static Self> {
        VENDORED.iter().find(|asset| asset.name == name)
    }

    /// What browsers are told that it is.
    pub(crate) fn content_type(&self) -> &'static str {
        if self.name.ends_with(".css") {
            "text/css; charset=utf-8"
        } else {
            "text/javascript; charset=utf-8"
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;

    use super::*;

    #[test]
    fn the_vendored_files_are_whole() {
        for (name, part) in [
            ("swagger-ui-bundle.js", "SwaggerUIBundle"),
            ("swagger-ui.css", ".swagger-ui"),
        ] {
            let asset = Asset::find(name).unwrap();
            let mut text = String::new();
            flate2::read::GzDecoder::new(asset.gzip)
                .read_to_string(&mut text)
                .unwrap();
            assert!(text.contains(part), "{name}");
        }
        assert!(Asset::find("../Cargo.toml").is_none());
    }
}
