namespace FileMonitor;

/// <summary>Stub: the public face of the library's hasher, for files and trees.</summary>
public sealed class FileHasher : IDisposable
{
    public FileHasher(ChecksumOptions? options = null, IFileView? fileView = null, TimeProvider? timeProvider = null) { }
    public Task<FileHash> HashAsync(string path, CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public IAsyncEnumerable<FileHash> HashTreesAsync(IEnumerable<string> paths, CancellationToken cancellationToken = default) => throw new NotImplementedException();
    public void Dispose() { }
}

/// <summary>One summed file.</summary>
public sealed class FileHash
{
    internal FileHash() { }
    public required string Path { get; init; }
    public required ChecksumStatus Status { get; init; }
    public string? Sha256 { get; init; }
    public long Size { get; init; }
    public string? Detail { get; init; }
}
