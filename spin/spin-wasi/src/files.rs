//! Files: there are none, so that nothing can be done with them.

extern crate alloc;

use alloc::string::String;
use alloc::vec::Vec;

use crate::inert::wasi::filesystem::preopens;
use crate::inert::wasi::filesystem::types::{
    Advice, Descriptor, DescriptorBorrow, DescriptorFlags, DescriptorStat, DescriptorType, DirectoryEntry,
    DirectoryEntryStream, ErrorBorrow, ErrorCode, Guest, GuestDescriptor, GuestDirectoryEntryStream,
    InputStream, MetadataHashValue, NewTimestamp, OpenFlags, OutputStream, PathFlags,
};
use crate::inert::{Inert, trap};

/// No file is ever made.
pub(crate) struct NoFile;

impl preopens::Guest for Inert {
    fn get_directories() -> Vec<(Descriptor, String)> {
        Vec::new()
    }
}

impl Guest for Inert {
    type Descriptor = NoFile;
    type DirectoryEntryStream = NoFile;

    fn filesystem_error_code(_: ErrorBorrow<'_>) -> Option<ErrorCode> {
        trap()
    }
}

impl GuestDirectoryEntryStream for NoFile {
    fn read_directory_entry(&self) -> Result<Option<DirectoryEntry>, ErrorCode> {
        trap()
    }
}

type Done<T> = Result<T, ErrorCode>;

#[rustfmt::skip] // One line each: they are all alike.
impl GuestDescriptor for NoFile {
    fn read_via_stream(&self, _: u64) -> Done<InputStream> { trap() }
    fn write_via_stream(&self, _: u64) -> Done<OutputStream> { trap() }
    fn append_via_stream(&self) -> Done<OutputStream> { trap() }
    fn advise(&self, _: u64, _: u64, _: Advice) -> Done<()> { trap() }
    fn sync_data(&self) -> Done<()> { trap() }
    fn get_flags(&self) -> Done<DescriptorFlags> { trap() }
    fn get_type(&self) -> Done<DescriptorType> { trap() }
    fn set_size(&self, _: u64) -> Done<()> { trap() }
    fn set_times(&self, _: NewTimestamp, _: NewTimestamp) -> Done<()> { trap() }
    fn read(&self, _: u64, _: u64) -> Done<(Vec<u8>, bool)> { trap() }
    fn write(&self, _: Vec<u8>, _: u64) -> Done<u64> { trap() }
    fn read_directory(&self) -> Done<DirectoryEntryStream> { trap() }
    fn sync(&self) -> Done<()> { trap() }
    fn create_directory_at(&self, _: String) -> Done<()> { trap() }
    fn stat(&self) -> Done<DescriptorStat> { trap() }
    fn stat_at(&self, _: PathFlags, _: String) -> Done<DescriptorStat> { trap() }
    fn set_times_at(&self, _: PathFlags, _: String, _: NewTimestamp, _: NewTimestamp) -> Done<()> { trap() }
    fn link_at(&self, _: PathFlags, _: String, _: DescriptorBorrow<'_>, _: String) -> Done<()> { trap() }
    fn open_at(&self, _: PathFlags, _: String, _: OpenFlags, _: DescriptorFlags) -> Done<Descriptor> { trap() }
    fn readlink_at(&self, _: String) -> Done<String> { trap() }
    fn remove_directory_at(&self, _: String) -> Done<()> { trap() }
    fn rename_at(&self, _: String, _: DescriptorBorrow<'_>, _: String) -> Done<()> { trap() }
    fn symlink_at(&self, _: String, _: String) -> Done<()> { trap() }
    fn unlink_file_at(&self, _: String) -> Done<()> { trap() }
    fn is_same_object(&self, _: DescriptorBorrow<'_>) -> bool { trap() }
    fn metadata_hash(&self) -> Done<MetadataHashValue> { trap() }
    fn metadata_hash_at(&self, _: PathFlags, _: String) -> Done<MetadataHashValue> { trap() }
}
