using FileMonitor.Values;

namespace FileMonitor.Sources.Fanotify;

/// <summary>Finds the path of a directory by its handle, on any file system; null when it cannot.</summary>
internal delegate string? DirectoryFinder(ReadOnlySpan<byte> handle);

/// <summary>The paths of programs by the handle of their directory and their name. Owner: the source's thread.</summary>
/// <remarks>
/// Paths are cached, because programs are started again and again. The cache is cleared once a minute, because directories may be renamed
/// unnoticed.
/// </remarks>
internal sealed class ProcessPrograms(DirectoryFinder find, TimeProvider time)
{
    private const int MaxPrograms = 4096;
    private const int MaxBytes = 512;
    private static readonly TimeSpan Lifetime = TimeSpan.FromMinutes(1);

    private readonly Dictionary<byte[], string?> _paths = new(FanotifyHandleComparer.Instance);
    private long _begunAt = time.GetTimestamp();

    public string? PathOf(ReadOnlySpan<byte> directory, ReadOnlySpan<byte> name)
    {
        if (directory.IsEmpty || name.IsEmpty || directory.Length + name.Length > MaxBytes)
        {
            return null;
        }

        if (_paths.Count >= MaxPrograms || time.GetElapsedTime(_begunAt) > Lifetime)
        {
            Clear();
        }

        Span<byte> key = stackalloc byte[MaxBytes];
        directory.CopyTo(key);
        name.CopyTo(key[directory.Length..]);
        key = key[..(directory.Length + name.Length)];
        var paths = _paths.GetAlternateLookup<ReadOnlySpan<byte>>();
        if (!paths.TryGetValue(key, out var path))
        {
            path = find(directory) is { } found ? string.Concat(found == "/" ? "" : found, "/", PathText.Decode(name)) : null;
            paths[key] = path;
        }

        return path;
    }

    public void Clear()
    {
        _paths.Clear();
        _begunAt = time.GetTimestamp();
    }
}
